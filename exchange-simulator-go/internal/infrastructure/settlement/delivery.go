package settlement

// Handing over: a call, what its outcome means, and what is done then.

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	custodianv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/custodian/v1"
)

// How patient the exporter is. It tries again after RetryFirst, then after twice as long each time, up to RetryMost; after an answer that
// names a time, not before that. What the custodian refuses for what it is, it is offered again each StoppedRetry.
const (
	CallTimeout  = 10 * time.Second
	RetryFirst   = 200 * time.Millisecond
	RetryMost    = 15 * time.Second
	StoppedRetry = time.Minute
)

// newRetry makes the series of waits. One exporter calls, so that nobody needs to be spread out.
func newRetry() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{InitialInterval: RetryFirst, Multiplier: 2, MaxInterval: RetryMost}
}

// gap says that the custodian lacks events before a batch.
type gap struct {
	next  uint64 // that it wants to go on from
	cause error
}

// Error implements error.
func (g *gap) Error() string { return fmt.Sprintf("go on from event %d: %v", g.next, g.cause) }

// Unwrap returns the cause.
func (g *gap) Unwrap() error { return g.cause }

// stopped is a failure that trying again will not mend: a person has to.
type stopped struct {
	error
	sequence uint64 // where the export stands
}

// Unwrap returns the cause.
func (s *stopped) Unwrap() error { return s.error }

// deliver hands a batch over, however long it takes. When the custodian refuses an instruction of it, those before that one are
// handed over, and it is offered again and again, alone. An error is a gap, or of the log, or the end of the context.
func (e *Exporter) deliver(ctx context.Context, whole batch) error {
	retry, part := newRetry(), whole
	for {
		err := e.submit(ctx, part)
		missing, isGap := errors.AsType[*gap](err)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case isGap:
			return missing
		case err == nil:
			if err := e.acknowledge(part); err != nil || part.through == whole.through {
				return err
			}
			whole = whole.after(part)
			part = whole
			retry.Reset()
		case isRefused(err) && len(part.instructions) > 1:
			part = part.half()
		default:
			e.failed(err)
			pause(ctx, waitAfter(err, retry))
		}
	}
}

// acknowledge moves the cursor behind a part that was handed over.
func (e *Exporter) acknowledge(part batch) error {
	if err := e.options.Machine.Acknowledge(Consumer, part.through); err != nil {
		return err
	}
	e.next = part.through + 1
	e.succeeded(part)
	return nil
}

// submit makes one call. An answer that does not fit the request is an error, too: nothing is acknowledged that was not said clearly.
func (e *Exporter) submit(ctx context.Context, part batch) error {
	limited, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	answer, err := e.options.Custodian.SubmitInstructions(limited, &custodianv1.SubmitInstructionsRequest{
		Venue: e.options.Name, JournalId: e.journal, FromSequence: part.from, ThroughSequence: part.through, Instructions: part.instructions,
	})
	if err != nil {
		return classify(err, part)
	}
	if last := e.options.Machine.Stats().Events; answer.GetHighestSequence() > last {
		return &stopped{fmt.Errorf("the custodian has accepted the events up to %d of this journal, which ends with %d: was an older copy of its "+
			"directory restored?", answer.GetHighestSequence(), last), part.from}
	}
	if err := fits(part, answer); err != nil {
		return &stopped{fmt.Errorf("the custodian has answered the events from %d to %d, but %w", part.from, part.through, err), part.from}
	}
	e.counted(answer)
	return nil
}

// fits checks that an answer acknowledges each instruction and the whole range.
func fits(part batch, answer *custodianv1.SubmitInstructionsResponse) error {
	if answer.GetHighestSequence() < part.through {
		return fmt.Errorf("names %d as the highest that it has accepted", answer.GetHighestSequence())
	}
	acknowledgements := answer.GetAcknowledgements()
	if len(acknowledgements) != len(part.instructions) {
		return fmt.Errorf("with %d acknowledgements of %d instructions", len(acknowledgements), len(part.instructions))
	}
	for n, one := range acknowledgements {
		id, outcome := part.instructions[n].GetInstructionId(), one.GetOutcome()
		known := outcome == custodianv1.InstructionOutcome_INSTRUCTION_OUTCOME_ACCEPTED || outcome == custodianv1.InstructionOutcome_INSTRUCTION_OUTCOME_DUPLICATE
		if one.GetInstructionId() != id || !known {
			return fmt.Errorf("acknowledges %q with %s where %q is due", one.GetInstructionId(), outcome, id)
		}
	}
	return nil
}

// classify says what the error of a call means.
func classify(err error, part batch) error {
	reason, metadata, _ := details(err)
	switch code := status.Code(err); {
	case code == codes.FailedPrecondition && reason == "SEQUENCE_GAP":
		if next, bad := strconv.ParseUint(metadata["next_sequence"], 10, 64); bad == nil {
			return &gap{next, err}
		}
		return &stopped{err, part.sequence()}
	case isRefused(err), code == codes.FailedPrecondition, code == codes.OutOfRange:
		return &stopped{fmt.Errorf("the custodian refuses %s: %w", part, err), part.sequence()}
	}
	return fmt.Errorf("hand the events from %d to %d over: %w", part.from, part.through, err)
}

// String names a batch by what is to be booked of it, or by its range.
func (b batch) String() string {
	if len(b.instructions) == 1 {
		return fmt.Sprintf("%s, event %d", b.instructions[0].GetInstructionId(), b.instructions[0].GetSequence())
	}
	return fmt.Sprintf("the events from %d to %d", b.from, b.through)
}

// sequence is that of its only instruction, or its first.
func (b batch) sequence() uint64 {
	if len(b.instructions) == 1 {
		return b.instructions[0].GetSequence()
	}
	return b.from
}

// isRefused tells whether an instruction was refused for what it is.
func isRefused(err error) bool {
	code := status.Code(err)
	return code == codes.InvalidArgument || code == codes.AlreadyExists
}

// waitAfter says how long to wait after a failure.
func waitAfter(err error, retry *backoff.ExponentialBackOff) time.Duration {
	if _, is := errors.AsType[*stopped](err); is {
		return StoppedRetry
	}
	_, _, after := details(err)
	return min(max(retry.NextBackOff(), after), StoppedRetry)
}

// details returns what a status says beside its code.
func details(err error) (reason string, metadata map[string]string, retryAfter time.Duration) {
	for _, detail := range status.Convert(err).Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			reason, metadata = detail.GetReason(), detail.GetMetadata()
		case *errdetails.RetryInfo:
			retryAfter = detail.GetRetryDelay().AsDuration()
		}
	}
	return reason, metadata, retryAfter
}
