package settlement

// Gathering: events become a batch, which is a range of the sequence and what is to be booked of it.

import (
	"context"
	"fmt"
	"time"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	custodianv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/custodian/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// When a batch is handed over: when it is full, or some time after it began. Ranges without instructions are handed over too,
// so that the cursor moves on and the custodian knows how far it is.
const (
	MaxInstructions = 500                    // of a batch; the contract's bound
	MaxEvents       = 50_000                 // that a batch stands for
	Linger          = 100 * time.Millisecond // after its first instruction
	IdleLinger      = time.Second            // after its first event, when none of them is to be booked
)

// batch stands for the events from one sequence through another.
type batch struct {
	from, through uint64
	instructions  []*custodianv1.Instruction
}

// half is the part of a batch up to the middle of its instructions.
func (b batch) half() batch {
	middle := len(b.instructions) / 2
	return batch{b.from, b.instructions[middle].GetSequence() - 1, b.instructions[:middle]}
}

// after is what is left of a batch when a part from its start on is handed over.
func (b batch) after(part batch) batch {
	return batch{part.through + 1, b.through, b.instructions[len(part.instructions):]}
}

// gather waits for the next event and makes a batch of it and of those that follow soon.
func (e *Exporter) gather(ctx context.Context, events *journal.Reader) (batch, error) {
	gathered := batch{from: e.next, through: e.next - 1}
	patience, stop := context.WithCancel(ctx)
	defer stop()
	timer := time.AfterFunc(IdleLinger, stop)
	timer.Stop() // it starts with the first event
	defer timer.Stop()
	for len(gathered.instructions) < MaxInstructions && gathered.through-gathered.from+1 < MaxEvents {
		event, err := events.Next(patience)
		if err != nil && patience.Err() != nil && ctx.Err() == nil {
			break // it took long enough
		}
		if err == nil {
			err = e.add(ctx, &event, &gathered)
		}
		if err != nil {
			return gathered, err
		}
		switch {
		case len(gathered.instructions) == 1 && gathered.instructions[0].GetSequence() == gathered.through:
			timer.Reset(Linger)
		case gathered.from == gathered.through:
			timer.Reset(IdleLinger)
		}
	}
	return gathered, nil
}

// add adds an event to a batch. What cannot be made of it now cannot later, unless the journal was closed.
func (e *Exporter) add(ctx context.Context, event *journal.Event, to *batch) error {
	if event.Sequence != to.through+1 {
		return fmt.Errorf("event %d was read where event %d is due", event.Sequence, to.through+1)
	}
	instruction, err := e.instruction(ctx, event)
	switch {
	case err != nil && (ctx.Err() != nil || errs.KindOf(err) == errs.Unavailable):
		return err
	case err != nil:
		return &stopped{fmt.Errorf("make an instruction of event %d: %w", event.Sequence, err), event.Sequence}
	case instruction != nil:
		to.instructions = append(to.instructions, instruction)
	}
	to.through = event.Sequence
	return nil
}

// isBooked tells from the first byte of an encoded event, which is its kind, whether it can be of interest here; most are not.
func isBooked(payload []byte) bool {
	kind := venue.EventKind(payload[0])
	return kind == venue.Traded || kind == venue.Deposited
}
