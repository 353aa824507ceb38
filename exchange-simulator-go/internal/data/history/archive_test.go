package history

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// kept is a record of the naive archive: one list of everything.
type kept struct {
	account int32
	place   Cursor
}

func naiveDrop(list []kept, account int32) []kept {
	oldest := slices.IndexFunc(list, func(k kept) bool { return account < 0 || k.account == account })
	return slices.Delete(list, oldest, oldest+1)
}

func naiveCount(list []kept, account int32) (count int) {
	for _, one := range list {
		if one.account == account {
			count++
		}
	}
	return count
}

// naivePage is queue.page over the naive list.
func naivePage(list []kept, account int32, before Cursor, most int) (page []Cursor, next Cursor) {
	for _, one := range slices.Backward(list) {
		if one.account != account || before != 0 && one.place >= before || one.place%3 == 0 {
			continue
		}
		if len(page) == most {
			return page, page[most-1]
		}
		page = append(page, one.place)
	}
	return page, 0
}

func TestTheOldestGoFirstOfAnAccountAndOfAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		each, most := rapid.IntRange(1, 40).Draw(t, "each"), rapid.IntRange(1, 80).Draw(t, "all")
		a := newArchive(func(c *Cursor) Cursor { return *c }, each, most)
		var naive []kept
		place := Cursor(0)
		for range rapid.IntRange(1, 300).Draw(t, "records") {
			place += Cursor(rapid.IntRange(1, 3).Draw(t, "step"))
			account := rapid.Int32Range(0, 4).Draw(t, "account")
			a.add(account, place)
			if naive = append(naive, kept{account, place}); naiveCount(naive, account) > each {
				naive = naiveDrop(naive, account)
			}
			if len(naive) > most {
				naive = naiveDrop(naive, -1)
			}
			require.Equal(t, len(naive), a.held)
			require.Len(t, a.ages, len(a.rows))
			before, size := Cursor(rapid.IntRange(0, int(place)+2).Draw(t, "before")), rapid.IntRange(1, 20).Draw(t, "size")
			want, wantNext := naivePage(naive, account, before, size)
			got, next := a.page(account, before, func(c *Cursor) bool { return *c%3 != 0 }, size, nil)
			require.Equal(t, want, got)
			require.Equal(t, wantNext, next)
		}
	})
}

func TestAPageGoesOnWhereItWasWhileNewOnesComeAndOldOnesGo(t *testing.T) {
	a := newArchive(func(c *Cursor) Cursor { return *c }, 100, 1000)
	place := Cursor(0)
	add := func(count int) {
		for range count {
			place++
			a.add(1, place)
		}
	}
	every := func(*Cursor) bool { return true }
	add(100)
	page, next := a.page(1, 0, every, 40, nil)
	add(30)
	page, next = a.page(1, next, every, 20, page)
	assert.Equal(t, Cursor(41), next)
	add(30)
	page, next = a.page(1, next, every, 20, page)
	assert.Zero(t, next, "what was older is gone")
	require.Len(t, page, 60)
	for n, at := range page {
		assert.Equal(t, Cursor(100-n), at)
	}
	page, next = a.page(1, 41, every, 20, page[:0])
	assert.Empty(t, page)
	assert.Zero(t, next)
}

func TestAQueueGivesRoomBack(t *testing.T) {
	var q queue[string]
	for range 1000 {
		q.push("x")
		require.LessOrEqual(t, len(q.items), q.length*5/4+shortest)
	}
	for range 990 {
		q.pop()
		require.LessOrEqual(t, len(q.items), max(2*q.length, 2*shortest))
	}
	assert.Equal(t, 10, q.length)
	assert.Equal(t, "x", *q.at(9))
}
