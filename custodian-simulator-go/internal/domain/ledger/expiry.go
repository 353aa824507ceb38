// This file lets pending transfers time out.

package ledger

import "bytes"

// timer is a pending transfer that times out.
type timer struct {
	expires int64
	number  uint32
}

// timers is a heap: the first is the next to time out. Those whose transfer was resolved stay in it until they come first or
// are half of it.
type timers struct {
	heap []timer
	open int // whose transfer is open
}

// NextExpiry is when the next pending transfer times out, nanoseconds since 1970 UTC; 0 when none does.
func (l *Ledger) NextExpiry() int64 {
	if len(l.timers.heap) == 0 {
		return 0
	}
	return l.timers.heap[0].expires
}

// Expire voids the pending transfers that time out at the time or before, in order of their time, then their id.
func (l *Ledger) Expire(now int64, entries []Entry) []Entry {
	for len(l.timers.heap) > 0 && l.timers.heap[0].expires <= now {
		one := l.at(l.timers.heap[0].number)
		one.state = Expired
		entries = l.move(one, TimedOut, 0, -one.amount, entries)
		l.timers.open--
		l.tidyTimers()
	}
	return entries
}

// before tells whether the timer at i comes before that at k.
func (l *Ledger) before(i, k int) bool {
	a, b := l.timers.heap[i], l.timers.heap[k]
	if a.expires != b.expires {
		return a.expires < b.expires
	}
	return bytes.Compare(l.at(a.number).id[:], l.at(b.number).id[:]) < 0
}

func (l *Ledger) pushTimer(one timer) {
	heap := append(l.timers.heap, one)
	l.timers.heap = heap
	l.timers.open++
	for at := len(heap) - 1; at > 0 && l.before(at, (at-1)/2); at = (at - 1) / 2 {
		heap[at], heap[(at-1)/2] = heap[(at-1)/2], heap[at]
	}
}

// tidyTimers drops timers whose transfer was resolved: those that came first, or all when they are more than half.
func (l *Ledger) tidyTimers() {
	if stale := len(l.timers.heap) - l.timers.open; stale > l.timers.open+64 {
		open := l.timers.heap[:0]
		for _, one := range l.timers.heap {
			if l.at(one.number).state == Open {
				open = append(open, one)
			}
		}
		l.timers.heap = open
		for at := len(open)/2 - 1; at >= 0; at-- {
			l.sink(at)
		}
	}
	for len(l.timers.heap) > 0 && l.at(l.timers.heap[0].number).state != Open {
		last := len(l.timers.heap) - 1
		l.timers.heap[0] = l.timers.heap[last]
		l.timers.heap = l.timers.heap[:last]
		l.sink(0)
	}
}

func (l *Ledger) sink(at int) {
	heap := l.timers.heap
	for {
		least := at
		for child := 2*at + 1; child <= 2*at+2 && child < len(heap); child++ {
			if l.before(child, least) {
				least = child
			}
		}
		if least == at {
			return
		}
		heap[at], heap[least] = heap[least], heap[at]
		at = least
	}
}
