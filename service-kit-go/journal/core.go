package journal

// The journal without goroutines: what the writer and the owner of the state do, each on its own half.

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Journal is a log in front of a state machine, one thing at a time and without goroutines; a Machine is built on it. Its
// methods must not be called at the same time, but for Events, Acknowledge and Cursor.
type Journal[C, E, A any] struct {
	options  Options[C, E, A]
	id       ID
	lock     io.Closer
	recovery Recovery

	// The writer's half.
	commands       log
	group          group
	wall, business int64
	groups         atomic.Uint64
	written        atomic.Uint64 // next command

	// The half of the state's owner.
	events   eventLog
	emitted  group
	emit     func(E)
	answers  []A
	replayed []C
	applied  position
	times    [2]int64 // wall and business of what was applied last
	since    int64    // bytes of commands that were applied since the last snapshot
	size     int64    // bytes of the last snapshot's state
	full     func(error) bool

	// What readers, consumers and snapshots share.
	published atomic.Uint64 // next event
	bell      bell
	mu        sync.Mutex
	cursors   map[string]uint64
	points    []checkpoint // of the snapshots that are kept, ascending
}

// portion is a group of commands on its way.
type portion[C any] struct {
	commands       []C
	first          uint64
	wall, business int64
	after          position
	size           int64
}

// Do journals commands, applies them and appends their answers. After an error but for a refusal of kind Invalid or reason
// DISK_FULL, the journal must be closed and loaded again.
func (j *Journal[C, E, A]) Do(wall, business time.Time, commands []C, answers []A) ([]A, error) {
	for len(commands) > 0 {
		group, err := j.encode(wall, business, commands)
		if err == nil {
			err = j.commit(&group)
		}
		if err != nil {
			return answers, err
		}
		given, err := j.apply(group)
		if err != nil {
			return answers, broken(err)
		}
		answers = append(answers, given...)
		commands = commands[len(group.commands):]
	}
	return answers, nil
}

// broken is the error of a journal that must be opened anew.
func broken(err error) *errs.Error {
	return errs.New(errs.Unavailable, "JOURNAL_FAILED", "the journal has failed, what was not answered is decided by the next start: check "+
		"its disk and restart the daemon: %w", err)
}

// encode begins a group with as many of the commands as it takes. The error is that of the first.
func (j *Journal[C, E, A]) encode(wall, business time.Time, commands []C) (portion[C], error) {
	j.business = max(j.business, business.UnixNano())
	j.wall = wall.UnixNano()
	g := &j.group
	g.begin(j.commands.next, j.wall, j.business)
	for _, command := range commands {
		b := j.options.Codec.AppendCommand(g.open(), command)
		if size := len(b) - g.record - recordHeader; size > MaxRecord {
			if g.count == 0 {
				return portion[C]{}, errs.New(errs.Invalid, "COMMAND_TOO_LARGE", "journal a command of %d bytes: at most %d: split it", size, MaxRecord)
			}
			break
		}
		g.close(b)
		if len(g.bytes) >= groupBytes {
			break
		}
	}
	return portion[C]{commands: commands[:g.count], first: g.first, wall: g.wall, business: g.business, size: int64(len(g.bytes))}, nil
}

// commit makes the group that was encoded durable.
func (j *Journal[C, E, A]) commit(group *portion[C]) error {
	if err := j.commands.write(&j.group); err != nil {
		return err
	}
	group.after = position{j.commands.next, j.commands.chain}
	j.groups.Add(1)
	j.written.Store(j.commands.next)
	return nil
}

// apply applies a durable group, publishes its events, and returns the answers, which stand until the next call.
func (j *Journal[C, E, A]) apply(group portion[C]) ([]A, error) {
	stamp := Stamp{Wall: time.Unix(0, group.wall).UTC(), Business: time.Unix(0, group.business).UTC()}
	j.answers = j.answers[:0]
	j.emitted.begin(j.events.next, group.wall, group.business)
	for i, command := range group.commands {
		stamp.Sequence = group.first + uint64(i)
		j.answers = append(j.answers, j.options.State.Apply(stamp, command, j.emit))
		if len(j.emitted.bytes) >= groupBytes {
			if err := j.flush(); err != nil {
				return nil, err
			}
		}
	}
	if err := j.flush(); err != nil {
		return nil, err
	}
	j.applied, j.times = group.after, [2]int64{group.wall, group.business}
	j.since += group.size
	j.published.Store(j.events.next)
	j.bell.ring()
	return j.answers, nil
}

// flush writes the events that were emitted. On a full disk it waits as long as full says so.
func (j *Journal[C, E, A]) flush() error {
	if j.emitted.count == 0 {
		return nil
	}
	err := j.events.write(&j.emitted)
	for err != nil && errs.KindOf(err) == errs.ResourceExhausted && j.full != nil && j.full(err) {
		err = j.events.write(&j.emitted)
	}
	j.emitted.begin(j.events.next, j.emitted.wall, j.emitted.business)
	return err
}

// Recovery returns what Open or Load found.
func (j *Journal[C, E, A]) Recovery() Recovery { return j.recovery }

// ID returns the journal's ID.
func (j *Journal[C, E, A]) ID() ID { return j.id }

// Hash returns the SHA-256 of what State.Snapshot writes: equal states, equal hashes.
func (j *Journal[C, E, A]) Hash() (hash Hash, err error) {
	hasher := sha256.New()
	err = j.options.State.Snapshot(hasher)
	hasher.Sum(hash[:0])
	return hash, err
}

// Snapshot writes the state beside the log and removes what is not needed any more: snapshots but for the last two, commands
// before them, and events before them that every consumer has acknowledged.
func (j *Journal[C, E, A]) Snapshot(ctx context.Context) error {
	finish, err := j.snapshot(ctx)
	if err != nil {
		return err
	}
	return finish()
}

// snapshot writes the state aside, which its owner does; what finishes it may run beside commands.
func (j *Journal[C, E, A]) snapshot(ctx context.Context) (finish func() error, err error) {
	j.since = 0 // also when it fails, so that it is not tried again with each group
	j.mu.Lock()
	point := checkpoint{cursors: maps.Clone(j.cursors), fixed: fixed{
		Version: j.options.Version, ID: j.id, Commands: j.applied, Events: position{j.events.next, j.events.chain},
		Wall: j.times[0], Business: j.times[1],
	}}
	j.mu.Unlock()
	file, size, err := writeSnapshot(j.options.Directory, point, func(w io.Writer) error {
		return j.options.State.Snapshot(bounded{ctx, w})
	})
	if err != nil {
		return nil, fmt.Errorf("write the snapshot after command %d: %w", j.applied.Next-1, err)
	}
	j.size = size
	current := j.events.file
	return func() error {
		err := j.publish(point, file, current)
		if err != nil {
			return fmt.Errorf("finish the snapshot after command %d: %w", point.Commands.Next-1, err)
		}
		return j.prune(point)
	}, nil
}

// publish makes the events and then the snapshot durable, and the snapshot valid.
func (j *Journal[C, E, A]) publish(point checkpoint, snapshot, current File) error {
	failures := []error{current.Sync()} // first: it may be complete meanwhile, and then be closed here
	for _, complete := range j.events.takeUnsynced() {
		failures = append(failures, complete.Sync(), complete.Close())
	}
	if err := errors.Join(append(failures, snapshot.Sync(), snapshot.Close())...); err != nil {
		return err
	}
	name := snapshotFile(point.Commands.Next)
	if err := j.options.Directory.Rename(name+unfinished, name); err != nil {
		return err
	}
	return j.options.Directory.Sync()
}

// prune removes what the snapshot at a point makes superfluous.
func (j *Journal[C, E, A]) prune(point checkpoint) error {
	j.mu.Lock()
	j.points = append(slices.DeleteFunc(j.points, func(p checkpoint) bool { return p.Commands.Next == point.Commands.Next }), point)
	j.points = j.points[max(0, len(j.points)-keptSnapshots):]
	kept := slices.Clone(j.points)
	needed := kept[0].Events.Next
	for _, acknowledged := range j.cursors {
		needed = min(needed, acknowledged+1)
	}
	j.mu.Unlock()
	if len(kept) < keptSnapshots {
		return nil // should this one be damaged, the commands from the start on are what there is
	}
	names, err := j.options.Directory.List()
	if err != nil {
		return fmt.Errorf("list the snapshots: %w", err)
	}
	for _, last := range sequences(names, snapshotPrefix) {
		isKept := slices.ContainsFunc(kept, func(p checkpoint) bool { return p.Commands.Next == last+1 })
		if !isKept {
			if err := j.options.Directory.Remove(snapshotFile(last + 1)); err != nil {
				return fmt.Errorf("remove an old snapshot: %w", err)
			}
		}
	}
	return errors.Join(j.commands.removeBefore(kept[0].Commands.Next), j.events.removeBefore(needed))
}

// isDue tells when commands have grown enough for the next snapshot.
func (j *Journal[C, E, A]) isDue() bool { return j.since >= max(j.options.SnapshotBytes, j.size) }

// Close closes the files and lets go of the directory, without a snapshot.
func (j *Journal[C, E, A]) Close() error {
	j.bell.close()
	return errors.Join(j.commands.close(), j.events.close(), j.lock.Close())
}

// bounded is a writer that fails once a context is done.
type bounded struct {
	ctx context.Context
	io.Writer
}

func (b bounded) Write(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.Writer.Write(p)
}
