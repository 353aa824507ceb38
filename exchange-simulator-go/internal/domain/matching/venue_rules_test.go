package matching_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	m "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

func TestSelfTradePreventionByMode(t *testing.T) {
	for _, c := range []struct {
		name   string
		mode   m.SelfTrade
		trades [][4]int64
		bid    int64 // lots that rest to buy afterwards
		ask    int64
	}{
		{"allow", m.Allow, [][4]int64{{3, 1, 100, 4}, {3, 2, 100, 2}}, 0, 3},
		{"expire taker", m.ExpireTaker, nil, 0, 9},
		{"expire maker", m.ExpireMaker, [][4]int64{{3, 2, 100, 5}}, 1, 0},
		{"expire both", m.ExpireBoth, nil, 0, 5},
		{"decrement", m.Decrement, [][4]int64{{3, 2, 100, 2}}, 0, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, m.Rules{})
			owned := func(o *m.Order) { o.Owner, o.SelfTrade = 77, c.mode }
			d.sell(100, 4, owned) // another account of the same owner
			d.sell(100, 5)
			assert.Equal(t, c.trades, trades(d.buy(100, 6, owned)))
			assert.Equal(t, []int64{c.bid, c.ask},
				[]int64{d.Book().Depth(book.Bids, 100).Lots, d.Book().Depth(book.Asks, 100).Lots})
		})
	}
}

func TestFillOrKillLeavesOwnOrdersOut(t *testing.T) {
	for mode, fills := range map[m.SelfTrade]bool{
		m.Allow: true, m.ExpireTaker: false, m.ExpireMaker: false, m.ExpireBoth: false, m.Decrement: false,
	} {
		d := newDesk(t, m.Rules{})
		owned := func(o *m.Order) { o.Owner, o.SelfTrade = 77, mode }
		d.sell(100, 4, owned)
		d.sell(100, 5)
		assert.Equalf(t, fills, len(trades(d.buy(100, 6, owned, in(m.FOK)))) > 0, "mode %d", mode)
		assert.Equalf(t, mode == m.Allow || mode == m.ExpireMaker, len(trades(d.buy(100, 3, owned, in(m.FOK)))) > 0, "mode %d", mode)
	}
}

// limitedFunds pay for so many lots.
type limitedFunds struct{ lots int64 }

func (f *limitedFunds) Affordable(_ uint64, _ int32, _ book.Side, _, lots int64) int64 {
	return min(f.lots, lots)
}
func (f *limitedFunds) Settle(trade *m.Event)                  { f.lots -= trade.Lots }
func (f *limitedFunds) Activate(_, _ uint64, lots int64) int64 { return min(f.lots, lots) }

func TestATakerStopsWhereItsMoneyDoes(t *testing.T) {
	e := m.New(m.Rules{}, &limitedFunds{lots: 5})
	e.Call(nil)
	e.Uncross(nil)
	for id := uint64(1); id <= 2; id++ {
		e.Place(0, &m.Order{ID: id, Owner: 1, Side: book.Sell, Price: 100, Lots: 4}, nil)
	}
	assert.Empty(t, trades(e.Place(0, &m.Order{ID: 3, Owner: 2, Price: 100, Lots: 6, Force: m.FOK}, nil)))
	events := e.Place(0, &m.Order{ID: 4, Owner: 2, Type: m.Market, Lots: 8}, nil)
	assert.Equal(t, [][4]int64{{4, 1, 100, 4}, {4, 2, 100, 1}}, trades(events))
	assert.Equal(t, []any{m.NoFunds, int64(3)}, []any{last(events).Reason, last(events).Remaining})
}

func TestTheCallAuctionTradesTheMostAtOnePrice(t *testing.T) {
	type side struct{ price, lots int64 }
	for _, c := range []struct {
		name      string
		bids      []side
		asks      []side
		reference int64
		want      m.Auction
	}{
		{"most lots", []side{{102, 10}, {101, 5}}, []side{{100, 8}, {101, 7}}, 0, m.Auction{Price: 101, Lots: 15}},
		{"least surplus", []side{{103, 10}, {101, 4}}, []side{{100, 10}, {103, 1}}, 0, m.Auction{Price: 102, Lots: 10}},
		{"buyers press up", []side{{103, 15}}, []side{{100, 10}}, 100, m.Auction{Price: 103, Lots: 10, Surplus: 5}},
		{"sellers press down", []side{{103, 10}}, []side{{100, 15}}, 103, m.Auction{Price: 100, Lots: 10, Surplus: -5}},
		{"nearest to the reference", []side{{110, 10}}, []side{{100, 10}}, 104, m.Auction{Price: 104, Lots: 10}},
		{"reference beyond", []side{{110, 10}}, []side{{100, 10}}, 120, m.Auction{Price: 110, Lots: 10}},
		{"between two surpluses", []side{{104, 5}, {103, 2}}, []side{{103, 6}}, 0, m.Auction{Price: 103, Lots: 6, Surplus: 1}},
		{"nothing crosses", []side{{99, 1}}, []side{{100, 1}}, 0, m.Auction{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &desk{t: t, Engine: m.New(m.Rules{}, nil)}
			d.Call(nil)
			if c.reference != 0 {
				d.SetReference(c.reference, nil)
			}
			for _, s := range c.bids {
				d.buy(s.price, s.lots)
			}
			for _, s := range c.asks {
				d.sell(s.price, s.lots)
			}
			assert.Equal(t, c.want, d.Indicative())
			total := int64(0)
			for _, trade := range trades(d.Uncross(nil)) {
				assert.Equal(t, c.want.Price, trade[2])
				total += trade[3]
			}
			assert.Equal(t, c.want.Lots, total)
			assert.Equal(t, m.Continuous, d.Phase())
		})
	}
}

func TestPhasesTakeWhatTheyMay(t *testing.T) {
	d := &desk{t: t, Engine: m.New(m.Rules{}, nil)}
	assert.Equal(t, m.WrongPhase, d.buy(100, 1)[0].Reason, "before the open")
	d.Call(nil)
	assert.Equal(t, m.WrongPhase, d.buy(0, 1, as(m.Market))[0].Reason, "a call collects limit orders")
	assert.Equal(t, m.WrongPhase, d.buy(100, 1, in(m.IOC))[0].Reason)
	d.buy(100, 1)
	d.Uncross(nil)
	d.Halt(nil)
	assert.Equal(t, m.WrongPhase, d.buy(100, 1)[0].Reason)
	assert.Equal(t, m.WrongPhase, d.Replace(&m.Replacement{ID: 4, Price: 99}, nil)[0].Reason)
	assert.Equal(t, m.WrongPhase, d.Uncross(nil)[0].Reason, "a halt ends with a call")
	assert.Equal(t, m.Cancelled, d.Cancel(4, nil)[0].Kind, "cancels are always taken")
	assert.Equal(t, m.PhaseChanged, d.Call(nil)[0].Kind)
}

func TestOrdersRestOutsideTheStaticBandButDoNotTradeThere(t *testing.T) {
	d := newDesk(t, m.Rules{StaticBand: 1_000})
	d.SetReference(100, nil)
	assert.True(t, d.sell(110, 1)[0].Rests)
	assert.True(t, d.sell(111, 1)[0].Rests)
	events := d.buy(200, 2)
	assert.Equal(t, [][4]int64{{3, 1, 110, 1}}, trades(events))
	assert.Equal(t, []any{m.Expired, m.OutsideBand, int64(1)}, []any{last(events).Kind, last(events).Reason, last(events).Remaining})
	d.SetReference(101, nil)
	assert.Equal(t, [][4]int64{{4, 2, 111, 1}}, trades(d.buy(111, 1)), "the band moves with the reference")
}

func TestATradeOutsideTheDynamicBandExpiresItsTakerOrHalts(t *testing.T) {
	for _, pause := range []bool{false, true} {
		d := newDesk(t, m.Rules{DynamicBand: 500, PauseOnBand: pause})
		d.sell(100, 1)
		d.buy(100, 1)
		d.sell(105, 1)
		d.sell(106, 1)
		events := d.buy(0, 3, as(m.Market))
		assert.Equal(t, [][4]int64{{5, 3, 105, 1}}, trades(events))
		if pause {
			require.Equal(t, m.PhaseChanged, last(events).Kind)
			assert.Equal(t, m.Halted, d.Phase())
			events = events[:len(events)-1]
		}
		assert.Equal(t, []any{m.Expired, m.OutsideBand, int64(2)}, []any{last(events).Kind, last(events).Reason, last(events).Remaining})
	}
}
