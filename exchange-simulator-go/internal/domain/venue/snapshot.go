// This file is the state as bytes: the same state gives the same bytes. What follows from other parts is left out.

package venue

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// ErrSnapshot is what Decode fails with: the bytes are not what Encode wrote, whole and unchanged.
var ErrSnapshot = errors.New("not a snapshot of a venue")

// snapshotVersion is the first byte of a snapshot.
const snapshotVersion = 1

// Encode appends the whole state between two commands.
func (v *Venue) Encode(to []byte) []byte {
	w := writer{snapshot.Writer{Bytes: append(to, snapshotVersion)}}
	w.Uint(v.events, v.trades, v.lastOrder)
	w.Flag(v.configuration != nil)
	if v.configuration == nil {
		return w.Bytes
	}
	w.part(func(to []byte) []byte { return AppendCommand(to, v.configuration) })
	w.part(v.ledger.Encode)
	w.part(func(to []byte) []byte {
		state, _ := v.generator.AppendBinary(to) // it never fails
		return state
	})
	for n := range v.markets {
		w.market(&v.markets[n])
	}
	w.Count(len(v.faults))
	for n := range v.faults {
		w.part(func(to []byte) []byte { return AppendCommand(to, &InjectFault{Fault: v.faults[n]}) })
	}
	ids := v.orders.ids.Sorted()
	w.Count(len(ids))
	for _, id := range ids {
		w.record(v.orders.find(id))
	}
	for number := range v.ledger.Accounts() {
		ended := v.orders.of(number).ended
		w.Count(len(ended))
		for _, one := range ended {
			w.Uint(one.id)
		}
	}
	return w.Bytes
}

// writer writes what the venue consists of.
type writer struct{ snapshot.Writer }

// part writes bytes and their length.
func (w *writer) part(appended func([]byte) []byte) { w.Text(string(appended(nil))) }

func (w *writer) market(m *market) {
	w.part(m.engine.Encode)
	w.part(m.source.Encode)
	for _, people := range [2][]participant{m.makers, m.takers} {
		w.Count(len(people))
		for _, one := range people {
			w.Int(int64(one.account), one.start)
		}
	}
	w.Int(m.since, m.callEnds, m.coolEnds)
	w.Uint(math.Float64bits(m.multiplier), math.Float64bits(m.reference))
	w.Flag(m.stale)
	w.Text(m.reason)
}

func (w *writer) record(r *Record) {
	w.Uint(r.ID, r.List, r.First, r.Last, r.session, r.digest)
	w.Int(int64(r.Account), int64(r.Instrument), r.Filled, r.Spent, r.Remaining, r.Created, r.Updated)
	w.Text(r.ClientID)
	w.Text(r.Reason)
	w.Octet(byte(r.Status))
	w.part(func(to []byte) []byte { return AppendCommand(to, &Place{Order: r.Order}) })
	w.Count(len(r.replaces))
	for _, one := range r.replaces {
		w.Text(one.id)
		w.Uint(one.digest)
	}
}

// Decode makes a venue from what Encode appended. It fails on bytes that Encode cannot have written.
func Decode(from []byte) (*Venue, error) {
	r := reader{Reader: snapshot.NewReader(from), venue: New()}
	v := r.venue
	r.Want(r.Octet() == snapshotVersion, "want one of version %d", snapshotVersion)
	v.events, v.trades, v.lastOrder = r.Uint(), r.Uint(), r.Uint()
	if r.Flag() {
		for _, part := range []func(){r.configuration, r.ledger, r.generator, r.markets, r.faults, r.records, r.ended} {
			if r.Failed() {
				break
			}
			part()
		}
	}
	r.End()
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("decode the venue, %w: %w", err, ErrSnapshot)
	}
	if v.configuration != nil {
		v.schedule()
	}
	return v, nil
}

// reader reads what writer writes.
type reader struct {
	snapshot.Reader
	venue *Venue
}

// take notes the error of a part.
func (r *reader) take(what string, err error) { r.Want(err == nil, "%s: %v", what, err) }

func (r *reader) configuration() {
	command, err := DecodeCommand([]byte(r.Text()))
	r.take("configuration", err)
	c, is := command.(*Configure)
	r.Want(is, "the configuration is a command of type %T", command)
	if r.Failed() {
		return
	}
	listing, _, sources, err := r.venue.prepare(c)
	r.take("configuration", err)
	if r.Failed() {
		return
	}
	r.venue.configuration, r.venue.listing = c, listing
	for n := range c.Instruments {
		r.venue.markets = append(r.venue.markets, r.venue.newMarket(int32(n), c.Rules[n]))
		r.venue.markets[n].source = sources[n]
	}
}

func (r *reader) ledger() {
	ledger, err := account.Decode([]byte(r.Text()), r.venue.listing, r.venue.configuration.Fees)
	r.take("accounts", err)
	r.venue.ledger = ledger
}

func (r *reader) generator() {
	v := r.venue
	v.generator = &rand.PCG{}
	r.take("generator", v.generator.UnmarshalBinary([]byte(r.Text())))
	v.random = rand.New(v.generator)
}

func (r *reader) markets() {
	for n := range r.venue.markets {
		if !r.Failed() {
			r.market(int32(n))
		}
	}
}

func (r *reader) market(n int32) {
	v := r.venue
	m := &v.markets[n]
	engine, err := matching.Decode([]byte(r.Text()), &funds{v, n})
	r.take("engine", err)
	source, err := liquidity.Decode(describe(v.listing, int(n)), v.configuration.Liquidity[n], []byte(r.Text()))
	r.take("liquidity", err)
	m.engine, m.source = engine, source
	for _, people := range [2]*[]participant{&m.makers, &m.takers} {
		for left := r.Count(); left > 0 && !r.Failed(); left-- {
			number := r.Within(0, int64(v.ledger.Accounts())-1)
			*people = append(*people, participant{int32(number), r.Int()})
		}
	}
	m.since, m.callEnds, m.coolEnds = r.Int(), r.Int(), r.Int()
	m.multiplier, m.reference = math.Float64frombits(r.Uint()), math.Float64frombits(r.Uint())
	m.stale, m.reason = r.Flag(), r.Text()
}

func (r *reader) faults() {
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		command, err := DecodeCommand([]byte(r.Text()))
		r.take("fault", err)
		one, is := command.(*InjectFault)
		r.Want(is, "a fault is a command of type %T", command)
		if is {
			r.venue.faults = append(r.venue.faults, one.Fault)
		}
	}
}

func (r *reader) records() {
	last := uint64(0)
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		one := r.record()
		r.Want(one.ID > last && one.ID <= r.venue.lastOrder, "order %d comes after %d, and the last is %d", one.ID, last, r.venue.lastOrder)
		if r.Failed() {
			return
		}
		last = one.ID
		r.venue.orders.add(one)
		if one.session != 0 && !one.Status.Ended() {
			r.venue.rejoin(&one)
		}
	}
}

func (r *reader) record() Record {
	one := Record{ID: r.Uint(), List: r.Uint(), First: r.Uint(), Last: r.Uint(), session: r.Uint(), digest: r.Uint()}
	one.Account, one.Instrument = int32(r.Within(0, int64(r.venue.ledger.Accounts())-1)), int32(r.Within(0, int64(len(r.venue.markets))-1))
	one.Filled, one.Spent, one.Remaining, one.Created, one.Updated = r.Int(), r.Int(), r.Int(), r.Int(), r.Int()
	one.ClientID, one.Reason = r.Text(), r.Text()
	one.Status = Status(r.Octet())
	r.Want(one.Status >= Pending && one.Status <= Expired, "order %d has status %d", one.ID, one.Status)
	command, err := DecodeCommand([]byte(r.Text()))
	r.take("order", err)
	placed, is := command.(*Place)
	r.Want(is, "order %d is a command of type %T", one.ID, command)
	if is {
		one.Order = placed.Order
	}
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		one.replaces = append(one.replaces, again{r.Text(), r.Uint()})
	}
	return one
}

// ended reads the queues of those that ended.
func (r *reader) ended() {
	v := r.venue
	left := v.orders.ids.Len() - v.orders.open
	for number := range v.ledger.Accounts() {
		of := v.orders.of(number)
		for count := r.Count(); count > 0 && !r.Failed(); count-- {
			id := r.Uint()
			one := v.orders.find(id)
			r.Want(one != nil && one.Status.Ended() && one.Account == number, "order %d has not ended in account %d", id, number)
			if !r.Failed() {
				of.ended = append(of.ended, ending{id, one.Updated})
			}
			left--
		}
	}
	r.Want(left == 0, "%d orders that ended are in no queue", left)
}

// rejoin puts an order back into its session.
func (v *Venue) rejoin(r *Record) {
	one, known := v.sessions[r.session]
	if !known {
		one = &session{compact: 1024}
		v.sessions[r.session] = one
	}
	one.ids = append(one.ids, r.ID)
}
