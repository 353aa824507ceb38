package settlement

// A custodian that keeps the contract to the letter, and fails when it is told to.

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	grpchealth "google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"

	custodianv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/custodian/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

const custodianAddress = "127.0.0.1:50053"

// custodian takes instructions as the contract says, and misbehaves when told to.
type custodian struct {
	custodianv1.UnimplementedSettlementServiceServer
	server *grpc.Server
	ended  chan struct{}

	mu       sync.Mutex
	before   func(*custodianv1.SubmitInstructionsRequest) error  // what a call fails with; nil lets it through
	after    func(*custodianv1.SubmitInstructionsResponse) error // what happens to its answer
	journal  string
	through  uint64
	gaps     int // batches that left something out
	booked   []*custodianv1.Instruction
	known    map[string]*custodianv1.Instruction
	requests []*custodianv1.SubmitInstructionsRequest
	times    []time.Time
}

func newCustodian() *custodian { return &custodian{known: map[string]*custodianv1.Instruction{}} }

// listen lets the custodian be reached.
func (c *custodian) listen(t tb, network *kittest.Network) {
	t.Helper()
	socket, err := network.Listen(context.Background(), custodianAddress)
	require.NoError(t, err)
	c.server, c.ended = grpc.NewServer(), make(chan struct{})
	custodianv1.RegisterSettlementServiceServer(c.server, c)
	checks := grpchealth.NewServer()
	checks.SetServingStatus("custodian", healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(c.server, checks)
	go func() {
		defer close(c.ended)
		_ = c.server.Serve(socket) // it ends when it is stopped, maybe before it began
	}()
}

// hangUp ends what listen began.
func (c *custodian) hangUp() {
	if c.server != nil {
		c.server.Stop()
		<-c.ended
		c.server = nil
	}
}

func (c *custodian) SubmitInstructions(
	_ context.Context, request *custodianv1.SubmitInstructionsRequest,
) (*custodianv1.SubmitInstructionsResponse, error) {
	answer, after, err := c.submit(request)
	if err == nil && after != nil {
		err = after(answer) // without the lock, since it may take its time
	}
	if err != nil {
		return nil, errs.Status(err, "custodian").Err()
	}
	return answer, nil
}

func (c *custodian) submit(request *custodianv1.SubmitInstructionsRequest) (
	answer *custodianv1.SubmitInstructionsResponse, after func(*custodianv1.SubmitInstructionsResponse) error, err error,
) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests, c.times = append(c.requests, request), append(c.times, time.Now())
	if c.before != nil {
		if err := c.before(request); err != nil {
			return nil, nil, err
		}
	}
	answer, err = c.take(request)
	return answer, c.after, err
}

// take books a batch as a whole or not at all.
func (c *custodian) take(request *custodianv1.SubmitInstructionsRequest) (*custodianv1.SubmitInstructionsResponse, error) {
	from, through := request.GetFromSequence(), request.GetThroughSequence()
	switch {
	case c.journal != "" && c.journal != request.GetJournalId():
		return nil, errs.New(errs.FailedPrecondition, "JOURNAL_CHANGED", "another journal")
	case from < 1 || through < from || len(request.GetInstructions()) > MaxInstructions:
		return nil, errs.InvalidField("through_sequence", through, "a range")
	case from > c.through+1:
		c.gaps++
		return nil, errs.New(errs.FailedPrecondition, "SEQUENCE_GAP", "a gap").With("next_sequence", fmt.Sprint(c.through+1))
	}
	answer := &custodianv1.SubmitInstructionsResponse{}
	var fresh []*custodianv1.Instruction
	at := from
	for _, one := range request.GetInstructions() {
		if one.GetSequence() < at || one.GetSequence() > through {
			return nil, errs.InvalidField("sequence", one.GetSequence(), "ascending and in the range")
		}
		at = one.GetSequence() + 1
		outcome := custodianv1.InstructionOutcome_INSTRUCTION_OUTCOME_DUPLICATE
		switch known := c.known[one.GetInstructionId()]; {
		case known == nil:
			outcome = custodianv1.InstructionOutcome_INSTRUCTION_OUTCOME_ACCEPTED
			fresh = append(fresh, one)
		case !proto.Equal(known, one):
			return nil, errs.New(errs.AlreadyExists, "INSTRUCTION_ID_REUSED", "other content").With("instruction_id", one.GetInstructionId())
		}
		answer.Acknowledgements = append(answer.Acknowledgements,
			&custodianv1.InstructionAcknowledgement{InstructionId: one.GetInstructionId(), Outcome: outcome})
	}
	for _, one := range fresh {
		c.known[one.GetInstructionId()] = one
	}
	c.booked, c.journal, c.through = append(c.booked, fresh...), request.GetJournalId(), max(c.through, through)
	answer.HighestSequence = c.through
	return answer, nil
}

// misbehave sets what happens to calls from now on.
func (c *custodian) misbehave(before func(*custodianv1.SubmitInstructionsRequest) error, after func(*custodianv1.SubmitInstructionsResponse) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before, c.after = before, after
}

// forget makes the custodian as it was after so many of its instructions, which end with an event.
func (c *custodian) forget(instructions int, through uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.booked[instructions:] {
		delete(c.known, one.GetInstructionId())
	}
	c.booked, c.through = c.booked[:instructions], through
}

// all is what was booked, in order.
func (c *custodian) all() []*custodianv1.Instruction {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.booked)
}

// ids of what was booked, in order.
func (c *custodian) ids() (ids []string) {
	for _, one := range c.all() {
		ids = append(ids, one.GetInstructionId())
	}
	return ids
}

// seen is every call, and when it came.
func (c *custodian) seen() ([]*custodianv1.SubmitInstructionsRequest, []time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.requests), slices.Clone(c.times)
}

// calls is how many there were.
func (c *custodian) calls() int {
	requests, _ := c.seen()
	return len(requests)
}

// diary is a log that can be read while it is written.
type diary struct {
	mu   sync.Mutex
	text strings.Builder
}

func (d *diary) Write(line []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(line)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}
