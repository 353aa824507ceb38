package settlement

// What others can know of the export: /readyz, metrics, the log, and the backlog that orders are refused for.

import (
	"errors"
	"fmt"
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/sirupsen/logrus"
	"google.golang.org/grpc/status"

	custodianv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/custodian/v1"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// DependencyName is what /readyz calls the export.
const DependencyName = "custodian-settlement"

const (
	// LagAllowed is how many events may wait while the custodian answers; above it the export counts as degraded.
	LagAllowed = 100_000
	// BacklogAge is how old the figures of Backlog may be.
	BacklogAge = 100 * time.Millisecond
)

// report keeps the account.
type report struct {
	tracker *health.Tracker
	machine Machine
	log     logrus.FieldLogger
	last    atomic.Uint64 // acknowledged
	halted  atomic.Uint64 // where the export was stopped; 0 while it is not

	measured atomic.Int64 // wall nanoseconds
	events   atomic.Uint64
	bytes    atomic.Int64

	instructions, failures *prometheus.CounterVec
	failedAt               prometheus.Gauge
}

func newReport(options Options) *report {
	metrics := telemetry.Metrics{Registerer: options.Registerer}
	r := &report{
		tracker: health.NewTracker(DependencyName, health.Degraded), machine: options.Machine, log: options.Log,
		instructions: metrics.Counter("settlement_instructions_total",
			"Trades and deposits in transit that the custodian has acknowledged, by whether they were new to it (accepted) or not (duplicate).", "outcome"),
		failures: metrics.Counter("settlement_failures_total", "Attempts to hand events over to the custodian that failed, by code.", "code"),
		failedAt: metrics.Gauge("settlement_last_failure_timestamp_seconds", "When the last attempt failed; 0 before the first.").WithLabelValues(),
	}
	r.last.Store(options.Machine.Cursor(Consumer))
	for _, outcome := range outcomes {
		r.instructions.WithLabelValues(outcome) // so that both show from the beginning
	}
	r.gauge(options.Registerer)
	r.measure()
	return r
}

// gauge registers what is measured when it is asked for.
func (r *report) gauge(registerer prometheus.Registerer) {
	figure := func(name, help string, value func() float64) {
		promauto.With(registerer).NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	figure("settlement_lag_events", "Events that the custodian has not acknowledged.", func() float64 {
		events, _ := r.Backlog()
		return float64(events)
	})
	figure("settlement_backlog_bytes", "Bytes of the event log that are kept for the custodian, about.", func() float64 {
		_, bytes := r.Backlog()
		return float64(bytes)
	})
	figure("settlement_acknowledged_sequence", "Last event that the custodian has acknowledged.", func() float64 { return float64(r.last.Load()) })
	figure("settlement_stopped_sequence", "Event at which the export stands until a person has helped; 0 when it does not.",
		func() float64 { return float64(r.halted.Load()) })
}

// outcomes are the labels of what became of an instruction.
var outcomes = map[custodianv1.InstructionOutcome]string{
	custodianv1.InstructionOutcome_INSTRUCTION_OUTCOME_ACCEPTED:  "accepted",
	custodianv1.InstructionOutcome_INSTRUCTION_OUTCOME_DUPLICATE: "duplicate",
}

// Backlog returns how many events the custodian has not acknowledged, and about how many bytes of the event log they take; what is
// kept for other reasons does not count. The figures are at most BacklogAge old; it is cheap enough to be asked for each order.
func (r *report) Backlog() (events uint64, bytes int64) {
	now, measured := time.Now().UnixNano(), r.measured.Load()
	if now-measured >= int64(BacklogAge) && r.measured.CompareAndSwap(measured, now) {
		r.measure()
	}
	return r.events.Load(), r.bytes.Load()
}

// measure takes the figures. The bytes are the backlog's share of the segments.
func (r *report) measure() {
	stats := r.machine.Stats()
	acknowledged := max(r.machine.Cursor(Consumer)+1, stats.EarliestEvent) - 1
	if stats.Events <= acknowledged {
		r.events.Store(0)
		r.bytes.Store(0)
		return
	}
	events := stats.Events - acknowledged
	high, low := bits.Mul64(uint64(stats.EventBytes), events)
	share, _ := bits.Div64(high, low, stats.Events-stats.EarliestEvent+1)
	r.events.Store(events)
	r.bytes.Store(int64(share))
}

// Dependencies implements health.Source.
func (r *report) Dependencies() []health.Dependency {
	all := r.tracker.Dependencies()
	events, bytes := r.Backlog()
	all[0].Detail = map[string]any{"acknowledged_sequence": r.last.Load(), "lag_events": events, "backlog_bytes": bytes}
	if halted := r.halted.Load(); halted > 0 {
		all[0].Detail["stopped_at_sequence"] = halted
	}
	return all
}

// meanwhile says what happens while the custodian does not take what is handed over.
const meanwhile = "trading goes on, and what was executed waits in the event log until the custodian takes it"

// succeeded notes that a part was handed over and acknowledged.
func (r *report) succeeded(part batch) {
	r.last.Store(part.through)
	r.halted.Store(0)
	r.measure()
	var late error
	if lag := r.events.Load(); lag > LagAllowed {
		late = fmt.Errorf("the custodian is %d events behind, which is more than %d", lag, LagAllowed)
	}
	r.tracker.Note(r.log, late, meanwhile)
}

// counted counts what the custodian has said of each instruction.
func (r *report) counted(answer *custodianv1.SubmitInstructionsResponse) {
	for _, one := range answer.GetAcknowledgements() {
		r.instructions.WithLabelValues(outcomes[one.GetOutcome()]).Inc()
	}
}

// failed notes a failure; one that needs a person is said aloud each time.
func (r *report) failed(err error) {
	r.failures.WithLabelValues(status.Code(err).String()).Inc()
	r.failedAt.SetToCurrentTime()
	r.tracker.Note(r.log, err, meanwhile)
	if stop, is := errors.AsType[*stopped](err); is {
		r.halted.Store(stop.sequence)
		r.log.WithError(err).WithField("sequence", stop.sequence).
			Error("the export to the custodian has stopped: nothing is skipped, so no trade settles until this is mended")
	}
}
