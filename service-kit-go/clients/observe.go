package clients

// What /metrics and /readyz say about the peers.

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sony/gobreaker/v2"
	"google.golang.org/grpc/codes"

	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

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
