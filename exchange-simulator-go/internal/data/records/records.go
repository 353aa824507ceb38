// Package records puts the venue behind its journal: commands and events as bytes, the state as a snapshot.
package records

import (
	"fmt"
	"io"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// Version is that of the state machine: raise it when the same commands would give other events.
const Version = 1

// Folder is where the journal lies within the daemon's data directory.
const Folder = "journal"

// Consumers are those whose acknowledgement events wait for.
const (
	History    = "history"    // the projection that answers what was
	Settlement = "settlement" // who tells the custodian what is to be settled
	Audit      = "audit"      // who tells the audit what happened
)

// Machine is the venue behind its journal.
type Machine = journal.Machine[venue.Command, *venue.Event, venue.Answer]

// Options are those of its journal.
type Options = journal.Options[venue.Command, *venue.Event, venue.Answer]

// Codec implements journal.Codec.
type Codec struct{}

// AppendCommand implements journal.Codec.
func (Codec) AppendCommand(to []byte, c venue.Command) []byte { return venue.AppendCommand(to, c) }

// DecodeCommand implements journal.Codec.
func (Codec) DecodeCommand(from []byte) (venue.Command, error) { return venue.DecodeCommand(from) }

// AppendEvent implements journal.Codec.
func (Codec) AppendEvent(to []byte, e *venue.Event) []byte { return venue.AppendEvent(to, e) }

// State implements journal.State. Its Venue is owned by the machine: read it within Machine.Read.
type State struct {
	Venue   *venue.Venue
	Due     Due // may be read at any time
	scratch []byte
}

// NewState makes the state of a fresh venue.
func NewState() *State { return &State{Venue: venue.New(), Due: newDue()} }

// Apply implements journal.State.
func (s *State) Apply(stamp journal.Stamp, c venue.Command, emit func(*venue.Event)) venue.Answer {
	answer := s.Venue.Apply(stamp.Wall.UnixNano(), stamp.Business.UnixNano(), c, emit)
	s.Due.note(s.Venue.Due())
	return answer
}

// Snapshot implements journal.State.
func (s *State) Snapshot(w io.Writer) error {
	s.scratch = s.Venue.Encode(s.scratch[:0])
	_, err := w.Write(s.scratch)
	return err
}

// Restore implements journal.State.
func (s *State) Restore(r io.Reader, version uint32) error {
	if version != Version {
		return fmt.Errorf("restore the venue from version %d of its state machine: this build reads version %d; start the build that wrote it, or move the data away", version, Version)
	}
	bytes, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	restored, err := venue.Decode(bytes)
	if err != nil {
		return err
	}
	s.Venue = restored
	s.Due.note(restored.Due())
	return nil
}
