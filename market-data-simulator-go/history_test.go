package marketdatasim_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

// Six minutes are streamed tick by tick, scenarios among them; then random spans of history are asked for, page by page, and
// each bar is compared with the fold of the ticks that were received.
func testHistoryIsTheFoldOfTheStreamedTicksToTheLastDigit(t *testing.T) {
	const minutes = 6
	for name, scenarios := range map[string][]*marketdatav1.InjectScenarioRequest{
		"quiet": nil, "scenarios": {crashOf("crash", "BTC/USD"), crashOf("everything")},
	} {
		t.Run(name, func(t *testing.T) {
			kittest.Run(t, func(t *testing.T, network *kittest.Network) {
				d, client := startOn(t, network)
				for _, one := range scenarios {
					inject(t, d, one)
				}
				stream, err := client.StreamPrices(t.Context(), &marketdatav1.StreamPricesRequest{
					Symbols: everySymbol, UpdateIntervalMs: 20, AfterSequence: uint64(virtualStart.Sub(path.Epoch)/path.TickInterval) - 1,
				})
				require.NoError(t, err)
				seconds := map[string][]bar.Bar{}
				for range minutes * 3000 * len(everySymbol) {
					response, err := stream.Recv()
					require.NoError(t, err)
					symbol := response.GetUpdate().GetSymbol()
					seconds[symbol] = fold(seconds[symbol], response.GetUpdate(), time.Second)
				}
				for _, bars := range seconds {
					for n := len(bars) - 1; n > 0; n-- {
						if n%60 != 0 {
							bars[n].Volume -= bars[n-1].Volume // what a tick has is the volume of its minute up to there
						}
					}
				}
				read(t, stream, 1)                // the sixth minute is over
				timeless := struct{ rapid.TB }{t} // virtual time has no deadline
				rapid.Check(timeless, func(t *rapid.T) { compareSpan(t, client, seconds, minutes) })
			})
		})
	}
}

// compareSpan asks for one random span.
func compareSpan(t *rapid.T, client marketdatav1.MarketDataServiceClient, seconds map[string][]bar.Bar, minutes int) {
	first := rapid.IntRange(0, minutes*60-1).Draw(t, "first")
	last := rapid.IntRange(first, minutes*60).Draw(t, "last")
	interval := rapid.SampledFrom([]time.Duration{time.Second, time.Minute, 5 * time.Minute}).Draw(t, "interval")
	names := map[time.Duration]string{time.Second: "1s", time.Minute: "1m", 5 * time.Minute: "5m"}
	request := &marketdatav1.GetHistoryRequest{
		Symbols: rapid.SliceOfNDistinct(rapid.SampledFrom(everySymbol), 1, len(everySymbol), rapid.ID).Draw(t, "symbols"), Interval: names[interval],
		Start: timestamppb.New(virtualStart.Add(time.Duration(first) * time.Second)), End: timestamppb.New(virtualStart.Add(time.Duration(last) * time.Second)),
		PageSize: rapid.Int32Range(1, 300).Draw(t, "size"),
	}
	each := int(interval / time.Second)
	open := (first + each - 1) / each * each
	for more := true; more; more = request.GetPageToken() != "" {
		page, err := client.GetHistory(context.Background(), request)
		require.NoError(t, err)
		count := 0
		for i, block := range page.GetBars() {
			require.Equal(t, request.GetSymbols()[i], block.GetSymbol())
			require.Equal(t, virtualStart.Add(time.Duration(open)*time.Second), block.GetStart().AsTime())
			count = len(block.GetClose())
			for n := range count {
				requireFold(t, seconds[block.GetSymbol()][open+n*each:open+(n+1)*each], block, n)
			}
		}
		open += count * each
		request.PageToken = page.GetNextPageToken()
	}
	assert.Greater(t, open+each, last, "the whole span")
}

// requireFold holds bar n of a block to the seconds in it.
func requireFold(t *rapid.T, parts []bar.Bar, block *marketdatav1.BarBlock, n int) {
	want := parts[0]
	for _, one := range parts[1:] {
		want.High, want.Low, want.Close = max(want.High, one.High), min(want.Low, one.Low), one.Close
		want.Volume += one.Volume
	}
	require.InDelta(t, want.Volume, block.GetVolume()[n], 1e-9*(1+want.Volume), "sums of doubles")
	want.Volume = 0
	require.Equal(t, want, bar.Bar{
		Time: want.Time, Open: block.GetOpen()[n], High: block.GetHigh()[n], Low: block.GetLow()[n], Close: block.GetClose()[n],
	})
}
