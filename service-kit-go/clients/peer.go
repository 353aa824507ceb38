package clients

// One peer: its channel, its breaker, the account of the calls made to it, and what /metrics and /readyz say of them. Each call passes here, so that all
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

	"github.com/trading-ecosystem/service-kit-go/health"
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
	news    atomic.Bool           // the state has changed and that has not been logged

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
	made.phase.Store(&phase{gobreaker.StateClosed, time.Now()})
	made.breaker = newBreaker(name, func(now *phase) { made.phase.Store(now); made.news.Store(true) })
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
	if !p.news.Swap(false) {
		return
	}
	switch p.phase.Load().state {
	case gobreaker.StateClosed:
		p.log.Info("circuit closed: the peer is back")
	case gobreaker.StateOpen:
		p.log.WithField("error", p.failure.Load().text).Warn("circuit open: the peer keeps failing, so it is not called until it is probed again")
	}
}

var (
	requestsDesc = prometheus.NewDesc("peer_requests_total",
		"Calls to a peer by the code they ended with. A stream counts at its first message, and once more if it fails later.",
		[]string{"peer", "code"}, nil)
	refusedDesc = prometheus.NewDesc("peer_refused_total",
		"Calls to a peer that were not made because its circuit was open.", []string{"peer"}, nil)
	breakerDesc = prometheus.NewDesc("peer_breaker_state",
		"State of the circuit breaker of a peer: 0 closed, 1 half-open, 2 open.", []string{"peer"}, nil)
)

func newLatency(registerer prometheus.Registerer) *prometheus.HistogramVec {
	return telemetry.Metrics{Registerer: registerer}.Seconds("peer_latency_seconds",
		"Time until a peer answered a call, or until the first message of a stream.", "peer")
}

// Describe implements prometheus.Collector.
func (m *Manager) Describe(descs chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, descs) }

// Collect implements prometheus.Collector.
func (m *Manager) Collect(metrics chan<- prometheus.Metric) {
	for _, peer := range m.known() {
		state, refused := float64(peer.phase.Load().state), float64(peer.refused.Load())
		metrics <- prometheus.MustNewConstMetric(breakerDesc, prometheus.GaugeValue, state, peer.name)
		metrics <- prometheus.MustNewConstMetric(refusedDesc, prometheus.CounterValue, refused, peer.name)
		for code, count := range peer.counts() {
			metrics <- prometheus.MustNewConstMetric(requestsDesc, prometheus.CounterValue, float64(count), peer.name, code.String())
		}
	}
}

// Dependencies implements health.Source: one for each peer used so far, "peer:<name>". A peer whose circuit is not closed
// is degraded, never down: this daemon serves on without it.
func (m *Manager) Dependencies() []health.Dependency {
	var all []health.Dependency
	for _, peer := range m.known() {
		all = append(all, peer.dependency())
	}
	return all
}

func (p *peer) dependency() health.Dependency {
	phase, requests, errors := p.phase.Load(), uint64(0), map[string]uint64{}
	for code, count := range p.counts() {
		requests += count
		errors[code.String()] = count
	}
	delete(errors, codes.OK.String())
	dependency := health.Dependency{Name: "peer:" + p.name, State: health.Up, Since: phase.since.UTC(), Detail: map[string]any{
		"breaker": phase.state.String(), "requests": requests, "errors": errors, "refused": p.refused.Load(),
		"latency_ms": float64(p.smoothed.Load()) / float64(time.Millisecond),
	}}
	if phase.state != gobreaker.StateClosed {
		dependency.State = health.Degraded
	}
	if phase.state == gobreaker.StateOpen {
		dependency.Detail["probe_at"] = phase.since.Add(BreakerOpen).UTC()
	}
	if failure := p.failure.Load(); failure != nil {
		dependency.LastError, dependency.LastErrorAt = failure.text, failure.at.UTC()
	}
	return dependency
}

// counts are the calls by the code that they ended with, where there were any.
func (p *peer) counts() map[codes.Code]uint64 {
	counts := map[codes.Code]uint64{}
	for code := range p.outcomes {
		if count := p.outcomes[code].Load(); count > 0 {
			counts[codes.Code(code)] = count
		}
	}
	return counts
}
