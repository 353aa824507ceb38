package clients

// One peer: its channel, its breaker, and the account of the calls made to it. Each call passes here, so that all
// counting is by atomics and metric handles bound beforehand.

import (
	"cmp"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"github.com/sony/gobreaker/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// failure is a server fault, kept for people who ask why.
type failure struct {
	text string
	at   time.Time
}

type peer struct {
	self, name string
	conn       *grpc.ClientConn
	log        logrus.FieldLogger
	traced     bool // the channel's stats handler injects the trace context

	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	phase   atomic.Pointer[phase] // written under the breaker's lock
	logged  atomic.Pointer[phase]

	outcomes [codes.Unauthenticated + 1]atomic.Uint64 // by code; a stream counts at its first message and when it fails later
	refused  atomic.Uint64                            // calls that the breaker did not let through
	latency  prometheus.Observer                      // seconds until the answer, or until the first message of a stream
	smoothed atomic.Int64                             // the same, nanoseconds, exponentially weighted
	failure  atomic.Pointer[failure]                  // the last server fault
}

func newPeer(name string, options Options, latency prometheus.Observer) *peer {
	made := &peer{
		self: options.Self, name: name, log: options.Log.WithField("peer", name), latency: latency, traced: telemetry.Traced(options.Tracing),
	}
	first := &phase{gobreaker.StateClosed, time.Now()}
	made.phase.Store(first)
	made.logged.Store(first)
	made.breaker = newBreaker(name, made.phase.Store)
	return made
}

// answered accounts for the end of a call, or for the first message of a stream.
func (p *peer) answered(done func(error), err error, took time.Duration) {
	p.count(err, done)
	p.latency.Observe(took.Seconds())
	// Weight 1/8 for the newest, as for round trip times in TCP (RFC 6298); a lost race loses one sample.
	old := p.smoothed.Load()
	p.smoothed.CompareAndSwap(old, cmp.Or(old, int64(took))*7/8+int64(took)/8)
}

// failedLater accounts for the failure of a stream that had begun well: it counts anew. Its deadline and its cancellation are
// the caller's own plan by then.
func (p *peer) failedLater(err error) {
	code := status.Code(err)
	if code == codes.Canceled || code == codes.DeadlineExceeded {
		return
	}
	done, refused := p.breaker.Allow()
	if refused != nil {
		done = func(error) {}
	}
	p.count(err, done)
}

// count keeps the error first and then tells the breaker, so that a circuit which opens can say why.
func (p *peer) count(err error, done func(error)) {
	code := status.Code(err)
	p.outcomes[min(code, codes.Unauthenticated)].Add(1)
	if serverFault(code) {
		p.failure.Store(&failure{err.Error(), time.Now()})
	}
	done(err)
	p.logPhase()
}

// logPhase logs a change of the breaker's state, outside of its lock.
func (p *peer) logPhase() {
	was, now := p.logged.Load(), p.phase.Load()
	if was == now || !p.logged.CompareAndSwap(was, now) {
		return
	}
	switch now.state {
	case gobreaker.StateClosed:
		p.log.Info("circuit closed: the peer is back")
	case gobreaker.StateOpen:
		p.log.WithField("error", p.failure.Load().text).Warn("circuit open: the peer keeps failing, so it is not called until it is probed again")
	}
}
