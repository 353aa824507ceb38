package book_test

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
)

// standing is an order of the model: a slice that is sorted anew for every question.
type standing struct {
	book.Order
	shelf book.Shelf
	key   int64
	turn  int
}

type model struct {
	orders []standing
	turns  int
}

// drawPrice draws prices near to each other and as far apart as there are.
func drawPrice(t *rapid.T) int64 {
	return rapid.OneOf(
		rapid.Int64Range(-70, 70), rapid.Int64Range(1_000_000, 1_000_500), rapid.Int64(),
		rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, 0, 63, 64, 4_095, 4_096, 262_143, 262_144}),
	).Draw(t, "price")
}

func (m *model) shelf(shelf book.Shelf) []standing {
	found := slices.DeleteFunc(slices.Clone(m.orders), func(s standing) bool { return s.shelf != shelf })
	slices.SortFunc(found, func(a, b standing) int {
		byPrice := cmp.Compare(a.key, b.key)
		if shelf%2 == 0 {
			byPrice = -byPrice
		}
		return cmp.Or(byPrice, cmp.Compare(a.turn, b.turn))
	})
	return found
}

func TestTheBookIsASortedListWhereverThePricesAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, m := book.New(), &model{}
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			step(t, b, m)
			require.Equal(t, len(m.orders), b.Len())
			for shelf := range book.Shelves {
				same(t, b, shelf, m.shelf(shelf))
			}
		}
	})
}

// drawID draws ids that share low bits, as those of orders do that live long, and any others.
func drawID(t *rapid.T) uint64 {
	if rapid.Bool().Draw(t, "sharing") {
		return rapid.Uint64Range(1, 8).Draw(t, "low") + rapid.Uint64Range(0, 8).Draw(t, "high")<<10
	}
	return rapid.Uint64Range(1, math.MaxUint64).Draw(t, "id")
}

// step changes both in the same way.
func step(t *rapid.T, b *book.Book, m *model) {
	m.turns++
	if len(m.orders) == 0 || rapid.IntRange(0, 9).Draw(t, "what") < 5 {
		s := standing{Order: book.Order{
			ID: drawID(t), Price: drawPrice(t), Lots: rapid.Int64Range(1, 9).Draw(t, "lots"),
			Reserve: rapid.Int64Range(0, 9).Draw(t, "reserve"),
		}, shelf: book.Shelf(rapid.IntRange(0, int(book.Shelves)-1).Draw(t, "shelf")), key: drawPrice(t), turn: m.turns}
		if b.Find(s.ID) == book.None {
			b.Park(&s.Order, s.shelf, s.key)
			m.orders = append(m.orders, s)
		}
		return
	}
	at := rapid.IntRange(0, len(m.orders)-1).Draw(t, "which")
	s := &m.orders[at]
	h := b.Find(s.ID)
	switch rapid.IntRange(0, 4).Draw(t, "how") {
	case 0, 1:
		b.Remove(h)
		m.orders = slices.Delete(m.orders, at, at+1)
	case 2:
		s.shelf, s.key, s.turn = s.shelf^1, drawPrice(t), m.turns
		b.Move(h, s.shelf, s.key)
	case 3:
		s.Lots, s.Reserve = rapid.Int64Range(1, 9).Draw(t, "new lots"), rapid.Int64Range(0, 9).Draw(t, "new reserve")
		b.Resize(h, s.Lots, s.Reserve)
	default:
		b.Reduce(h, s.Lots)
		b.Refill(h, 4)
		shown := min(4, s.Reserve)
		s.Lots, s.Reserve, s.turn = shown, s.Reserve-shown, m.turns
	}
}

// same compares a shelf with what it should be, order by order, level by level, and both ways.
func same(t *rapid.T, b *book.Book, shelf book.Shelf, want []standing) {
	var got []standing
	for h, o := range b.Orders(shelf) {
		require.Equal(t, h, b.Find(o.ID))
		got = append(got, standing{Order: book.Order{ID: o.ID, Lots: o.Lots, Reserve: o.Reserve}, key: b.LevelOf(h).Price})
	}
	require.Len(t, got, len(want))
	totals := map[int64]book.Level{}
	for at, s := range want {
		require.Equal(t, []any{s.ID, s.Lots, s.Reserve, s.key}, []any{got[at].ID, got[at].Lots, got[at].Reserve, got[at].key})
		total := totals[s.key]
		totals[s.key] = book.Level{Lots: total.Lots + s.Lots, Reserve: total.Reserve + s.Reserve, Orders: total.Orders + 1}
	}
	var last *book.Level
	for level := range b.Levels(shelf) {
		depth := b.Depth(shelf, level.Price)
		want := totals[level.Price]
		require.Equal(t, []int64{want.Lots, want.Reserve, int64(want.Orders)}, []int64{depth.Lots, depth.Reserve, int64(depth.Orders)})
		require.Equal(t, last, b.Better(shelf, level))
		last = level
		delete(totals, level.Price)
	}
	require.Empty(t, totals)
}

func TestDepthOfAnEmptyPriceIsZero(t *testing.T) {
	b := book.New()
	b.Add(&book.Order{ID: 1, Price: 100, Lots: 3})
	assert.Equal(t, book.Level{Price: 101}, b.Depth(book.Bids, 101))
	assert.Equal(t, book.Level{Price: 100}, b.Depth(book.Asks, 100))
	assert.Nil(t, b.Best(book.Asks))
	assert.Equal(t, book.None, b.Front(book.Asks))
}

// A window array around the touch writes past its end here.
func TestPriceWindowIsNeverOverrun(t *testing.T) {
	b := book.New()
	id := uint64(0)
	for price := int64(1); price > 0 && price < math.MaxInt64/3; price *= 3 {
		for _, side := range []book.Side{book.Buy, book.Sell} {
			id++
			b.Add(&book.Order{ID: id, Side: side, Price: price, Lots: price})
		}
	}
	last := int64(0)
	for level := range b.Levels(book.Asks) {
		assert.Greater(t, level.Price, last)
		assert.Equal(t, level.Price, level.Lots)
		assert.Equal(t, level.Price, b.Depth(book.Bids, level.Price).Lots)
		last = level.Price
	}
}

func TestARestingOrderTakesAtMostAHundredBytes(t *testing.T) {
	const orders = 1_000_000
	before := heap()
	b := book.New()
	for id := uint64(1); id <= orders; id++ {
		b.Add(&book.Order{ID: id, Side: book.Side(id % 2), Price: 1_000_000 + int64(id*7_919%4_000), Lots: 5})
	}
	each := float64(heap()-before) / orders
	runtime.KeepAlive(b)
	t.Logf("%.1f bytes a resting order", each)
	assert.LessOrEqual(t, each, 100.0)
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
