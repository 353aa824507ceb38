// This file keeps the records of all accounts within bounds.

package history

import "container/heap"

// archive keeps records of accounts, so many of each and so many of all; the oldest of the account, or of all, goes first.
type archive[T any] struct {
	place func(*T) Cursor
	each  int
	all   int
	held  int
	rows  map[int32]*row[T]
	ages  ages[T]
}

// row is the records of one account; there is at least one.
type row[T any] struct {
	queue[T]
	account int32
	oldest  Cursor
	age     int // index among ages
}

func newArchive[T any](place func(*T) Cursor, each, all int) archive[T] {
	return archive[T]{place: place, each: each, all: all, rows: map[int32]*row[T]{}}
}

// add keeps a record that is newer than all others.
func (a *archive[T]) add(account int32, record T) {
	one := a.rows[account]
	if one == nil {
		one = &row[T]{account: account}
		a.rows[account] = one
	}
	one.push(record)
	a.held++
	switch {
	case one.length == 1:
		one.oldest = a.place(one.at(0))
		heap.Push(&a.ages, one)
	case one.length > a.each:
		a.drop(one)
	}
	if a.held > a.all {
		a.drop(a.ages[0])
	}
}

// drop drops the oldest record of an account.
func (a *archive[T]) drop(one *row[T]) {
	one.pop()
	a.held--
	if one.length == 0 {
		heap.Remove(&a.ages, one.age)
		delete(a.rows, one.account)
		return
	}
	one.oldest = a.place(one.at(0))
	heap.Fix(&a.ages, one.age)
}

// page is queue.page of an account.
func (a *archive[T]) page(account int32, before Cursor, keep func(*T) bool, most int, to []T) ([]T, Cursor) {
	if one := a.rows[account]; one != nil {
		return one.page(a.place, before, keep, most, to)
	}
	return to, 0
}

// ages are the rows as a heap: the one with the oldest record first. It implements heap.Interface.
type ages[T any] []*row[T]

// Len implements heap.Interface.
func (a ages[T]) Len() int { return len(a) }

// Less implements heap.Interface. No two records have one place, so that what goes is always the same.
func (a ages[T]) Less(i, j int) bool { return a[i].oldest < a[j].oldest }

// Swap implements heap.Interface.
func (a ages[T]) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].age, a[j].age = i, j
}

// Push implements heap.Interface.
func (a *ages[T]) Push(one any) {
	added := one.(*row[T])
	added.age = len(*a)
	*a = append(*a, added)
}

// Pop implements heap.Interface.
func (a *ages[T]) Pop() any {
	last := len(*a) - 1
	one := (*a)[last]
	(*a)[last] = nil
	*a = (*a)[:last]
	return one
}
