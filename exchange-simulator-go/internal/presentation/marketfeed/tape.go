package marketfeed

import (
	"context"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// Item is an event about orders, decoded once, with the messages that were made of it. It must not be changed.
type Item struct {
	Sequence       uint64
	Wall, Business time.Time
	Event          venue.Event

	frames [slots]Frame
}

// Slot is one of the messages that can be made of an event.
type Slot int

// The messages of an event.
const (
	Public Slot = iota // a trade as everybody sees it
	Taker              // the execution of Event.Order
	Maker              // the execution of Event.Maker
	slots
)

func newItem(at *journal.Event, e *venue.Event) *Item {
	return &Item{Sequence: at.Sequence, Wall: at.Wall, Business: at.Business, Event: *e}
}

// Frame returns the message of a slot, which the first who asks makes.
func (i *Item) Frame(slot Slot, make func() proto.Message) *Frame {
	frame := &i.frames[slot]
	frame.once.Do(func() { frame.message = make() })
	return frame
}

// kept is how many items the tape holds.
const kept = 8192

// tape is the last events about orders, without a gap, for readers that are up to date; those that are not read the journal. It records
// only while there are readers.
type tape struct {
	events func(from uint64) (*journal.Reader, error)
	room   int // items
	bell   bell

	mu      sync.RWMutex
	items   []*Item // a ring once it is full
	oldest  int     // in items
	from    uint64  // what happened from this sequence on
	until   uint64  // before this one is in items
	readers int
}

func newTape(events func(from uint64) (*journal.Reader, error), room int) *tape {
	return &tape{events: events, room: room}
}

// wanted tells whether there are readers.
func (t *tape) wanted() bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.readers > 0
}

// record adds what happened before a sequence; when it was not recorded, readers find it in the journal.
func (t *tape) record(items []*Item, recorded bool, until uint64) {
	t.mu.Lock()
	if !recorded {
		t.items, t.oldest, t.from = nil, 0, until
	}
	for _, item := range items {
		t.add(item)
	}
	t.until = until
	t.mu.Unlock()
	t.bell.ring()
}

func (t *tape) add(item *Item) {
	if len(t.items) < t.room {
		t.items = append(t.items, item)
		return
	}
	t.from = t.items[t.oldest].Sequence + 1
	t.items[t.oldest] = item
	t.oldest = (t.oldest + 1) % t.room
}

// read appends items from a sequence on, as many as there is room for, and returns the sequence to go on from. It is false when the
// tape does not reach back that far.
func (t *tape) read(next uint64, items []*Item) ([]*Item, uint64, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if next < t.from {
		return items, next, false
	}
	size := len(t.items)
	at := func(n int) *Item { return t.items[(t.oldest+n)%size] }
	first, high := 0, size
	for first < high {
		if middle := (first + high) / 2; at(middle).Sequence < next {
			first = middle + 1
		} else {
			high = middle
		}
	}
	for ; first < size; first++ {
		if len(items) == cap(items) {
			return items, at(first).Sequence, true
		}
		items = append(items, at(first))
	}
	return items, max(next, t.until), true
}

// covers tells whether the tape has everything from a sequence on.
func (t *tape) covers(next uint64) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return next >= t.from
}

func (t *tape) count(readers int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.readers += readers
}

// chunk is how many items a reader takes at once.
const chunk = 64

// follow calls each with the events about orders from a sequence on that are wanted, in order and without a gap, until the context ends or
// something fails. A reader that was left behind goes on in the journal.
func (t *tape) follow(ctx context.Context, next uint64, wanted func(*venue.Event) bool, each func(*Item) error) error {
	t.count(1)
	defer t.count(-1)
	items := make([]*Item, 0, chunk)
	for ctx.Err() == nil {
		due := t.bell.listen()
		read, after, ok := t.read(next, items)
		var err error
		switch {
		case !ok:
			next, err = t.past(ctx, next, wanted, each)
		case after == next:
			select {
			case <-due:
			case <-ctx.Done():
			}
		default:
			next, err = after, deliver(read, wanted, each)
			clear(read)
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

func deliver(items []*Item, wanted func(*venue.Event) bool, each func(*Item) error) error {
	for _, item := range items {
		if !wanted(&item.Event) {
			continue
		}
		if err := each(item); err != nil {
			return err
		}
	}
	return nil
}

// past reads the journal from a sequence on until the tape has what follows, and returns where that begins.
func (t *tape) past(ctx context.Context, next uint64, wanted func(*venue.Event) bool, each func(*Item) error) (uint64, error) {
	reader, err := t.events(next)
	if err != nil {
		return next, notRetained(next, err)
	}
	defer func() { _ = reader.Close() }()
	var event venue.Event
	for !t.covers(next) {
		at, err := reader.Next(ctx)
		if err != nil {
			return next, notRetained(next, err)
		}
		event = venue.Event{}
		if err := venue.DecodeEvent(at.Payload, &event); err != nil {
			return next, undecodable(at.Sequence, err)
		}
		next = at.Sequence + 1
		if !isOrders(event.Kind) || !wanted(&event) {
			continue
		}
		if err := each(newItem(&at, &event)); err != nil {
			return next, err
		}
	}
	return next, nil
}
