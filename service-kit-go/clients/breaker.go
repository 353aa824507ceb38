package clients

// When a peer is left alone: the circuit breaker of one peer, and which outcomes count for and against it.

import (
	"fmt"
	"slices"
	"time"

	"github.com/sony/gobreaker/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// The breaker of a peer opens after BreakerFailures server faults in a row. BreakerOpen later one call is let through as a
// probe: it closes the breaker or opens it again. While a probe has not been decided for ProbePatience (a call without
// a deadline, a stream that stays silent) another one is let through.
const (
	BreakerFailures = 5
	BreakerOpen     = 30 * time.Second
	ProbePatience   = 5 * time.Second
)

func newBreaker(name string, enter func(gobreaker.State)) *gobreaker.TwoStepCircuitBreaker[struct{}] {
	return gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name:         name,
		MaxRequests:  1,
		Timeout:      BreakerOpen - 1, // the library waits for more than its timeout; callers who wait BreakerOpen exactly must pass
		ReadyToTrip:  func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures >= BreakerFailures },
		IsSuccessful: func(err error) bool { return !serverFault(status.Code(err)) },
		IsExcluded:   func(err error) bool { return saysNothing(status.Code(err)) },
		// Runs under the breaker's lock, so it only records.
		OnStateChange: func(_ string, _, to gobreaker.State) { enter(to) },
	})
}

// serverFault reports whether a code blames the peer. DEADLINE_EXCEEDED does, since it is all that a peer which hangs lets its
// callers see. Any other code is an answer, hence a sign of life.
func serverFault(code codes.Code) bool {
	return slices.Contains([]codes.Code{codes.Unavailable, codes.DeadlineExceeded, codes.Internal, codes.Unknown, codes.DataLoss}, code)
}

// saysNothing reports whether a code tells neither good nor bad of the peer: the caller gave up, or a limit was reached, on
// this side (a message too large) or on that one, which by shedding load does as it should.
func saysNothing(code codes.Code) bool {
	return code == codes.Canceled || code == codes.ResourceExhausted
}

// admit asks the breaker for leave to call. Done takes the outcome, once.
func (p *peer) admit() (done func(error), err error) {
	done, err = p.breaker.Allow()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err != nil:
		p.refused++
		p.manager.refused.WithLabelValues(p.name).Inc()
		return nil, p.refusal()
	case p.state == gobreaker.StateHalfOpen:
		return impatient(done), nil
	}
	return done, nil
}

// impatient keeps a probe that is never decided from shutting out all other calls for ever.
func impatient(done func(error)) func(error) {
	timer := time.AfterFunc(ProbePatience, func() { done(status.Error(codes.Canceled, "the probe takes too long to be waited for")) })
	return func(err error) {
		if timer.Stop() {
			done(err)
		}
	}
}

// refusal is the error of a call that the breaker did not let through. The caller holds mu.
func (p *peer) refusal() error {
	when, wait := "one call is probing right now whether it is back", ProbePatience
	if p.state == gobreaker.StateOpen {
		probe := p.since.Add(BreakerOpen)
		wait = max(time.Until(probe), time.Millisecond)
		when = fmt.Sprintf("it will be probed again in %v, at %s", wait.Round(time.Millisecond), probe.Format(time.RFC3339))
	}
	refusal := errs.New(errs.Unavailable, "CIRCUIT_OPEN", "%s is not called since it failed %d times in a row: %s; its last error was: %s",
		p.name, BreakerFailures, when, p.failure).With("service", p.name).WithRetryAfter(wait)
	refusal.Domain = p.manager.options.Self
	return refusal
}
