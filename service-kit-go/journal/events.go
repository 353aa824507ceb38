package journal

// Reading events: the past from the segments, then live, without a lock that the writer would wait for.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Event is one that was emitted, encoded once.
type Event struct {
	Sequence       uint64    // gapless from 1
	Wall, Business time.Time // of its command's Stamp
	Payload        []byte    // as Codec.AppendEvent made it; valid until the next call of Next
}

// Reader reads events in order. It is for one goroutine.
type Reader struct {
	log       *log
	published *atomic.Uint64
	bell      *bell

	next   uint64 // sequence of the next event
	from   uint64 // those before are skipped
	file   File
	offset int64
	buffer []byte
	view   groupView
}

// Events returns a reader from a sequence on; 0 is the earliest there is. It answers OUT_OF_RANGE when the sequence was removed
// (the metadata names the "earliest") or lies past the next one (the metadata names it as "next": whoever asks for it knows events
// of another journal).
func (j *Journal[C, E, A]) Events(from uint64) (*Reader, error) {
	if next := j.published.Load(); from > next {
		return nil, errs.New(errs.OutOfRange, "SEQUENCE_AHEAD", "read from sequence %d: the next event will be %d: was the journal's "+
			"directory wiped? Start over from the earliest", from, next).With("next", strconv.FormatUint(next, 10))
	}
	if from == 0 {
		from, _ = j.events.retained()
	}
	r := &Reader{log: &j.events.log, published: &j.published, bell: &j.bell, from: from}
	if err := r.open(from); err != nil {
		return nil, err
	}
	return r, nil
}

// open opens the segment that holds a sequence.
func (r *Reader) open(sequence uint64) error {
	for {
		first, err := r.log.find(sequence)
		if err != nil {
			return err
		}
		file, err := r.log.directory.Open(events.file(first))
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was removed just now, so find will not name it again
		}
		if err != nil {
			return fmt.Errorf("open a segment of events: %w", err)
		}
		if err := r.Close(); err != nil {
			return errors.Join(err, file.Close())
		}
		r.file, r.offset, r.next = file, segmentHeader, first
		return nil
	}
}

// Next returns the next event. It waits for it until the context is done, or the journal is closed (kind Unavailable).
func (r *Reader) Next(ctx context.Context) (Event, error) {
	for {
		for len(r.view.records) == 0 {
			if err := r.fill(ctx); err != nil {
				return Event{}, err
			}
		}
		payload, err := r.view.next()
		if err != nil {
			return Event{}, r.damaged(err)
		}
		r.next++
		if r.next > r.from {
			return Event{Sequence: r.next - 1, Wall: r.view.wall, Business: r.view.business, Payload: payload}, nil
		}
	}
}

// Ahead returns how many events are published and not read yet. The last of them is the last one of its command.
func (r *Reader) Ahead() uint64 {
	published := r.published.Load()
	return published - min(published, max(r.next, r.from))
}

// fill reads the next group, or skips it when it ends before the first event that is asked for.
func (r *Reader) fill(ctx context.Context) error {
	if err := r.wait(ctx); err != nil {
		return err
	}
	view, err := r.header()
	if err != nil { // the segment ends here
		if first, missing := r.log.find(r.next); missing != nil || first != r.next {
			return errors.Join(r.damaged(err), missing)
		}
		if err := r.open(r.next); err != nil {
			return err
		}
		if view, err = r.header(); err != nil {
			return r.damaged(err)
		}
	}
	start := r.offset + groupHeader
	r.offset += int64(view.size)
	if after := view.first + uint64(view.count); after <= r.from {
		r.next = after
		return nil
	}
	r.buffer = slices.Grow(r.buffer[:0], view.size)[:view.size-groupHeader]
	if err := readAt(r.file, r.buffer, start); err != nil {
		return fmt.Errorf("read events from %d: %w", view.first, err)
	}
	view.records = r.buffer
	r.view = view
	return nil
}

func (r *Reader) header() (groupView, error) {
	r.buffer = slices.Grow(r.buffer[:0], groupHeader)[:groupHeader]
	n, err := r.file.ReadAt(r.buffer, r.offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return groupView{}, err
	}
	view, err := parseHeader(r.log.id, r.buffer[:n])
	if err == nil && view.first != r.next {
		err = fmt.Errorf("a group starts with sequence %d, want %d", view.first, r.next)
	}
	return view, err
}

// wait returns once the next event is published.
func (r *Reader) wait(ctx context.Context) error {
	for r.published.Load() <= max(r.next, r.from) {
		rung, open := r.bell.listen()
		if r.published.Load() > max(r.next, r.from) {
			return nil
		}
		if !open {
			return errs.New(errs.Unavailable, "JOURNAL_CLOSED", "read event %d: the journal is closed: try again", r.next)
		}
		select {
		case <-rung:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (r *Reader) damaged(err error) error {
	first, _ := r.log.find(r.next)
	return damaged(events.file(first), r.offset, "reading event %d: %w", r.next, err)
}

// Close lets go of the reader's file.
func (r *Reader) Close() error {
	if r.file == nil {
		return nil
	}
	file := r.file
	r.file = nil
	return file.Close()
}

// Acknowledge says that a consumer of Options.Consumers needs no event up to a sequence any more; smaller ones than before change
// nothing. It becomes durable with the next snapshot, so after a crash an earlier one may stand again. To drop a consumer that
// stays away, acknowledge for it: it will be answered OUT_OF_RANGE, and knows its gap.
func (j *Journal[C, E, A]) Acknowledge(consumer string, sequence uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	before, known := j.cursors[consumer]
	last := j.published.Load() - 1
	switch {
	case !known:
		return errs.InvalidField("consumer", consumer, fmt.Sprintf("one of %q", j.options.Consumers))
	case sequence > last:
		return errs.InvalidField("sequence", sequence, fmt.Sprintf("at most %d, the last event", last))
	}
	j.cursors[consumer] = max(before, sequence)
	return nil
}

// Cursor returns the last sequence that a consumer has acknowledged, 0 when none.
func (j *Journal[C, E, A]) Cursor(consumer string) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.cursors[consumer]
}

// bell wakes whoever listens; ringing costs a lock when nobody does.
type bell struct {
	mu     sync.Mutex
	rung   chan struct{}
	closed bool
}

func (b *bell) listen() (rung <-chan struct{}, open bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung == nil {
		b.rung = make(chan struct{})
	}
	return b.rung, !b.closed
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung != nil {
		close(b.rung)
		b.rung = nil
	}
}

func (b *bell) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.ring()
}
