package journal

// Reading the past beside the process that has the directory open: nothing is locked or changed.

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strconv"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// History leads to an event as recovery does. It hands what the newest whole snapshot that knows no later event holds, and the
// version that wrote it, to restore, when there is one; then each command after that to visit, with the version that took it, up to
// the last one that is whole or the first error of visit, which is returned. The payload is valid until visit returns.
// Other errors: NOT_FOUND without a journal, OUT_OF_RANGE when the commands that lead there were removed (the metadata names the
// "earliest" event that can be reached), FAILED_PRECONDITION when the journal is damaged. See ReadOnly.
func History(directory Directory, event uint64, restore func(io.Reader, uint32) error, visit func(uint32, Stamp, []byte) error) error {
	names, err := directory.List()
	l := log{directory: directory, kind: commands, segments: sequences(names, commands.prefix())}
	if err != nil || len(l.segments) == 0 {
		return errs.New(errs.NotFound, "NO_JOURNAL", "find its commands: %w: want the directory of a journal", cmp.Or(err, fs.ErrNotExist))
	}
	start, err := l.restore(sequences(names, snapshotPrefix), event, restore)
	if err != nil {
		return err
	}
	last, _, err := l.walk(start, func(version uint32, view groupView) (err error) {
		var payload []byte
		for stamp := (Stamp{view.first, view.wall, view.business}); err == nil && stamp.Sequence < view.first+uint64(view.count); stamp.Sequence++ {
			if payload, err = view.next(); err == nil {
				err = visit(version, stamp, payload)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if rest := last[l.offset:]; findGroup(l.id, rest[min(1, len(rest)):]) >= 0 {
		err = damaged(commands.file(l.segments[len(l.segments)-1]), l.offset, "no group starts there, and groups follow")
	}
	return errors.Join(err, l.close())
}

// restore finds where the way to an event begins.
func (l *log) restore(snapshots []uint64, event uint64, restore func(io.Reader, uint32) error) (start position, err error) {
	earliest := uint64(0)
	for _, last := range slices.Backward(snapshots) {
		file, err := l.directory.Open(snapshotFile(last + 1))
		if err != nil {
			return start, err
		}
		if point, state, damage := loadSnapshot(file); damage == nil {
			if earliest = point.Events.Next - 1; earliest <= event {
				l.id = point.ID
				return point.Commands, errors.Join(restore(state, point.Version), file.Close())
			}
		}
		_ = file.Close()
	}
	if l.segments[0] != 1 {
		return start, errs.New(errs.OutOfRange, "SEQUENCE_TRUNCATED", "go back to event %d: the commands that lead there were removed, the "+
			"earliest that can be reached is %d", event, earliest).With("earliest", strconv.FormatUint(earliest, 10))
	}
	l.id, err = idOf(l.directory, 1)
	return position{1, genesis(l.id, commands)}, err
}
