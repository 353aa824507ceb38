package matching_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	m "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

// pairOfEngines runs every command on the engine and on the obvious model and holds them to the same events.
type pairOfEngines struct {
	t      *rapid.T
	engine *m.Engine
	purse  *purse
	naive  *naive
	now    int64
	nextID uint64
	laws   laws
}

const second = 1_000_000_000

func startBoth(t *rapid.T) *pairOfEngines {
	rules := m.Rules{
		StaticBand:  rapid.SampledFrom([]int64{0, 0, 1_500}).Draw(t, "static"),
		DynamicBand: rapid.SampledFrom([]int64{0, 0, 400}).Draw(t, "dynamic"),
		PauseOnBand: rapid.Bool().Draw(t, "pause"),
		MaxTriggers: rapid.IntRange(1, 4).Draw(t, "bound"),
	}
	holds := rapid.SampledFrom([]int64{0, 10, 1_000}).Draw(t, "holds")
	left := func() *purse { return &purse{left: map[int32]int64{3: 60}, holds: holds} }
	p := &pairOfEngines{t: t, purse: left(), naive: &naive{rules: rules, purse: left()}, now: 20_000 * 86_400 * second}
	p.engine = m.New(rules, p.purse)
	p.laws = laws{t: t, open: map[uint64]int64{}}
	return p
}

func TestTheEngineGivesTheEventsOfTheObviousModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := startBoth(t)
		p.phase(0)
		p.collect(rapid.IntRange(0, 25).Draw(t, "in the first call"))
		p.phase(1)
		p.collect(rapid.IntRange(1, 150).Draw(t, "commands"))
	})
}

func (p *pairOfEngines) collect(commands int) {
	for range commands {
		p.command()
	}
}

// command draws one command and gives it to both.
func (p *pairOfEngines) command() {
	p.now += rapid.Int64Range(0, 2).Draw(p.t, "later") * 3_600 * second / 4
	switch dice := rapid.IntRange(0, 99).Draw(p.t, "command"); {
	case dice < 52:
		o := p.order(rapid.SampledFrom(drawnTypes).Draw(p.t, "type"))
		p.both(func(e []m.Event) []m.Event { return p.engine.Place(p.now, &o, e) }, func() { p.naive.place(p.now, &o) })
	case dice < 58:
		one, two := p.pair()
		p.both(func(e []m.Event) []m.Event { return p.engine.PlaceOCO(p.now, &one, &two, e) },
			func() { p.naive.placeOCO(p.now, &one, &two) })
	case dice < 64:
		working, pending := p.bracket()
		p.both(func(e []m.Event) []m.Event { return p.engine.PlaceBracket(p.now, &working, pending, e) },
			func() { p.naive.placeBracket(p.now, &working, pending) })
	case dice < 72:
		id := p.someID()
		p.both(func(e []m.Event) []m.Event { return p.engine.Cancel(id, e) }, func() { p.naive.cancel(id) })
	case dice < 84:
		r := m.Replacement{ID: p.someID(), Price: p.maybe(p.price()), Lots: p.maybe(p.lots()), Trigger: p.rarely(p.price())}
		p.both(func(e []m.Event) []m.Event { return p.engine.Replace(&r, e) }, func() { p.naive.replace(&r) })
	case dice < 88:
		id, lots := p.someID(), p.lots()
		p.both(func(e []m.Event) []m.Event { return p.engine.Reduce(id, lots, e) }, func() { p.naive.reduce(id, lots) })
	case dice < 93:
		p.both(func(e []m.Event) []m.Event { return p.engine.Expire(p.now, e) }, func() { p.naive.expire(p.now) })
	case dice < 96:
		p.both(p.engine.Continue, p.naive.settle)
	case dice < 97:
		p.reference(p.price())
	default:
		p.phase(rapid.IntRange(0, 2).Draw(p.t, "phase"))
	}
}

func (p *pairOfEngines) reference(price int64) {
	p.both(func(e []m.Event) []m.Event { return p.engine.SetReference(price, e) }, func() {
		p.naive.reference = price
		p.naive.out = append(p.naive.out, m.Event{Kind: m.ReferenceSet, Price: price})
	})
}

// phase asks for a call, an uncross or a halt.
func (p *pairOfEngines) phase(which int) {
	change := func(to m.Phase, from ...m.Phase) func() {
		return func() {
			if slices.Contains(from, p.naive.phase) {
				p.naive.setPhase(to, m.ByOperator)
			} else {
				p.naive.refuse(m.WrongPhase, 0, 0)
			}
		}
	}
	switch which {
	case 0:
		p.both(p.engine.Call, change(m.Calling, m.PreOpen, m.Halted))
	case 1:
		p.both(p.engine.Uncross, p.naive.uncross)
	default:
		p.both(p.engine.Halt, change(m.Halted, m.Continuous, m.Calling))
	}
}

// both runs a command on both and compares everything that can be seen.
func (p *pairOfEngines) both(real func([]m.Event) []m.Event, obvious func()) {
	p.naive.out = nil
	obvious()
	events := real(nil)
	require.Equal(p.t, p.naive.out, events)
	require.Equal(p.t, p.naive.phase, p.engine.Phase())
	for _, side := range []book.Side{book.Buy, book.Sell} {
		p.sameSide(side)
	}
	if p.engine.Phase() == m.Calling {
		require.Equal(p.t, p.naive.indicative(), p.engine.Indicative())
	}
	pending := 0
	if p.naive.phase == m.Continuous {
		pending = len(p.naive.at(elected))
	}
	require.Equal(p.t, pending, p.engine.Pending())
	require.Equal(p.t, len(p.naive.orders), p.engine.Book().Len())
	require.Equal(p.t, p.naive.purse, p.purse)
	p.sameTriggers()
	p.laws.hold(p.engine, events)
	p.reload()
}

// sameTriggers compares who waits for which price, and who is in the market.
func (p *pairOfEngines) sameTriggers() {
	for _, o := range p.naive.orders {
		trigger, waits := p.engine.Trigger(o.ID)
		require.Equal(p.t, p.naive.waits(o), waits, "order %d", o.ID)
		if waits {
			require.Equal(p.t, o.Trigger, trigger, "order %d", o.ID)
		}
		rests := p.engine.Book().At(p.engine.Book().Find(o.ID)).Shelf() <= book.Asks
		require.Equal(p.t, o.at == resting, rests, "order %d", o.ID)
	}
}

// sameSide compares a side order by order, and its levels with what stands in them.
func (p *pairOfEngines) sameSide(side book.Side) {
	shelf, want := book.Shelf(side), p.naive.side(side)
	at := 0
	for level := range p.engine.Book().Levels(shelf) {
		total := book.Level{Price: level.Price}
		for h := p.engine.Book().Head(level); h != book.None; h = p.engine.Book().Behind(h) {
			o := p.engine.Book().At(h)
			require.Less(p.t, at, len(want))
			require.Equal(p.t, []int64{int64(want[at].ID), want[at].Price, want[at].shown, want[at].open},
				[]int64{int64(o.ID), o.Price, o.Lots, o.Open()})
			total.Lots, total.Reserve, total.Orders = total.Lots+o.Lots, total.Reserve+o.Reserve, total.Orders+1
			at++
		}
		require.Equal(p.t, []int64{total.Price, total.Lots, total.Reserve, int64(total.Orders)},
			[]int64{level.Price, level.Lots, level.Reserve, int64(level.Orders)})
	}
	require.Len(p.t, want, at)
}

// reload goes on, now and then, with an engine made from a snapshot, which must have the same state.
func (p *pairOfEngines) reload() {
	if rapid.IntRange(0, 9).Draw(p.t, "reload") > 0 {
		return
	}
	bytes := p.engine.Encode(nil)
	again, err := m.Decode(bytes, p.purse)
	require.NoError(p.t, err)
	require.Equal(p.t, bytes, again.Encode(nil))
	p.engine = again
}
