package clients

// One peer: its channel, its breaker, and the account of the calls made to it. Each call passes here, so the account is
// locked for a few writes only.

import (
	"cmp"
	"maps"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/sony/gobreaker/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/service-kit-go/health"
)

type peer struct {
	manager *Manager // whose options and metrics it shares
	name    string
	conn    *grpc.ClientConn
	log     logrus.FieldLogger
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]

	mu      sync.Mutex // taken under the breaker's lock, so the breaker must not be called under it
	account            // guarded by mu
}

// account is how a peer has been doing. Times are wall time, UTC.
type account struct {
	state    gobreaker.State
	since    time.Time         // when that state began
	news     bool              // that has not been logged
	outcomes map[string]uint64 // by code; a stream counts at its first message and when it fails later
	refused  uint64            // calls that the breaker did not let through
	smoothed time.Duration     // until the answer, or until the first message of a stream; exponentially weighted
	failure  string            // the last server fault; "" before the first
	failedAt time.Time
}

func newPeer(name string, m *Manager) *peer {
	begun := account{since: time.Now().UTC(), outcomes: map[string]uint64{}}
	made := &peer{manager: m, name: name, log: m.options.Log.WithField("peer", name), account: begun}
	m.refused.WithLabelValues(name)
	m.state.WithLabelValues(name) // so that both show from the beginning
	made.breaker = newBreaker(name, made.enter)
	return made
}

// enter records a new state of the breaker, under whose lock it is called.
func (p *peer) enter(state gobreaker.State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state, p.since, p.news = state, time.Now().UTC(), true
	p.manager.state.WithLabelValues(p.name).Set(float64(state))
}

// answered accounts for the end of a call, or for the first message of a stream.
func (p *peer) answered(done func(error), err error, took time.Duration) {
	p.manager.latency.WithLabelValues(p.name).Observe(took.Seconds())
	p.mu.Lock()
	// Weight 1/8 for the newest, as for round trip times in TCP (RFC 6298).
	p.smoothed = cmp.Or(p.smoothed, took)*7/8 + took/8
	p.mu.Unlock()
	p.count(err, done)
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

// count keeps the error first and then tells the breaker, so that a circuit which opens can say why. It logs a change of the
// breaker's state, outside of its lock.
func (p *peer) count(err error, done func(error)) {
	code := status.Code(err)
	p.manager.requests.WithLabelValues(p.name, code.String()).Inc()
	p.mu.Lock()
	p.outcomes[code.String()]++
	if serverFault(code) {
		p.failure, p.failedAt = err.Error(), time.Now().UTC()
	}
	p.mu.Unlock()
	done(err)
	p.mu.Lock()
	now := p.account
	p.news = false
	p.mu.Unlock()
	switch {
	case now.news && now.state == gobreaker.StateClosed:
		p.log.Info("circuit closed: the peer is back")
	case now.news && now.state == gobreaker.StateOpen:
		p.log.WithField("error", now.failure).Warn("circuit open: the peer keeps failing, so it is not called until it is probed again")
	}
}

func (p *peer) dependency() health.Dependency {
	p.mu.Lock()
	defer p.mu.Unlock()
	requests, errors := uint64(0), maps.Clone(p.outcomes)
	for _, count := range errors {
		requests += count
	}
	delete(errors, codes.OK.String())
	dependency := health.Dependency{
		Name: "peer:" + p.name, State: health.Up, Since: p.since, LastError: p.failure, LastErrorAt: p.failedAt,
		Detail: map[string]any{
			"breaker": p.state.String(), "requests": requests, "errors": errors, "refused": p.refused,
			"latency_ms": float64(p.smoothed) / float64(time.Millisecond),
		},
	}
	if p.state != gobreaker.StateClosed {
		dependency.State = health.Degraded
	}
	if p.state == gobreaker.StateOpen {
		dependency.Detail["probe_at"] = p.since.Add(BreakerOpen)
	}
	return dependency
}
