package approval

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// most tries every way to give people to quorums, and returns in how many seats the best one has somebody.
func most(quorums []quorum, people []string) int {
	if len(people) == 0 {
		return 0
	}
	best := most(quorums, people[1:])
	for n := range quorums {
		if quorums[n].count > 0 && slices.Contains(quorums[n].eligible, people[0]) {
			left := slices.Clone(quorums)
			left[n].count--
			best = max(best, 1+most(left, people[1:]))
		}
	}
	return best
}

// As many people count as can; each has one seat at most, in a quorum that they are eligible for.
func TestSeatingIsTheBestThereIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people := rapid.Permutation([]string{"a", "b", "c", "d", "e", "f"}).Draw(t, "people")
		quorums := make([]quorum, rapid.IntRange(1, 4).Draw(t, "quorums"))
		for n := range quorums {
			quorums[n].count = rapid.IntRange(1, 3).Draw(t, "count")
			quorums[n].eligible = slices.DeleteFunc(slices.Sorted(slices.Values(people)), func(string) bool { return rapid.Bool().Draw(t, "out") })
		}
		people = people[:rapid.IntRange(0, len(people)).Draw(t, "come")]
		seated, taken, free := seat(quorums, people), []string{}, 0
		for n := range quorums {
			taken = append(taken, seated.seats[n]...)
			free += seated.missing(n)
			require.GreaterOrEqual(t, seated.missing(n), 0)
			for _, who := range seated.seats[n] {
				require.True(t, quorums[n].has(who))
			}
		}
		require.Len(t, taken, most(quorums, people))
		slices.Sort(taken)
		require.Len(t, slices.Compact(slices.Clone(taken)), len(taken))
		require.Equal(t, free == 0, seated.full())
	})
}
