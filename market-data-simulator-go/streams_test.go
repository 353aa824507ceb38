package marketdatasim_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

func TestWhatALosslessStreamSaidIsWhatThePastSaysLaterScenariosIncluded(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		d, client := startOn(t, network)
		_, err := marketdatav1.NewScenarioServiceClient(d.Conn).InjectScenario(t.Context(), &marketdatav1.InjectScenarioRequest{
			Spec: &marketdatav1.ScenarioSpec{Phases: []*marketdatav1.ScenarioPhase{{Type: marketdatav1.ScenarioType_SCENARIO_TYPE_CRASH}}},
		})
		require.NoError(t, err)
		const ticks = 150 * 50 // two and a half minutes, and so a whole one
		request := &marketdatav1.StreamPricesRequest{Symbols: []string{"BTC/USD"}, Mode: marketdatav1.StreamMode_STREAM_MODE_LOSSLESS}
		stream, err := client.StreamPrices(t.Context(), request)
		require.NoError(t, err)
		said := read(t, stream, ticks)
		assert.NotEmpty(t, said[ticks-1].GetUpdate().GetScenarios())
		time.Sleep(2 * time.Minute) // nothing of it is retained

		request.StartTime = said[0].GetUpdate().GetBusinessTime()
		stream, err = client.StreamPrices(t.Context(), request)
		require.NoError(t, err)
		for i, again := range read(t, stream, ticks) {
			require.True(t, proto.Equal(said[i].GetUpdate(), again.GetUpdate()), "tick %d", i)
		}

		stream, err = client.StreamPrices(t.Context(), &marketdatav1.StreamPricesRequest{
			Symbols: request.GetSymbols(), Mode: marketdatav1.StreamMode_STREAM_MODE_BARS, StartTime: request.GetStartTime(),
		})
		require.NoError(t, err)
		got := read(t, stream, 1)[0].GetBar()
		require.True(t, got.GetClosed())
		want := minuteOf(said, got.GetStart().AsTime())
		assert.Equal(t, []float64{want.GetOpen(), want.GetHigh(), want.GetLow(), want.GetClose()}, []float64{got.GetOpen(), got.GetHigh(), got.GetLow(), got.GetClose()})
		assert.InDelta(t, want.GetVolume(), got.GetVolume(), 1e-9)
	})
}

// minuteOf is the bar of a minute, from its ticks.
func minuteOf(ticks []*marketdatav1.StreamPricesResponse, minute time.Time) *marketdatav1.BarUpdate {
	one := &marketdatav1.BarUpdate{Low: math.Inf(1)}
	for _, tick := range ticks {
		update := tick.GetUpdate()
		if !update.GetBusinessTime().AsTime().Truncate(time.Minute).Equal(minute) {
			continue
		}
		if one.High == 0 {
			one.Open = update.GetPrice()
		}
		one.High, one.Low = max(one.High, update.GetPrice()), min(one.Low, update.GetPrice())
		one.Close, one.Volume = update.GetPrice(), update.GetMinuteVolume()
	}
	return one
}
