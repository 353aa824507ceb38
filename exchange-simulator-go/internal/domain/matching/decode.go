package matching

import (
	"errors"
	"fmt"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// ErrSnapshot is what Decode fails with: the bytes are not what Encode wrote, whole and unchanged.
var ErrSnapshot = errors.New("not a snapshot of a matching engine")

// Decode makes an engine from what Encode appended. It fails with ErrSnapshot.
func Decode(from []byte, funds Funds) (*Engine, error) {
	r := snapshot.NewReader(from)
	if version := r.Octet(); version != snapshotVersion {
		return nil, fmt.Errorf("read version %d, want %d: %w", version, snapshotVersion, ErrSnapshot)
	}
	phase := Phase(r.Octet())
	e := New(Rules{}, funds)
	e.phase, e.last, e.reference = phase, r.Int(), r.Int()
	e.SetRules(Rules{StaticBand: r.Int(), DynamicBand: r.Int(), MaxTriggers: int(r.Int()), PauseOnBand: r.Flag()})
	var linked []links
	for shelf := range book.Shelves {
		for range r.Count() {
			price := r.Int()
			for range r.Count() {
				e.decodeOrder(&r, shelf, price, &linked)
			}
		}
	}
	e.link(&r, linked)
	e.decodeTrails(&r)
	r.End()
	r.Want(phase <= Halted, "there is no phase %d", phase)
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("decode after %d orders, %w: %w", e.book.Len(), err, ErrSnapshot)
	}
	return e, nil
}

// links are those of one detail, by the ids of their orders.
type links struct {
	ref int32
	ids [3]uint64 // peer, parent, child
}

// decodeOrder reads one order; its links come when all orders are there.
func (e *Engine) decodeOrder(r *snapshot.Reader, shelf book.Shelf, price int64, linked *[]links) {
	o := book.Order{ID: r.Uint(), Price: r.Int(), Lots: r.Int(), Reserve: r.Int(), Account: int32(r.Int()), Owner: int32(r.Int())}
	o.Side, o.Type, o.Force, o.SelfTrade, o.Flags = book.Side(r.Octet()), r.Octet(), r.Octet(), r.Octet(), r.Octet()
	described := r.Flag()
	r.Want(o.Side <= book.Sell && o.ID != 0 && e.book.Find(o.ID) == book.None && (shelf <= book.Asks || described),
		"order %d is not one that can wait there", o.ID)
	if r.Failed() {
		return
	}
	if !described {
		e.book.Park(&o, shelf, price)
		return
	}
	d := detail{
		id: o.ID, display: r.Int(), expiry: r.Int(), trigger: r.Int(), trail: r.Int(), mark: r.Int(), quote: r.Int(),
	}
	o.Ref = e.newDetail(d)
	*linked = append(*linked, links{ref: o.Ref, ids: [3]uint64{r.Uint(), r.Uint(), r.Uint()}})
	e.details[o.Ref].order = e.book.Park(&o, shelf, price)
	e.schedule(o.Ref)
}

// link resolves links.
func (e *Engine) link(r *snapshot.Reader, linked []links) {
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
func (e *Engine) refOf(r *snapshot.Reader, id uint64) int32 {
	if h := e.book.Find(id); h != book.None && e.book.At(h).Ref != 0 {
		return e.book.At(h).Ref
	}
	r.Want(false, "order %d is linked to and has no links", id)
	return 0
}

// decodeTrails reads the lists of trailing stops.
func (e *Engine) decodeTrails(r *snapshot.Reader) {
	for number := range e.trails {
		for id := r.Uint(); id != 0 && !r.Failed(); id = r.Uint() {
			if ref := e.refOf(r, id); ref != 0 {
				e.enlist(ref, number)
			}
		}
	}
}
