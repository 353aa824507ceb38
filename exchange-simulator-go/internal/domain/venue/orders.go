// This file remembers orders: the open ones, and for a while those that ended.

package venue

import "slices"

// orders are the records. A pointer into them holds until the next add or drop.
type orders struct {
	slab     []Record // 0 is none
	free     []int32
	ids      map[uint64]int32
	requests map[clientID]request
	accounts []remembered // by account
	open     int
}

// clientID is an id that a client chose.
type clientID struct {
	account int32
	id      string
}

// request is what it was chosen for.
type request struct {
	order  uint64
	digest uint64
}

// remembered are the orders of one account.
type remembered struct {
	ids       []uint64 // ascending; those that were forgotten are skipped
	forgotten int      // of ids
	ended     []uint64 // in the order of their ends
}

func newOrders() orders {
	return orders{slab: make([]Record, 1), ids: map[uint64]int32{}, requests: map[clientID]request{}}
}

// find returns an order, nil when it is not remembered.
func (o *orders) find(id uint64) *Record {
	if slot, known := o.ids[id]; known {
		return &o.slab[slot]
	}
	return nil
}

// request returns what an account's client used an id for.
func (o *orders) request(account int32, id string) (request, bool) {
	one, known := o.requests[clientID{account, id}]
	return one, known
}

// of returns the orders of an account.
func (o *orders) of(account int32) *remembered {
	for int(account) >= len(o.accounts) {
		o.accounts = append(o.accounts, remembered{})
	}
	return &o.accounts[account]
}

// add remembers an order whose id is above all before.
func (o *orders) add(r Record) {
	slot := int32(len(o.slab))
	if last := len(o.free) - 1; last >= 0 {
		slot = o.free[last]
		o.free = o.free[:last]
		o.slab[slot] = r
	} else {
		o.slab = append(o.slab, r)
	}
	o.ids[r.ID] = slot
	if r.ClientID != "" {
		o.requests[clientID{r.Account, r.ClientID}] = request{r.ID, r.digest}
	}
	for _, again := range r.replaces {
		o.requests[clientID{r.Account, again.id}] = request{r.ID, again.digest}
	}
	of := o.of(r.Account)
	of.ids = append(of.ids, r.ID)
	if !r.Status.Ended() {
		o.open++
	}
}

// drop forgets the order that was added last, as if it had never come.
func (o *orders) drop(id uint64) {
	r := o.find(id)
	of := o.of(r.Account)
	of.ids = of.ids[:len(of.ids)-1]
	o.open--
	o.erase(r)
}

// end notes that an order ended; those of the venue's own participants are forgotten at once.
func (o *orders) end(r *Record, forget bool) {
	o.open--
	if forget {
		o.forget(r)
		return
	}
	of := o.of(r.Account)
	of.ended = append(of.ended, r.ID)
}

// forget lets go of an order that ended.
func (o *orders) forget(r *Record) {
	of := o.of(r.Account)
	of.forgotten++
	o.erase(r)
	if of.forgotten > 64 && of.forgotten > len(of.ids)/2 {
		of.ids = slices.DeleteFunc(of.ids, func(id uint64) bool { return o.find(id) == nil })
		of.forgotten = 0
	}
}

// erase takes a record out of all that leads to it.
func (o *orders) erase(r *Record) {
	if r.ClientID != "" {
		delete(o.requests, clientID{r.Account, r.ClientID})
	}
	for _, again := range r.replaces {
		delete(o.requests, clientID{r.Account, again.id})
	}
	slot := o.ids[r.ID]
	delete(o.ids, r.ID)
	*r = Record{}
	o.free = append(o.free, slot)
}

// remember lets go of what need not be remembered any more of an account's ended orders.
func (o *orders) remember(account int32, now int64) {
	of := o.of(account)
	for len(of.ended) > 0 {
		r := o.find(of.ended[0])
		if len(of.ended) <= MaxEnded && now-r.Updated < Retention {
			return
		}
		of.ended = of.ended[1:]
		o.forget(r)
	}
}
