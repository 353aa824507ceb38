package settlement

// Gathering: events become a batch, which is a range of the sequence and what is to be booked of it.

import (
	"context"
	"fmt"
	"time"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	custodianv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/custodian/v1"
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
	if err := e.take(ctx, events, &gathered); err != nil {
		return gathered, err
	}
	patience, stop := context.WithTimeout(ctx, IdleLinger)
	defer func() { stop() }()
	hurried := false
	for len(gathered.instructions) < MaxInstructions && gathered.through-gathered.from < MaxEvents-1 {
		if !hurried && len(gathered.instructions) > 0 {
			stop()
			patience, stop = context.WithTimeout(ctx, Linger)
			hurried = true
		}
		err := e.take(patience, events, &gathered)
		if err != nil && ctx.Err() == nil && patience.Err() != nil {
			return gathered, nil // the time is over, not the log
		}
		if err != nil {
			return gathered, err
		}
	}
	return gathered, nil
}

// take adds the next event to a batch.
func (e *Exporter) take(ctx context.Context, events *journal.Reader, to *batch) error {
	event, err := events.Next(ctx)
	if err != nil {
		return err
	}
	instruction, err := e.instruction(ctx, &event)
	if err != nil {
		return &stopped{fmt.Errorf("make an instruction of event %d: %w", event.Sequence, err), event.Sequence}
	}
	to.through = event.Sequence
	if instruction != nil {
		to.instructions = append(to.instructions, instruction)
	}
	return nil
}

// isBooked tells from the first byte of an encoded event, which is its kind, whether it can be of interest here; most are not.
func isBooked(payload []byte) bool {
	kind := venue.EventKind(payload[0])
	return kind == venue.Traded || kind == venue.Deposited
}
