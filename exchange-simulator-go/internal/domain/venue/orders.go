// This file remembers orders: the open ones, and for a while those that ended.

package venue

import (
	"iter"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/ids"
)

// orders are the records. They are in pages that never move: a pointer to one holds until it is forgotten, and growing
// copies none.
type orders struct {
	pages    []*[pageRecords]Record
	used     int32 // slots handed out so far; 0 is none
	free     []int32
	ids      ids.Index    // slots
	requests ids.Table    // slots, by what their clients call them and their replacements
	accounts []remembered // by account
	open     int
}

const pageRecords = 256

// remembered are the orders of one account.
type remembered struct {
	ids       []uint64 // ascending; those that were forgotten are skipped
	forgotten int      // of ids
	ended     []ending // in their order
	first     *Record  // of the open ones, in the order in which they came
	last      *Record
}

// ending is when an order ended; the record has it too, but may be far away in memory.
type ending struct {
	id uint64
	at int64 // business nanoseconds
}

func newOrders() orders {
	return orders{ids: ids.New(), requests: ids.NewTable()}
}

// find returns an order, nil when it is not remembered.
func (o *orders) find(id uint64) *Record {
	if slot := o.ids.Find(id); slot != 0 {
		return o.at(slot)
	}
	return nil
}

func (o *orders) at(slot int32) *Record { return &o.pages[slot/pageRecords][slot%pageRecords] }

// request returns the order that an account's client used an id for, nil when there is none, and the digest of that command.
func (o *orders) request(account int32, id string) (r *Record, digest uint64) {
	for slot := range o.requests.Slots(requestHash(account, id)) {
		r := o.at(slot)
		if digest, is := r.requested(id); is && r.Account == account {
			return r, digest
		}
	}
	return nil, 0
}

// requested tells whether an id is one that the order was placed or replaced by, and the digest of that command.
func (r *Record) requested(id string) (digest uint64, is bool) {
	if r.ClientID == id {
		return r.digest, true
	}
	for n := range r.replaces {
		if r.replaces[n].id == id {
			return r.replaces[n].digest, true
		}
	}
	return 0, false
}

func requestHash(account int32, id string) uint64 {
	return xxhash.Sum64String(id) ^ ids.Hash(uint64(account))
}

// replaced notes that an order was replaced by a request.
func (o *orders) replaced(r *Record, request string, digest uint64) {
	r.replaces = append(r.replaces, again{request, digest})
	o.requests.Add(requestHash(r.Account, request), o.ids.Find(r.ID))
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
	slot := o.take()
	*o.at(slot) = r
	o.ids.Add(r.ID, slot)
	if r.ClientID != "" {
		o.requests.Add(requestHash(r.Account, r.ClientID), slot)
	}
	for _, again := range r.replaces {
		o.requests.Add(requestHash(r.Account, again.id), slot)
	}
	of := o.of(r.Account)
	of.ids = append(of.ids, r.ID)
	if !r.Status.Ended() {
		o.open++
		of.link(o.at(slot))
	}
}

// link puts an order behind the other open ones of its account.
func (of *remembered) link(r *Record) {
	r.before, r.after = of.last, nil
	if of.last == nil {
		of.first = r
	} else {
		of.last.after = r
	}
	of.last = r
}

// unlink takes an order out of the open ones of its account.
func (of *remembered) unlink(r *Record) {
	if r.before == nil {
		of.first = r.after
	} else {
		r.before.after = r.after
	}
	if r.after == nil {
		of.last = r.before
	} else {
		r.after.before = r.before
	}
	r.before, r.after = nil, nil
}

// openOf walks the open orders of an account in the order in which they came. They must not change meanwhile.
func (o *orders) openOf(account int32) iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		for r := o.of(account).first; r != nil && yield(r); r = r.after {
		}
	}
}

// take hands out a slot.
func (o *orders) take() int32 {
	if last := len(o.free) - 1; last >= 0 {
		slot := o.free[last]
		o.free = o.free[:last]
		return slot
	}
	o.used++
	if int(o.used/pageRecords) == len(o.pages) {
		o.pages = append(o.pages, new([pageRecords]Record))
	}
	return o.used
}

// drop forgets the order that was added last, as if it had never come.
func (o *orders) drop(id uint64) {
	r := o.find(id)
	of := o.of(r.Account)
	of.ids = of.ids[:len(of.ids)-1]
	o.open--
	of.unlink(r)
	o.erase(r)
}

// end notes that an order ended; those of the venue's own participants are forgotten at once.
func (o *orders) end(r *Record, forget bool) {
	o.open--
	of := o.of(r.Account)
	of.unlink(r)
	if forget {
		o.forget(r)
		return
	}
	of.ended = append(of.ended, ending{r.ID, r.Updated})
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
	slot := o.ids.Find(r.ID)
	if r.ClientID != "" {
		o.requests.Remove(requestHash(r.Account, r.ClientID), slot)
	}
	for _, again := range r.replaces {
		o.requests.Remove(requestHash(r.Account, again.id), slot)
	}
	o.ids.Remove(r.ID)
	*r = Record{}
	o.free = append(o.free, slot)
}

// remember lets go of what need not be remembered any more of an account's ended orders.
func (o *orders) remember(account int32, now int64) {
	of := o.of(account)
	for len(of.ended) > 0 {
		oldest := of.ended[0]
		if len(of.ended) <= MaxEnded && now-oldest.at < Retention {
			return
		}
		of.ended = of.ended[1:]
		o.forget(o.find(oldest.id))
	}
}
