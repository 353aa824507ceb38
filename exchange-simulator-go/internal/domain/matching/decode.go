package matching

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
)

// ErrSnapshot is what Decode fails with: the bytes are not what Encode wrote, whole and unchanged.
var ErrSnapshot = errors.New("not a snapshot of a matching engine")

// Decode makes an engine from what Encode appended. It fails with ErrSnapshot.
func Decode(from []byte, funds Funds) (*Engine, error) {
	r := reader{from: from}
	if version := r.octet(); version != snapshotVersion {
		return nil, fmt.Errorf("read version %d, want %d: %w", version, snapshotVersion, ErrSnapshot)
	}
	phase := Phase(r.octet())
	e := New(Rules{}, funds)
	e.phase, e.last, e.reference = phase, r.int(), r.int()
	e.SetRules(Rules{StaticBand: r.int(), DynamicBand: r.int(), MaxTriggers: int(r.int()), PauseOnBand: r.int() != 0})
	var linked []links
	for shelf := range book.Shelves {
		for range r.count() {
			price := r.int()
			for range r.count() {
				e.decodeOrder(&r, shelf, price, &linked)
			}
		}
	}
	e.link(&r, linked)
	e.decodeTrails(&r)
	if r.bad || len(r.from) > 0 || phase > Halted {
		return nil, fmt.Errorf("decode %d bytes, %d orders read: %w", len(from), e.book.Len(), ErrSnapshot)
	}
	return e, nil
}

// links are those of one detail, by the ids of their orders.
type links struct {
	ref int32
	ids [3]uint64 // peer, parent, child
}

// decodeOrder reads one order; its links come when all orders are there.
func (e *Engine) decodeOrder(r *reader, shelf book.Shelf, price int64, linked *[]links) {
	o := book.Order{ID: r.id(), Price: r.int(), Lots: r.int(), Reserve: r.int(), Account: int32(r.int()), Owner: int32(r.int())}
	o.Side, o.Type, o.Force, o.SelfTrade, o.Flags = book.Side(r.octet()), r.octet(), r.octet(), r.octet(), r.octet()
	described := r.octet() == 1
	if o.Side > book.Sell || o.ID == 0 || e.book.Find(o.ID) != book.None || (shelf > book.Asks && !described) {
		r.fail()
	}
	if r.bad {
		return
	}
	if !described {
		e.book.Park(&o, shelf, price)
		return
	}
	d := detail{
		id: o.ID, display: r.int(), expiry: r.int(), trigger: r.int(), trail: r.int(), mark: r.int(), quote: r.int(),
	}
	o.Ref = e.newDetail(d)
	*linked = append(*linked, links{ref: o.Ref, ids: [3]uint64{r.id(), r.id(), r.id()}})
	e.details[o.Ref].order = e.book.Park(&o, shelf, price)
	e.schedule(o.Ref)
}

// link resolves links.
func (e *Engine) link(r *reader, linked []links) {
	for _, link := range linked {
		d := &e.details[link.ref]
		for index, to := range [3]*int32{&d.peer, &d.parent, &d.child} {
			if id := link.ids[index]; id != 0 {
				*to = e.refOf(r, id)
			}
		}
	}
}

// refOf returns the detail of an order that must be there and have one.
func (e *Engine) refOf(r *reader, id uint64) int32 {
	if h := e.book.Find(id); h != book.None && e.book.At(h).Ref != 0 {
		return e.book.At(h).Ref
	}
	r.fail()
	return 0
}

// decodeTrails reads the lists of trailing stops.
func (e *Engine) decodeTrails(r *reader) {
	for number := range e.trails {
		for id := r.id(); id != 0 && !r.bad; id = r.id() {
			if ref := e.refOf(r, id); ref != 0 {
				e.enlist(ref, number)
			}
		}
	}
}

// reader takes numbers off; what cannot be read is 0 and marks it bad.
type reader struct {
	from []byte
	bad  bool
}

func (r *reader) fail() { r.from, r.bad = nil, true }

func (r *reader) octet() byte {
	if len(r.from) == 0 {
		r.fail()
		return 0
	}
	first := r.from[0]
	r.from = r.from[1:]
	return first
}

func (r *reader) id() uint64 {
	number, size := binary.Uvarint(r.from)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.from = r.from[size:]
	return number
}

func (r *reader) int() int64 {
	number, size := binary.Varint(r.from)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.from = r.from[size:]
	return number
}

// count reads how many parts follow, each of at least one byte.
func (r *reader) count() int64 {
	count := r.int()
	if count < 0 || count > int64(len(r.from)) {
		r.fail()
		return 0
	}
	return count
}
