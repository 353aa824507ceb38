// This file finds the case that expires next.

package approval

import (
	"cmp"
	"container/heap"
)

// expiries is a heap of cases by the time at which they expire, then by the order of opening. One that is decided stays until it comes first.
type expiries []*filed

func (e *expiries) add(c *filed) { heap.Push(e, c) }

// first is the waiting case that expires first, or nil.
func (e *expiries) first() *filed {
	for len(*e) > 0 {
		if c := (*e)[0]; c.state == Waiting {
			return c
		}
		heap.Pop(e)
	}
	return nil
}

// Len is of heap.Interface.
func (e *expiries) Len() int { return len(*e) }

// Less is of heap.Interface.
func (e *expiries) Less(a, b int) bool {
	left, right := (*e)[a], (*e)[b]
	return cmp.Or(cmp.Compare(left.Expires, right.Expires), cmp.Compare(left.number, right.number)) < 0
}

// Swap is of heap.Interface.
func (e *expiries) Swap(a, b int) { (*e)[a], (*e)[b] = (*e)[b], (*e)[a] }

// Push is of heap.Interface.
func (e *expiries) Push(c any) { *e = append(*e, c.(*filed)) }

// Pop is of heap.Interface.
func (e *expiries) Pop() any {
	last := len(*e) - 1
	c := (*e)[last]
	(*e)[last] = nil
	*e = (*e)[:last]
	return c
}
