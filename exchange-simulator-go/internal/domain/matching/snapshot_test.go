package matching_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	m "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

// furnished is an engine with something of everything.
func furnished(t *testing.T) *desk {
	d := newDesk(t, m.Rules{StaticBand: 5_000, MaxTriggers: 3})
	d.SetReference(100, nil)
	d.sell(101, 4)
	d.buy(101, 2)
	d.buy(99, 9, func(o *m.Order) { o.Display = 2 })
	d.buy(98, 1, in(m.Day))
	d.sell(0, 1, stopAt(90))
	d.sell(0, 1, as(m.TrailingStop), func(o *m.Order) { o.Trail = 4 })
	entry := m.Order{ID: 50, Account: 7, Price: 97, Lots: 4}
	d.PlaceBracket(0, &entry, []m.Order{
		{ID: 51, Account: 7, Side: book.Sell, Price: 110, Lots: 4},
		{ID: 52, Account: 7, Side: book.Sell, Type: m.Stop, Trigger: 90, Lots: 4},
	}, nil)
	return d
}

func TestASnapshotIsTheWholeState(t *testing.T) {
	d := furnished(t)
	bytes := d.Encode([]byte("before"))
	require.Equal(t, "before", string(bytes[:6]))
	again, err := m.Decode(bytes[6:], nil)
	require.NoError(t, err)
	assert.Equal(t, d.Hash(nil), again.Hash(make([]byte, 0, 1_000)))
	assert.Equal(t, []int64{d.Last(), d.Reference()}, []int64{again.Last(), again.Reference()})
	assert.Equal(t, d.Cancel(50, nil), again.Cancel(50, nil))
	assert.Equal(t, d.Hash(nil), again.Hash(nil))
	d.Cancel(1, nil)
	assert.NotEqual(t, d.Hash(nil), again.Hash(nil))
}

func TestABrokenSnapshotIsRefused(t *testing.T) {
	whole := furnished(t).Encode(nil)
	for length := range whole {
		_, err := m.Decode(whole[:length], nil)
		require.ErrorIs(t, err, m.ErrSnapshot, "cut at %d", length)
	}
	_, err := m.Decode(append(whole, 0), nil)
	require.ErrorIs(t, err, m.ErrSnapshot)
}

func FuzzDecodeNeverPanics(f *testing.F) {
	d := m.New(m.Rules{}, nil)
	f.Add(d.Encode(nil))
	d.Call(nil)
	d.Place(0, &m.Order{ID: 1, Price: 5, Lots: 6, Display: 2, Force: m.Day}, nil)
	f.Add(d.Encode(nil))
	f.Fuzz(func(t *testing.T, bytes []byte) {
		e, err := m.Decode(bytes, nil)
		if err != nil {
			return
		}
		again, err := m.Decode(e.Encode(nil), nil)
		require.NoError(t, err)
		assert.Equal(t, e.Hash(nil), again.Hash(nil))
	})
}

func TestACommandAllocatesNothing(t *testing.T) {
	e := m.New(m.Rules{DynamicBand: 5_000}, &limitedFunds{lots: 1 << 60})
	events := make([]m.Event, 0, 64)
	e.Call(events)
	e.Uncross(events)
	id, cancelled, now := uint64(0), uint64(0), int64(0)
	place := func(o m.Order) {
		id++
		o.ID, o.Account, o.Owner = id, int32(id%3), int32(id%3)
		events = e.Place(now, &o, events[:0])
	}
	entry, profit, stop := m.Order{Price: 95, Lots: 2}, m.Order{Side: book.Sell, Price: 120, Lots: 1},
		m.Order{Side: book.Sell, Type: m.Stop, Trigger: 80, Lots: 1}
	pending := make([]m.Order, 2)
	round := func() {
		now += 1_000_000_000
		for price := int64(0); price < 6; price++ {
			place(m.Order{Price: 95 + price, Lots: 3})
			place(m.Order{Side: book.Sell, Price: 105 + 100*price, Lots: 9, Display: 2, Force: m.Day})
			place(m.Order{Side: book.Sell, Type: m.Stop, Trigger: 95 - price, Lots: 1, Force: m.GTD, Expiry: now + 5})
			place(m.Order{Side: book.Sell, Type: m.TrailingStop, Trail: 3, Lots: 1})
		}
		place(m.Order{Type: m.Market, Quote: 900, SelfTrade: m.ExpireMaker})
		place(m.Order{Side: book.Sell, Type: m.Market, Lots: 9, SelfTrade: m.Decrement})
		place(m.Order{Price: 120, Lots: 4, Force: m.FOK, SelfTrade: m.ExpireTaker})
		events = e.Replace(&m.Replacement{ID: id - 8, Price: 103}, events[:0])
		events = e.Reduce(id-9, 1, events[:0])
		entry.ID, profit.ID, stop.ID = id+1, id+2, id+3
		pending[0], pending[1] = profit, stop
		events = e.PlaceBracket(now, &entry, pending, events[:0])
		id += 3
		events = e.Expire(now+10, events[:0])
		for ; cancelled < id; cancelled++ {
			events = e.Cancel(cancelled+1, events[:0])
		}
	}
	for range 5 {
		round() // to its full size
	}
	assert.Zero(t, testing.AllocsPerRun(100, round))
}
