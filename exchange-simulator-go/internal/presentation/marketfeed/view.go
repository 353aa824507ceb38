package marketfeed

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/depth"
)

// retained is how many changes a reader may be behind before it gets a new snapshot. A snapshot is given to readers until a quarter as
// many have followed it.
const retained = 256

// MessageRate is how many messages a second the readers of a view get together at most: from a hundred readers on, changes come less often
// the more readers there are, and are the larger. So many readers slow their own messages down, and not the venue.
const MessageRate = 100_000

// shortestPace is the least time between two changes that is worth a timer.
const shortestPace = time.Millisecond

// view is one way to see a book, by level or by order: the last changes, each made once for all its readers, under numbers that only
// grow. A number that nobody can find means: take a snapshot.
type view struct {
	board *board
	form
	rate int // messages a second
	bell bell

	newest atomic.Uint64            // number of the last change
	ring   []atomic.Pointer[change] // by number

	// Guarded by the board.
	readers  int       // without them changes are not kept
	sequence uint64    // of the last change
	time     time.Time // of the last change
	kept     *snapshot // what is shown while a fault holds the board
	due      time.Time // wall, when the next change may come
	waits    bool      // there is a change that may not come yet

	making sync.Mutex // by readers, one makes a snapshot for all
	last   *snapshot
}

// change is the frame of what one or more commands did.
type change struct {
	number uint64
	frame  Frame
}

// snapshot is the whole book as it was after the change of a number.
type snapshot struct {
	page
	number   uint64
	sequence uint64
	time     time.Time
	frames   []*Frame // made by the first reader
}

// page is what a message says of a book: levels or orders.
type page struct {
	levels []depth.Level
	orders []depth.Order
}

func (p *page) isEmpty() bool { return len(p.levels)+len(p.orders) == 0 }

// form is how a book is put into messages.
type form struct {
	copy    func(*depth.Book) page
	changes func(*depth.Book) page
	forget  func(*depth.Book)
}

var byLevel = form{
	copy: func(b *depth.Book) (p page) {
		p.levels = slices.AppendSeq(p.levels, b.Levels(book.Buy))
		p.levels = slices.AppendSeq(p.levels, b.Levels(book.Sell))
		return p
	},
	changes: func(b *depth.Book) page { return page{levels: b.LevelChanges(nil)} },
	forget:  (*depth.Book).ForgetLevels,
}

var byOrder = form{
	copy: func(b *depth.Book) (p page) {
		p.orders = slices.AppendSeq(p.orders, b.Orders(book.Buy))
		p.orders = slices.AppendSeq(p.orders, b.Orders(book.Sell))
		return p
	},
	changes: func(b *depth.Book) page { return page{orders: b.OrderChanges(nil)} },
	forget:  (*depth.Book).ForgetOrders,
}

func newView(b *board, as form) *view {
	return &view{board: b, form: as, rate: MessageRate, ring: make([]atomic.Pointer[change], retained)}
}

// offer publishes what has changed, unless it is too early for that: then it is false. The caller holds the board.
func (v *view) offer(now time.Time) (told bool) {
	if v.waits = v.readers > 0 && now.Before(v.due); v.waits {
		return false
	}
	v.publish()
	if pace := time.Duration(v.readers) * time.Second / time.Duration(v.rate); pace >= shortestPace {
		v.due = now.Add(pace)
	}
	return true
}

// publish makes known what has changed. The caller holds the board.
func (v *view) publish() {
	var changed page
	if v.readers > 0 {
		changed = v.changes(v.board.book)
	}
	v.forget(v.board.book)
	if v.waits = false; changed.isEmpty() {
		return
	}
	b, before := v.board, v.sequence
	v.sequence, v.time = b.sequence, b.time
	next := &change{number: v.newest.Load() + 1}
	sequence, at := v.sequence, v.time
	next.frame.make = func() proto.Message { return bookMessage(b.instrument, changed, sequence, before, at) }
	v.slot(next.number).Store(next)
	v.newest.Store(next.number)
	v.bell.ring()
}

// reset lets all readers begin anew: the numbers of the changes before cannot be found any more. The caller holds the board.
func (v *view) reset() {
	v.forget(v.board.book)
	v.waits = false
	v.sequence, v.time = v.board.sequence, v.board.time
	v.newest.Add(uint64(len(v.ring)) + 1)
}

// present copies what is shown now, after a last change if one was put off. The caller holds the board.
func (v *view) present() *snapshot {
	if v.board.held {
		return v.kept
	}
	v.publish()
	return &snapshot{page: v.copy(v.board.book), number: v.newest.Load(), sequence: v.sequence, time: v.time}
}

// join counts a reader in; every join needs its leave.
func (v *view) join() {
	v.board.mu.Lock()
	defer v.board.mu.Unlock()
	if v.readers++; v.readers == 1 && !v.board.held {
		v.reset()
	}
}

func (v *view) leave() {
	v.board.mu.Lock()
	v.readers--
	empty := v.readers == 0
	v.board.mu.Unlock()
	if empty {
		v.making.Lock()
		defer v.making.Unlock()
		v.last = nil
	}
}

// at returns the change of a number, nil when it is not retained.
func (v *view) at(number uint64) *change {
	if found := v.slot(number).Load(); found != nil && found.number == number {
		return found
	}
	return nil
}

func (v *view) slot(number uint64) *atomic.Pointer[change] {
	return &v.ring[number%uint64(len(v.ring))]
}

// hold keeps what is shown now. The caller holds the board.
func (v *view) hold() {
	if v.readers == 0 {
		v.reset() // what the last reader saw is older
	}
	v.kept = v.present()
}

// snapshot returns one that is not much older than the book: the changes that followed it are retained.
func (v *view) snapshot() *snapshot {
	v.making.Lock()
	defer v.making.Unlock()
	if v.last != nil && v.newest.Load()-v.last.number <= uint64(len(v.ring)/4) {
		return v.last
	}
	v.board.mu.Lock()
	made := v.present()
	v.board.mu.Unlock()
	if made.frames == nil {
		made.frames = snapshotFrames(v.board.instrument, made)
		made.page = page{}
	}
	v.last = made
	return made
}
