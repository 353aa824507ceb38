package journal

// What Open does: lock, snapshot, replay.

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

func (o *Options[C, E, A]) fill() error {
	o.SegmentBytes = cmp.Or(o.SegmentBytes, DefaultSegmentBytes)
	o.SnapshotBytes = cmp.Or(o.SnapshotBytes, DefaultSnapshotBytes)
	o.Queue = cmp.Or(o.Queue, DefaultQueue)
	if o.Random == nil {
		o.Random = rand.Reader
	}
	for _, name := range o.Consumers {
		if name == "" || len(name) > 255 || len(o.Consumers) > 255 {
			return errs.InvalidField("consumers", o.Consumers, "at most 255 names of 1 to 255 bytes")
		}
	}
	return nil
}

// Load opens a journal without the goroutines of a Machine: for a simulation that does one thing at a time.
func Load[C, E, A any](options Options[C, E, A]) (*Journal[C, E, A], error) {
	if err := options.fill(); err != nil {
		return nil, err
	}
	lock, err := options.Directory.Lock()
	if err != nil {
		return nil, err
	}
	j := &Journal[C, E, A]{options: options, lock: lock, cursors: map[string]uint64{}}
	for _, name := range options.Consumers {
		j.cursors[name] = 0
	}
	j.emit = func(event E) { j.emitted.close(options.Codec.AppendEvent(j.emitted.open(), event)) }
	if err := j.recover(); err != nil {
		return nil, errors.Join(err, j.commands.close(), j.events.close(), lock.Close())
	}
	return j, nil
}

func (j *Journal[C, E, A]) recover() error {
	directory := j.options.Directory
	names, err := directory.List()
	if err != nil {
		return fmt.Errorf("list the journal's files: %w", err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, unfinished) {
			if err := directory.Remove(name); err != nil {
				return fmt.Errorf("remove an unfinished file: %w", err)
			}
		}
	}
	start, err := j.restore(sequences(names, snapshotPrefix))
	if err != nil {
		return err
	}
	common := &log{directory: directory, version: j.options.Version, segmentBytes: j.options.SegmentBytes}
	common.segments = sequences(names, commands.prefix())
	eventSegments := sequences(names, events.prefix())
	if common.id, err = j.identify(start.ID, common, len(eventSegments) > 0); err != nil {
		return err
	}
	j.id = common.id
	setUp(&j.commands, common, commands, common.segments)
	setUp(&j.events.log, common, events, eventSegments)
	if start.Commands.Next == 0 {
		start.Commands, start.Events = position{1, genesis(j.id, commands)}, position{1, genesis(j.id, events)}
	}
	j.applied, j.wall, j.business = start.Commands, start.Wall, start.Business
	if err := j.openLogs(start); err != nil {
		return err
	}
	j.published.Store(j.events.next)
	j.written.Store(j.commands.next)
	return nil
}

// setUp fills in a log that was not opened yet; its mutex must not be copied.
func setUp(l, common *log, k kind, segments []uint64) {
	l.directory, l.version, l.segmentBytes, l.id = common.directory, common.version, common.segmentBytes, common.id
	l.kind, l.segments, l.next, l.chain = k, segments, 1, genesis(common.id, k)
}

// restore takes the newest snapshot that is whole. Without one it returns the zero checkpoint.
func (j *Journal[C, E, A]) restore(found []uint64) (checkpoint, error) {
	for _, last := range slices.Backward(found) {
		name := snapshotFile(last + 1)
		file, err := j.options.Directory.Open(name)
		if err != nil {
			return checkpoint{}, fmt.Errorf("open a snapshot: %w", err)
		}
		point, state, err := loadSnapshot(file)
		if err == nil && len(j.points) == 0 {
			if err := j.options.State.Restore(state, point.Version); err != nil {
				return point, errors.Join(fmt.Errorf("restore the state from %s, which version %d wrote: %w", name, point.Version, err), file.Close())
			}
			j.size, j.recovery.Snapshot = state.Size(), last
		}
		if err := errors.Join(err, file.Close()); err != nil {
			j.recovery.Skipped = append(j.recovery.Skipped, fmt.Sprintf("%s: %v", name, err))
			continue
		}
		j.points = slices.Insert(j.points, 0, point)
	}
	if len(j.points) == 0 {
		return checkpoint{}, nil
	}
	latest := j.points[len(j.points)-1]
	for name := range j.cursors {
		j.cursors[name] = latest.cursors[name]
	}
	return latest, nil
}

// identify returns the journal's ID, from the snapshot or a segment, or a new one.
func (j *Journal[C, E, A]) identify(id ID, segments *log, hasEvents bool) (ID, error) {
	switch {
	case id != ID{}:
		return id, nil
	case len(segments.segments) > 0:
		return idOf(j.options.Directory, segments.segments[0])
	case hasEvents || len(j.recovery.Skipped) > 0:
		return id, damaged(commands.file(1), 0, "it is missing, though there are events or snapshots")
	}
	_, err := io.ReadFull(j.options.Random, id[:])
	return id, err
}

// idOf reads the ID of the journal that a segment of commands belongs to.
func idOf(directory Directory, first uint64) (ID, error) {
	name := commands.file(first)
	file, err := directory.Open(name)
	if err != nil {
		return ID{}, fmt.Errorf("open a segment: %w", err)
	}
	b := make([]byte, segmentHeader)
	err = readAt(file, b, 0)
	head, damage := decodeOrigin(b)
	if damage != nil {
		damage = damaged(name, 0, "%w", damage)
	}
	return head.ID, errors.Join(err, damage, file.Close())
}

// openLogs reads both logs from the snapshot on, and applies the commands again.
func (j *Journal[C, E, A]) openLogs(start checkpoint) error {
	fresh := len(j.commands.segments) == 0
	switch {
	case fresh && start.Commands.Next > 1:
		return damaged(commands.file(start.Commands.Next), 0, "it is missing, though there is a snapshot")
	case fresh:
		if err := j.commands.roll(0); err != nil {
			return err
		}
		if len(j.events.segments) == 0 {
			return j.events.roll(0)
		}
	}
	if len(j.events.segments) == 0 && start.Events.Next == 1 {
		if err := j.events.roll(0); err != nil { // they were never synced
			return err
		}
	} else if len(j.events.segments) == 0 {
		return damaged(events.file(start.Events.Next), 0, "it is missing, though there is a snapshot")
	} else if err := j.events.seek(start.Events); err != nil {
		return err
	}
	torn, err := j.commands.replay(start.Commands, j.replayGroup)
	if err == nil && j.commands.next != j.applied.Next {
		err = damaged(commands.file(j.commands.segments[len(j.commands.segments)-1]), j.commands.offset,
			"it ends with command %d, the snapshot with %d", j.commands.next-1, j.applied.Next-1)
	}
	if err != nil {
		return err
	}
	err = j.events.settle()
	j.recovery.TornBytes, j.recovery.Rebuilt = torn, j.events.rebuilt
	return err
}

// replayGroup applies a group of commands that was read.
func (j *Journal[C, E, A]) replayGroup(version uint32, view groupView) error {
	switch {
	case view.first != j.applied.Next:
		return damaged(commands.file(view.first), 0, "a group starts with command %d, the snapshot ends with %d", view.first, j.applied.Next-1)
	case version != j.options.Version:
		return errs.New(errs.FailedPrecondition, "VERSION_DIFFERS", "commands from %d were written by version %d of the state machine, this is "+
			"version %d: start and stop the program of version %d, so that it leaves a snapshot", view.first, version, j.options.Version, version)
	}
	group := portion[C]{
		commands: j.replayed[:0], first: view.first, wall: view.wall.UnixNano(), business: view.business.UnixNano(),
		after: position{view.first + uint64(view.count), view.chain}, size: int64(view.size),
	}
	for range view.count {
		payload, err := view.next()
		if err != nil {
			return err
		}
		command, err := j.options.Codec.DecodeCommand(payload)
		if err != nil {
			return fmt.Errorf("decode command %d: %w", view.first+uint64(len(group.commands)), err)
		}
		group.commands = append(group.commands, command)
	}
	j.replayed = group.commands
	j.wall, j.business = group.wall, group.business
	if _, err := j.apply(group); err != nil {
		return err
	}
	j.recovery.Replayed += uint64(view.count)
	return nil
}
