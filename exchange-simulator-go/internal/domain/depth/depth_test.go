package depth_test

import (
	"cmp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/depth"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue/crowd"
)

// floor is a venue, and the books that follow it.
type floor struct {
	*venue.Venue
	now    int64
	books  []*depth.Book
	last   uint64 // order
	seen   map[venue.EventKind]int
	follow bool
}

func openFloor(t *rapid.T) *floor {
	f := &floor{Venue: venue.New(), now: 1_700_000_000_000_000_000, seen: map[venue.EventKind]int{}}
	for _, command := range crowd.Opening() {
		require.NoError(t, f.do(command).Err)
	}
	for range f.Listing().Instruments {
		f.books = append(f.books, depth.New())
	}
	return f
}

func (f *floor) do(command venue.Command) venue.Answer {
	answer := f.Apply(f.now, f.now, command, func(e *venue.Event) {
		f.seen[e.Kind]++
		if f.follow && e.Order != 0 {
			f.books[e.Instrument].Apply(e)
		}
	})
	f.last = max(f.last, answer.Order.ID)
	return answer
}

// begin makes the books from those of the engines as they are.
func (f *floor) begin() {
	f.follow = true
	for n := range f.books {
		f.books[n] = depth.Of(f.Engine(int32(n)).Book())
	}
}

// shown is what a book shows, both ways.
type shown struct {
	levels []depth.Level
	orders []depth.Order
}

func show(b *depth.Book) shown {
	s := shown{levels: []depth.Level{}, orders: []depth.Order{}}
	for _, side := range []book.Side{book.Buy, book.Sell} {
		s.levels = slices.AppendSeq(s.levels, b.Levels(side))
		s.orders = slices.AppendSeq(s.orders, b.Orders(side))
	}
	return s
}

// showEngine is what the engine's book shows.
func (f *floor) showEngine(n int) shown {
	s, b := shown{levels: []depth.Level{}, orders: []depth.Order{}}, f.Engine(int32(n)).Book()
	for _, side := range []book.Side{book.Buy, book.Sell} {
		for level := range b.Levels(book.Shelf(side)) {
			s.levels = append(s.levels, depth.Level{Side: side, Price: level.Price, Lots: level.Lots, Orders: level.Orders})
		}
		for _, o := range b.Orders(book.Shelf(side)) {
			s.orders = append(s.orders, depth.Order{Side: side, ID: o.ID, Price: o.Price, Lots: o.Lots})
		}
	}
	return s
}

// reader keeps a book by changes alone, naively.
type reader struct{ shown }

func (r *reader) change(levels []depth.Level, orders []depth.Order) {
	for _, level := range levels {
		at := slices.IndexFunc(r.levels, func(l depth.Level) bool { return l.Side == level.Side && l.Price == level.Price })
		switch {
		case at < 0:
			r.levels = append(r.levels, level)
		case level.Orders == 0:
			r.levels = slices.Delete(r.levels, at, at+1)
		default:
			r.levels[at] = level
		}
	}
	for _, o := range orders {
		at := slices.IndexFunc(r.orders, func(known depth.Order) bool { return known.ID == o.ID })
		switch {
		case at < 0:
			r.orders = append(r.orders, o)
		case o.Lots == 0:
			r.orders = slices.Delete(r.orders, at, at+1)
		default:
			r.orders[at] = o
		}
	}
	slices.SortStableFunc(r.levels, func(a, b depth.Level) int { return compare(a.Side, b.Side, a.Price, b.Price) })
	slices.SortStableFunc(r.orders, func(a, b depth.Order) int { return compare(a.Side, b.Side, a.Price, b.Price) })
}

// compare orders bids before asks, and the better price first.
func compare(a, b book.Side, price, other int64) int {
	if a == book.Buy {
		price, other = other, price
	}
	return cmp.Or(cmp.Compare(a, b), cmp.Compare(price, other))
}

func TestABookThatFollowsTheEventsIsTheEnginesBookAfterEveryCommand(t *testing.T) {
	seen := map[venue.EventKind]int{}
	rapid.Check(t, func(t *rapid.T) {
		f := openFloor(t)
		c := crowd.Crowd{Draw: func(below int) int { return rapid.IntRange(0, below-1).Draw(t, "draw") }}
		begin := rapid.IntRange(0, 40).Draw(t, "commands before the copy")
		readers := make([]reader, len(f.books))
		for n := range rapid.IntRange(begin+1, 200).Draw(t, "commands") {
			if n == begin {
				f.begin()
				for i := range readers {
					readers[i] = reader{show(f.books[i])}
				}
			}
			f.now += int64(rapid.IntRange(0, 400).Draw(t, "ms")) * 1_000_000
			f.do(c.Command(f.last))
			if n < begin {
				continue
			}
			catchUp := rapid.Bool().Draw(t, "readers catch up")
			for i, b := range f.books {
				require.Equal(t, f.showEngine(i), show(b))
				if catchUp {
					readers[i].change(b.LevelChanges(nil), b.OrderChanges(nil))
					b.ForgetLevels()
					b.ForgetOrders()
					require.Equal(t, show(b), readers[i].shown, "changes make the book of before that of now")
				}
			}
		}
		for kind, count := range f.seen {
			seen[kind] += count
		}
	})
	for _, kind := range []venue.EventKind{
		venue.OrderAccepted, venue.OrderRested, venue.OrderTriggered, venue.OrderActivated, venue.OrderReplaced, venue.OrderRefilled,
		venue.OrderDecremented, venue.OrderCancelled, venue.OrderExpired, venue.Traded, venue.AuctionUncrossed,
	} {
		assert.Positive(t, seen[kind], "no event of kind %d was there to follow", kind)
	}
}
