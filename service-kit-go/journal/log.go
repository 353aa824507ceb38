package journal

// A log is a row of segments that groups are appended to. There are two of them: commands, synced a group at a time, and
// events, which commands explain.

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

type log struct {
	directory    Directory
	kind         kind
	id           ID
	version      uint32
	segmentBytes int64

	file     File
	offset   int64 // where the next group goes
	capacity int64 // of the segment
	next     uint64
	chain    Hash

	mu       sync.Mutex // guards the rest, which snapshots and readers share with the writer
	segments []uint64   // first sequences, ascending
	unsynced []File     // complete segments of events
}

// genesis is the chain hash before the first group.
func genesis(id ID, k kind) Hash { return sha256.Sum256(append(id[:], byte(k))) }

// full is the refusal when there is no room.
func full(err error) error {
	return errs.New(errs.ResourceExhausted, "DISK_FULL", "the journal has no room, nothing was changed: make room on its disk, then try again: %w",
		err).WithRetryAfter(retryAfterFull)
}

// write appends a group whose header is not sealed yet. An error of reason DISK_FULL leaves the log as it was; after any other
// nobody knows what is on disk, and the log must not be written to again.
func (l *log) write(g *group) error {
	if l.offset+int64(len(g.bytes)) > l.capacity {
		if err := l.roll(int64(len(g.bytes))); err != nil {
			return err
		}
	}
	chain := g.seal(l.id, l.chain)
	if _, err := l.file.WriteAt(g.bytes, l.offset); err != nil {
		return l.failed(err)
	}
	if l.kind == commands {
		if err := l.file.Sync(); err != nil {
			return fmt.Errorf("sync %s: %w", l.kind.file(g.first), err)
		}
	}
	l.offset += int64(len(g.bytes))
	l.next, l.chain = g.first+uint64(g.count), chain
	return nil
}

// failed classifies an error before which nothing was synced: the next group overwrites what there is of this one.
func (l *log) failed(err error) error {
	if isFull(err) {
		return full(err)
	}
	return fmt.Errorf("write to the log of %s at sequence %d: %w", l.kind.prefix()+"...", l.next, err)
}

// roll goes on in a new segment that has room for a group of some bytes.
func (l *log) roll(group int64) error {
	name, size := l.kind.file(l.next), max(l.segmentBytes, segmentHeader+group)
	preallocated, synced := size, true
	if l.kind == events {
		preallocated, synced = 0, l.next == 1 // later ones are synced before a snapshot, and torn before that at worst
	}
	file, err := l.directory.Create(name+unfinished, preallocated)
	if err != nil {
		return l.failed(err)
	}
	_, err = file.WriteAt(origin{Kind: l.kind, Version: l.version, ID: l.id, First: l.next, Chain: l.chain}.encode(), 0)
	if err == nil && synced {
		err = file.Sync()
	}
	if err == nil {
		err = l.directory.Rename(name+unfinished, name)
	}
	if err != nil {
		return errors.Join(l.failed(err), file.Close())
	}
	if synced {
		if err := l.directory.Sync(); err != nil { // the new name may stand there already: no going back to the old segment
			return errors.Join(fmt.Errorf("sync the directory after %s: %w", name, err), file.Close())
		}
	}
	l.leave()
	l.file, l.offset, l.capacity = file, segmentHeader, size
	return nil
}

// leave notes that the segment which was written so far is complete, and that one from l.next follows.
func (l *log) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := len(l.segments) - 1
	if l.file != nil {
		if l.kind == events {
			l.unsynced = append(l.unsynced, l.file)
		} else {
			_ = l.file.Close() // every group in it was synced
		}
	}
	if last < 0 || l.segments[last] != l.next { // else an empty segment was replaced
		l.segments = append(l.segments, l.next)
	}
}

// removeBefore removes the segments all of whose records lie before a sequence.
func (l *log) removeBefore(sequence uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.segments) > 1 && l.segments[1] <= sequence {
		if err := l.directory.Remove(l.kind.file(l.segments[0])); err != nil {
			return fmt.Errorf("remove a segment that is not needed any more: %w", err)
		}
		l.segments = slices.Delete(l.segments, 0, 1)
	}
	return nil
}

// retained returns the first sequence that is still there, and how many bytes the segments may take.
func (l *log) retained() (earliest uint64, bytes int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.segments[0], int64(len(l.segments)) * l.segmentBytes
}

// find returns the first sequence of the segment that holds a sequence.
func (l *log) find(sequence uint64) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	after, exact := slices.BinarySearch(l.segments, sequence)
	switch {
	case exact:
		return sequence, nil
	case after == 0:
		earliest := strconv.FormatUint(l.segments[0], 10)
		return 0, errs.New(errs.OutOfRange, "SEQUENCE_TRUNCATED", "read from sequence %d: it was removed, the earliest is %s: "+
			"go on from there, and account for the gap", sequence, earliest).With("earliest", earliest)
	}
	return l.segments[after-1], nil
}

// takeUnsynced hands over the closed segments that are not synced, for the caller to sync and close.
func (l *log) takeUnsynced() []File {
	l.mu.Lock()
	defer l.mu.Unlock()
	files := l.unsynced
	l.unsynced = nil
	return files
}

func (l *log) close() error {
	var failures []error
	for _, file := range append(l.takeUnsynced(), l.file) {
		if file != nil {
			failures = append(failures, file.Close())
		}
	}
	return errors.Join(failures...)
}
