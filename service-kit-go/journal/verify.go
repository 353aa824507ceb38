package journal

// Events are derived, so replay writes them again: what is there is compared, what is missing or torn appended anew.

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// eventLog is the log of events. While it is being verified, existing holds all bytes of the segment at hand; going to another
// one overwrites them.
type eventLog struct {
	log
	existing  []byte
	verifying bool
	rebuilt   uint64
}

// seek goes to the position of the snapshot, before which everything was synced.
func (l *eventLog) seek(start position) error {
	l.verifying = true
	first, err := l.find(start.Next)
	if err != nil {
		return damaged(events.file(start.Next), 0, "the segments before %d are missing", l.segments[0])
	}
	if err := l.enter(first); err != nil {
		if first != start.Next || l.segments[0] == first {
			return err
		}
		// The segment was begun after the snapshot, and its beginning lost. The one before ends where it would start.
		if err := l.enter(l.segments[l.index(first)-1]); err != nil {
			return err
		}
	}
	for l.next < start.Next {
		view, err := l.peek()
		if err != nil {
			return damaged(events.file(first), l.offset, "%w, though a snapshot says that events up to %d were synced", err, start.Next-1)
		}
		l.advance(view.size, view.first+uint64(view.count), view.chain)
	}
	if l.next != start.Next || l.chain != start.Chain {
		return damaged(events.file(first), l.offset, "the chain hash before sequence %d is not that of the snapshot", start.Next)
	}
	return nil
}

// write appends a group, or compares it with the one that is there.
func (l *eventLog) write(g *group) error {
	if !l.verifying {
		return l.log.write(g)
	}
	chain := g.seal(l.id, l.chain)
	for {
		if bytes.HasPrefix(l.existing[l.offset:], g.bytes) {
			l.advance(len(g.bytes), g.first+uint64(g.count), chain)
			return nil
		}
		if _, err := l.peek(); err == nil {
			return errs.New(errs.FailedPrecondition, "REPLAY_DIFFERS", "replay gives other events from sequence %d than %s holds: the state "+
				"machine depends on more than its commands, or changed without a new version: start the program that wrote them", g.first,
				events.file(l.segments[0]))
		}
		if !l.enterNext() {
			break
		}
	}
	if err := l.cut(); err != nil {
		return err
	}
	l.rebuilt += uint64(g.count)
	return l.log.write(g)
}

// settle ends the verification after the last command: there must be no event that no command explains.
func (l *eventLog) settle() error {
	if !l.verifying {
		return nil
	}
	for {
		if _, err := l.peek(); err == nil {
			return errs.New(errs.FailedPrecondition, "COMMANDS_MISSING", "%s goes on with event %d, which no command explains: the last commands "+
				"were lost: restore the whole directory from a backup, or move it away to start anew",
				events.file(l.segments[0]), l.next)
		}
		if !l.enterNext() {
			return l.cut()
		}
	}
}

// peek reads the group that follows in the segment at hand.
func (l *eventLog) peek() (groupView, error) {
	return parseGroup(l.id, l.existing[l.offset:], l.next, l.chain)
}

func (l *eventLog) advance(size int, next uint64, chain Hash) {
	l.offset += int64(size)
	l.next, l.chain = next, chain
}

// enter goes to the start of an existing segment.
func (l *eventLog) enter(first uint64) error {
	file, head, b, err := l.openSegment(first, l.existing)
	if err == nil {
		l.use(file, head, b)
	}
	return err
}

func (l *eventLog) use(file File, head origin, b []byte) {
	l.file, l.existing, l.offset, l.next, l.chain = file, b, segmentHeader, head.First, head.Chain
	l.capacity = max(l.segmentBytes, int64(len(b)))
}

// enterNext goes to the segment that starts where the one at hand ended, and tells whether there is one.
func (l *eventLog) enterNext() bool {
	if l.offset == segmentHeader || l.index(l.next) < 0 {
		return false
	}
	file, head, b, err := l.openSegment(l.next, l.existing)
	if err != nil {
		return false // its beginning was torn
	}
	if head.Chain != l.chain {
		_ = file.Close()
		return false
	}
	l.unsynced = append(l.unsynced, l.file)
	l.use(file, head, b)
	return true
}

// cut ends the verification: what follows was torn, and is written anew.
func (l *eventLog) cut() error {
	current, starts := slices.BinarySearch(l.segments, l.next)
	if !starts || l.offset != segmentHeader {
		current-- // the file at hand started earlier
	}
	for _, first := range l.segments[current+1:] {
		if err := l.directory.Remove(events.file(first)); err != nil {
			return fmt.Errorf("remove a torn segment: %w", err)
		}
	}
	l.segments = l.segments[:current+1]
	l.verifying, l.existing = false, nil
	if err := l.file.Truncate(l.offset); err != nil {
		return fmt.Errorf("cut the torn end of the events at %d: %w", l.next, err)
	}
	return nil
}

// index returns the place of a segment in the row, or -1.
func (l *eventLog) index(first uint64) int { return slices.Index(l.segments, first) }
