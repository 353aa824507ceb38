package book_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
)

// Enough orders to outgrow places and table several times, with ids that share places, and orders that leave meanwhile.
func TestOrdersAreFoundByIDHoweverManyThereAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, live := book.New(), map[uint64]int64{}
		stride := rapid.SampledFrom([]uint64{1, 3, 1 << 10, 1 << 13}).Draw(t, "stride")
		from := rapid.SampledFrom([]uint64{1, 1 << 63}).Draw(t, "from")
		keep := rapid.Uint64Range(2, 9).Draw(t, "keep one in")
		for n := range uint64(6_000) {
			id := from + n*stride
			b.Add(&book.Order{ID: id, Price: int64(n), Lots: 1})
			live[id] = int64(n)
			if early := from + n/2*stride; n%keep > 0 && b.Find(early) != book.None {
				b.Remove(b.Find(early))
				delete(live, early)
			}
		}
		require.Equal(t, len(live), b.Len())
		for n := range uint64(6_000) {
			id := from + n*stride
			h := b.Find(id)
			price, lives := live[id]
			require.Equal(t, lives, h != book.None, "id %d", id)
			if lives {
				require.Equal(t, price, b.At(h).Price)
			}
		}
	})
}
