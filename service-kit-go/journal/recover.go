package journal

// Reading a log when it is opened: a torn end is cut off, damage anywhere else refused.

import (
	"errors"
	"fmt"
	"slices"
)

// openSegment opens a segment for the writer and returns all its bytes.
func (l *log) openSegment(first uint64, buffer []byte) (File, origin, []byte, error) {
	name := l.kind.file(first)
	file, err := l.directory.Open(name)
	if err != nil {
		return nil, origin{}, nil, fmt.Errorf("open a segment: %w", err)
	}
	b, err := readAll(file, buffer)
	if err != nil {
		return nil, origin{}, nil, errors.Join(fmt.Errorf("read %s: %w", name, err), file.Close())
	}
	head, err := decodeOrigin(b)
	switch {
	case err != nil:
		err = damaged(name, 0, "%w", err)
	case head.Kind != l.kind || head.First != first:
		err = damaged(name, 0, "it is the segment of %s", head.Kind.file(head.First))
	case head.ID != l.id:
		err = damaged(name, 0, "it belongs to journal %x, not to %x", head.ID, l.id)
	}
	if err != nil {
		return nil, origin{}, nil, errors.Join(err, file.Close())
	}
	return file, head, b, nil
}

// position is a place between two groups.
type position struct {
	Next  uint64
	Chain Hash
}

// replay walks over the commands from a position to the end, cuts off a torn end, and leaves the log ready to be written to. It
// returns the torn bytes.
func (l *log) replay(start position, visit func(version uint32, view groupView) error) (torn int64, err error) {
	last, version, err := l.walk(start, visit)
	if err == nil {
		torn, err = l.cutTorn(last, version)
	}
	return torn, err
}

// walk reads the commands from the segment that holds start.Next to the end, and visits the groups from start. It returns the bytes
// of the last segment, which it leaves open unless it fails, and the version that wrote it.
func (l *log) walk(start position, visit func(version uint32, view groupView) error) (last []byte, version uint32, err error) {
	holding, err := l.find(start.Next)
	if err != nil {
		return nil, 0, damaged(l.kind.file(start.Next), 0, "the segments before %d are missing", l.segments[0])
	}
	for at := slices.Index(l.segments, holding); at < len(l.segments); at++ {
		file, head, b, err := l.openSegment(l.segments[at], last)
		if err != nil {
			return nil, 0, err
		}
		if l.segments[at] != holding && (head.First != l.next || head.Chain != l.chain) {
			err := damaged(l.kind.file(l.segments[at-1]), l.offset, "it ends before sequence %d, where the next segment starts", head.First)
			return nil, 0, errors.Join(err, file.Close())
		}
		l.file, l.offset, l.capacity, l.next, l.chain = file, segmentHeader, int64(len(b)), head.First, head.Chain
		last, version, err = b, head.Version, l.replaySegment(b, head.Version, start, visit)
		if err != nil || at < len(l.segments)-1 {
			err = errors.Join(err, file.Close())
		}
		if err != nil {
			return nil, 0, err
		}
	}
	return last, version, nil
}

// replaySegment visits the groups of one segment up to the first that is not valid.
func (l *log) replaySegment(b []byte, version uint32, start position, visit func(uint32, groupView) error) error {
	for {
		if l.next == start.Next && l.chain != start.Chain {
			return damaged(l.kind.file(l.next), l.offset, "the chain hash before sequence %d is not that of the snapshot", l.next)
		}
		view, err := parseGroup(l.id, b[l.offset:], l.next, l.chain)
		if err != nil {
			return nil //nolint:nilerror // the caller tells the end of the log from damage
		}
		if l.next >= start.Next {
			if err := visit(version, view); err != nil {
				return err
			}
		}
		l.offset += int64(view.size)
		l.next, l.chain = l.next+uint64(view.count), view.chain
	}
}

// cutTorn makes room after the last valid group: what follows can only be a group that was not answered, since a group is written
// after the one before was synced. A group behind it proves damage.
func (l *log) cutTorn(b []byte, version uint32) (int64, error) {
	name, rest := l.kind.file(l.segments[len(l.segments)-1]), b[l.offset:]
	_, reason := parseGroup(l.id, rest, l.next, l.chain)
	if at := findGroup(l.id, rest[min(1, len(rest)):]); at >= 0 {
		return 0, damaged(name, l.offset, "%w, and a group follows at byte %d", reason, l.offset+1+int64(at))
	}
	torn := int64(len(rest))
	for torn > 0 && rest[torn-1] == 0 {
		torn--
	}
	err := l.file.Sync() // what was read may not have been synced yet
	if err == nil && torn > 0 {
		err = l.file.Truncate(l.offset)
		if err == nil {
			err = l.file.Truncate(l.capacity)
		}
		if err == nil {
			err = l.file.Sync()
		}
	}
	if err != nil {
		return torn, fmt.Errorf("cut the torn end of %s: %w", name, err)
	}
	if version != l.version {
		return torn, l.roll(0)
	}
	return torn, nil
}
