package ids_test

import (
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/ids"
)

func TestAnIndexIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		index, model := ids.New(), map[uint64]int32{}
		for range rapid.IntRange(1, 400).Draw(t, "steps") {
			id := drawID(t)
			require.Equal(t, model[id], index.Find(id))
			if model[id] != 0 {
				index.Remove(id)
				delete(model, id)
			} else {
				model[id] = rapid.Int32Range(1, math.MaxInt32).Draw(t, "slot")
				index.Add(id, model[id])
			}
			require.Equal(t, model[id], index.Find(id))
			require.Equal(t, len(model), index.Len())
		}
		require.Equal(t, model, maps.Collect(index.All()))
		require.Equal(t, slices.Sorted(maps.Keys(model)), append([]uint64(nil), index.Sorted()...))
		require.Zero(t, index.Find(0))
	})
}

// drawID draws ids near to each other, some that share places, and any others.
func drawID(t *rapid.T) uint64 {
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		return rapid.Uint64Range(1, 300).Draw(t, "near")
	case 1:
		return rapid.Uint64Range(1, 4).Draw(t, "low") + rapid.Uint64Range(0, 9).Draw(t, "high")<<8
	default:
		return rapid.Uint64Range(1, math.MaxUint64).Draw(t, "any")
	}
}

// The orders of a venue: ids in sequence, a few that stay, most that go.
func BenchmarkIDs(b *testing.B) {
	const live = 10_000
	b.Run("index", func(b *testing.B) {
		index := ids.New()
		for id := uint64(1); b.Loop(); id++ {
			index.Add(id, int32(id&0xffff)+1)
			if id > live && index.Find(id-live) != 0 {
				index.Remove(id - live)
			}
		}
	})
	b.Run("map", func(b *testing.B) {
		index := map[uint64]int32{}
		for id := uint64(1); b.Loop(); id++ {
			index[id] = int32(id&0xffff) + 1
			if id > live && index[id-live] != 0 {
				delete(index, id-live)
			}
		}
	})
}

func TestATableFindsWhatWasAddedUnderAHash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, model := ids.NewTable(), map[int32]uint64{}
		few := rapid.Uint64Range(1, 40).Draw(t, "different hashes")
		for slot := range rapid.Int32Range(1, 600).Draw(t, "slots") {
			slot++
			model[slot] = ids.Hash(rapid.Uint64Range(0, few).Draw(t, "key"))
			table.Add(model[slot], slot)
			if gone := rapid.Int32Range(1, slot).Draw(t, "gone"); rapid.Bool().Draw(t, "remove") && model[gone] != 0 {
				table.Remove(model[gone], gone)
				delete(model, gone)
			}
		}
		byHash := map[uint64][]int32{}
		for slot, hash := range model {
			byHash[hash] = append(byHash[hash], slot)
		}
		for key := range few + 1 {
			require.ElementsMatch(t, byHash[ids.Hash(key)], slices.Collect(table.Slots(ids.Hash(key))))
		}
	})
}
