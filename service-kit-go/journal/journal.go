// Package journal is the log in front of a state machine, which gives a daemon durability, determinism, recovery, the
// outbox and the audit trail at once:
//
//	command -> append and sync, a group at a time -> State.Apply -> answer to the caller
//	                                                     '-> events, gapless from 1, readable from any of them
//
// A daemon brings a State (its domain: one goroutine, no clock, no randomness of its own) and a Codec, and opens a Machine:
//
//	machine, err := journal.Open(journal.Options[Command, Event, Answer]{
//		Directory: directory, State: venue, Codec: codec, Version: 1, Clock: clock, Consumers: []string{"audit"},
//	})
//	answer, err := machine.Submit(ctx, command)           // answered once it is durable and applied
//	err = machine.Read(ctx, func() { ... venue ... })     // consistent: between two groups
//	reader, err := machine.Events(from)                   // the past, then live
//	err = machine.Close(ctx)                              // drains, takes a snapshot, closes
//
// What was answered without error survives kill -9 and power loss. What was answered with an error of kind Unavailable and
// reason JOURNAL_FAILED, or not at all, is wholly there or wholly absent after the next start.
//
// On disk a directory holds commands-<first sequence> (synced once a group), events-<first sequence> (derived: synced before
// each snapshot, rebuilt and checked by replay), snapshot-<last command> (the last two), and LOCK.
package journal

import (
	"io"
	"time"
)

// State is the state machine of a daemon. Only one goroutine calls it at a time, never while it is read (see Machine.Read).
type State[C, E, A any] interface {
	// Apply changes the state by a command, emits what happened, and answers. It depends on nothing but the state, the stamp and
	// the command: replay must give the same events, byte for byte. A refusal by a rule of the domain is an answer, too.
	Apply(stamp Stamp, command C, emit func(E)) A
	// Snapshot writes the whole state: the same bytes for the same state (maps in order), since their SHA-256 is its Hash.
	Snapshot(w io.Writer) error
	// Restore replaces a fresh state by what Snapshot of the given version of the state machine wrote.
	Restore(r io.Reader, version uint32) error
}

// Codec turns commands and events into bytes. The appenders add to dst and return it, as append does.
type Codec[C, E any] interface {
	AppendCommand(dst []byte, command C) []byte
	// DecodeCommand is the inverse of AppendCommand. It copies what it keeps of src. Replay fails on an error.
	DecodeCommand(src []byte) (C, error)
	AppendEvent(dst []byte, event E) []byte
}

// Stamp is when and as what a command was journalled. The commands of a group share their times.
type Stamp struct {
	Sequence uint64    // of the command, gapless from 1
	Wall     time.Time // UTC, as the clock gave it
	Business time.Time // UTC, never before that of an earlier command
}

// ID names a journal: drawn at its first start, the same until its directory is wiped.
type ID [16]byte

// Hash is a SHA-256.
type Hash [32]byte

// Limits and defaults.
const (
	MaxRecord            = 8 << 20  // bytes of an encoded command
	DefaultSegmentBytes  = 16 << 20 // commands are preallocated in files of this size
	DefaultSnapshotBytes = 64 << 20 // commands between two snapshots; at least the size of the last snapshot
	DefaultQueue         = 8192     // commands that may wait
	groupBytes           = 1 << 20  // from here on a group takes no more commands
	keptSnapshots        = 2
)

// Options say what a journal is opened with. Those without a default must be set.
type Options[C, E, A any] struct {
	Directory Directory      // see Dir, and package memdisk for tests
	State     State[C, E, A] // fresh; Open restores it
	Codec     Codec[C, E]    //
	Version   uint32         // of the state machine: raise it when Apply would give other events for the same commands
	Clock     func() (wall, business time.Time)
	Consumers []string  // whose acknowledgement events wait for (see Acknowledge); bounded by this list, so that disk is
	Random    io.Reader // of the journal's ID; default crypto/rand

	SegmentBytes  int64 // default DefaultSegmentBytes
	SnapshotBytes int64 // default DefaultSnapshotBytes
	Queue         int   // default DefaultQueue
}

// Recovery is what Open found.
type Recovery struct {
	Snapshot  uint64   // command that the snapshot which was restored ends with; 0 without one
	Skipped   []string // damaged snapshots that an older one was taken for
	Replayed  uint64   // commands after it
	TornBytes int64    // of a group that was being written when the daemon was killed, and had not been answered
	Rebuilt   uint64   // events that replay had to write again
}

// Stats are the figures of a journal, for metrics.
type Stats struct {
	Commands, Events uint64 // the last sequence of each
	EarliestEvent    uint64 // the first one that can be read
	EventBytes       int64  // of the event segments on disk
	Groups           uint64 // written since Open
	Queued           int    // commands that wait
	Snapshot         uint64 // command that the last snapshot ends with
	SnapshotError    error  // of the last attempt, nil when it succeeded
}
