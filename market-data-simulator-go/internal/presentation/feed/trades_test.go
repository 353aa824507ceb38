package feed

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/simclock"
)

// traded is a rule whose first instrument trades a number of times a tick, each trade of the size of its sequence.
type traded struct {
	rule
	each int
}

func (s traded) Trades(instrument int, after, until uint64, yield func(path.Trade) bool) {
	for tick := after + 1; tick <= until && instrument == 0; tick++ {
		for range s.each {
			yield(path.Trade{Sequence: tick, Price: 1, Size: float64(tick), Buy: tick%2 == 0})
		}
	}
}

// tradesAfter are the messages that a reader gets who was sent a step before.
func tradesAfter(t *testing.T, hub *Hub, instrument int, after uint64) *marketdatav1.StreamPricesResponse {
	response := &marketdatav1.StreamPricesResponse{}
	require.NoError(t, proto.Unmarshal(hub.appendTrades(nil, instrument, after, hub.ring.newest.Load().step), response))
	return response
}

func TestAReaderGetsTheTradesSinceTheUpdateBefore(t *testing.T) {
	inBubble(t, func() simclock.Mapping { return oneHourIn(1) }, traded{each: 2}, func(t *testing.T, hub *Hub) {
		newest := hub.ring.newest.Load().step
		got := tradesAfter(t, hub, 0, newest-3)
		require.Len(t, got.GetTrades(), 6)
		for n, one := range got.GetTrades() {
			sequence := newest - 2 + uint64(n/2)
			assert.Equal(t, sequence, one.GetSequence())
			assert.Equal(t, path.Epoch.Add(time.Duration(sequence)*path.TickInterval), one.GetBusinessTime().AsTime())
			assert.Equal(t, sequence%2 == 0, one.GetAggressorSide() == marketdatav1.AggressorSide_AGGRESSOR_SIDE_BUY)
		}
		assert.Zero(t, got.GetTradesOmitted())
		assert.Empty(t, tradesAfter(t, hub, 1, newest-3).GetTrades(), "the other one does not trade")
	})
}

func TestTooManyTradesAreTheLatestAndTheOthersAreCounted(t *testing.T) {
	inBubble(t, func() simclock.Mapping { return oneHourIn(1) }, traded{each: 3}, func(t *testing.T, hub *Hub) {
		newest := hub.ring.newest.Load().step
		got := tradesAfter(t, hub, 0, newest-400)
		require.Len(t, got.GetTrades(), 999)
		assert.Equal(t, newest, got.GetTrades()[998].GetSequence())
		assert.Equal(t, newest-332, got.GetTrades()[0].GetSequence())
		assert.EqualValues(t, 400*3-999, got.GetTradesOmitted())
	})
	inBubble(t, func() simclock.Mapping { return oneHourIn(100) }, traded{each: 1}, func(t *testing.T, hub *Hub) {
		got := tradesAfter(t, hub, 0, hub.ring.newest.Load().step-2)
		assert.Len(t, got.GetTrades(), 16, "few of each step where a step is many ticks")
		assert.EqualValues(t, 2*(100-8), got.GetTradesOmitted())
	})
}

func (s traded) BarAt(uint64, time.Duration, []bar.Bar) error { return errors.New("no bars") }

func TestAReaderOfThePastGetsAllTradesSinceTheUpdateBefore(t *testing.T) {
	inBubble(t, realTime, traded{each: 2}, func(t *testing.T, hub *Hub) {
		withPast(t, hub).archive.open = func(uint64) (Charted, error) { return traded{each: 2}, nil }
		reader := listen(t, hub, Request{Instruments: []int{0}, Interval: 5 * tick, AfterSequence: hourTicks - 5000, Trades: true}, nil)
		time.Sleep(tick / 2)
		synctest.Wait()
		got := reader.hangUp(t)
		require.Len(t, got, 1000)
		for _, one := range got[:300] { // those that are retained no more
			require.Len(t, one.GetTrades(), 10)
			require.Equal(t, one.GetPreviousSequence()+1, one.GetTrades()[0].GetSequence())
			require.Equal(t, one.GetUpdate().GetSequence(), one.GetTrades()[9].GetSequence())
		}
	})
}
