package matching

// The orders that end at a time, in a binary heap by time and id, which is a total order: how the heap came about does
// not matter.

// Expire ends the orders whose time has come at now.
func (e *Engine) Expire(now int64, events []Event) []Event {
	e.out = events
	for len(e.expiries) > 0 {
		d := &e.details[e.expiries[0]]
		if d.expiry > now {
			break
		}
		e.end(d.order, Expired, TimePassed)
	}
	return e.settle()
}

// NextExpiry returns when the next order ends, in nanoseconds since 1970 UTC, and false when none does.
func (e *Engine) NextExpiry() (int64, bool) {
	if len(e.expiries) == 0 {
		return 0, false
	}
	return e.details[e.expiries[0]].expiry, true
}

const day = 24 * 60 * 60 * 1_000_000_000

// midnight returns the first 00:00 UTC after a time.
func midnight(now int64) int64 {
	since := now % day
	if since < 0 {
		since += day
	}
	return now - since + day
}

// schedule enters a detail that has an expiry.
func (e *Engine) schedule(ref int32) {
	if e.details[ref].expiry == 0 {
		return
	}
	e.expiries = append(e.expiries, ref)
	e.details[ref].place = int32(len(e.expiries) - 1)
	e.raise(len(e.expiries) - 1)
}

// unschedule takes a detail out, if it has an expiry.
func (e *Engine) unschedule(ref int32) {
	d := &e.details[ref]
	if d.expiry == 0 {
		return
	}
	d.expiry = 0
	place, last := int(d.place), len(e.expiries)-1
	moved := e.expiries[last]
	e.expiries = e.expiries[:last]
	if place < last {
		e.put(place, moved)
		e.sink(place)
		e.raise(place)
	}
}

func (e *Engine) put(place int, ref int32) {
	e.expiries[place] = ref
	e.details[ref].place = int32(place)
}

func (e *Engine) sooner(a, b int32) bool {
	x, y := &e.details[a], &e.details[b]
	return x.expiry < y.expiry || (x.expiry == y.expiry && x.id < y.id)
}

func (e *Engine) raise(place int) {
	for ref := e.expiries[place]; place > 0; {
		above := (place - 1) / 2
		if !e.sooner(ref, e.expiries[above]) {
			return
		}
		e.put(place, e.expiries[above])
		e.put(above, ref)
		place = above
	}
}

func (e *Engine) sink(place int) {
	for ref := e.expiries[place]; ; {
		below := 2*place + 1
		if below >= len(e.expiries) {
			return
		}
		if below+1 < len(e.expiries) && e.sooner(e.expiries[below+1], e.expiries[below]) {
			below++
		}
		if !e.sooner(e.expiries[below], ref) {
			return
		}
		e.put(place, e.expiries[below])
		e.put(below, ref)
		place = below
	}
}
