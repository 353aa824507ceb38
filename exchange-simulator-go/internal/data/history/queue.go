// This file holds records in their order, and turns them into pages.

package history

import "sort"

// queue is a first-in, first-out row of records; it grows and shrinks with what is in it.
type queue[T any] struct {
	items  []T // a ring
	first  int
	length int
}

// shortest is the least room that a queue has.
const shortest = 8

// at returns a record, 0 is the oldest.
func (q *queue[T]) at(n int) *T {
	n += q.first
	if n >= len(q.items) {
		n -= len(q.items)
	}
	return &q.items[n]
}

func (q *queue[T]) push(record T) {
	if q.length == len(q.items) {
		q.resize()
	}
	q.length++
	*q.at(q.length - 1) = record
}

// pop drops the oldest one.
func (q *queue[T]) pop() {
	*q.at(0) = *new(T) // lets go of its texts
	if q.first++; q.first == len(q.items) {
		q.first = 0
	}
	q.length--
	if len(q.items) > 2*shortest && q.length <= len(q.items)/2 {
		q.resize()
	}
}

// resize leaves room for a quarter more.
func (q *queue[T]) resize() {
	items := make([]T, q.length+max(q.length/4, shortest))
	for n := range q.length {
		items[n] = *q.at(n)
	}
	q.items, q.first = items, 0
}

// page appends up to most records that keep wants, newest first, from those older than a place. The cursor is where the next page
// goes on; it is 0 when nothing follows.
func (q *queue[T]) page(place func(*T) Cursor, before Cursor, keep func(*T) bool, most int, to []T) ([]T, Cursor) {
	n := q.length
	if before != 0 {
		n = sort.Search(q.length, func(n int) bool { return place(q.at(n)) >= before })
	}
	last := before
	for n--; n >= 0; n-- {
		record := q.at(n)
		if !keep(record) {
			continue
		}
		if most == 0 {
			return to, last
		}
		to, last, most = append(to, *record), place(record), most-1
	}
	return to, 0
}
