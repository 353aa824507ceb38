// Package clients is how a daemon calls other daemons: one managed channel for each logical name, balanced over the healthy
// replicas, with a circuit breaker, retries within a budget, and an account of how each peer is doing.
package clients

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/resolver"

	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// IdleTimeout is how long a channel may be without a call before it closes its connections; the next call opens them again.
const IdleTimeout = 30 * time.Minute

// Options say how a Manager reaches its peers.
type Options struct {
	Self       string                // logical name of the calling daemon: the domain of the errors made here
	Resolver   resolver.Builder      // turns fleet:///<name> into addresses
	Log        logrus.FieldLogger    // breakers that open and close
	Registerer prometheus.Registerer // metrics of the peers; a Manager registers once
	Tracing    trace.TracerProvider  // spans of calls; nil only passes trace context on
	Dial       []grpc.DialOption     // come last, so that they win, e.g. transport credentials
}

// Manager keeps one channel for each logical name, made when the name is first used. It is safe for use by several
// goroutines, and is a health.Source.
type Manager struct {
	options           Options
	requests, refused *prometheus.CounterVec
	state             *prometheus.GaugeVec
	latency           *prometheus.HistogramVec

	mu     sync.Mutex
	peers  map[string]*peer
	closed bool
}

// New makes a Manager. It connects to nobody yet.
func New(options Options) *Manager {
	metrics := telemetry.Metrics{Registerer: options.Registerer}
	return &Manager{
		options: options, peers: map[string]*peer{},
		requests: metrics.Counter("peer_requests_total",
			"Calls to a peer by the code they ended with. A stream counts at its first message, and once more if it fails later.", "peer", "code"),
		refused: metrics.Counter("peer_refused_total", "Calls to a peer that were not made because its circuit was open.", "peer"),
		state:   metrics.Gauge("peer_breaker_state", "State of the circuit breaker of a peer: 0 closed, 1 half-open, 2 open.", "peer"),
		latency: metrics.Seconds("peer_latency_seconds", "Time until a peer answered a call, or until the first message of a stream.", "peer"),
	}
}

// Close closes all channels; calls in flight, and later ones, end with CANCELLED. It is safe to call twice.
func (m *Manager) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	for _, peer := range m.peers {
		_ = peer.conn.Close() // fails only when closed already
	}
}

// conn returns the channel of a name.
func (m *Manager) conn(name string) *grpc.ClientConn {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.peers[name]; ok {
		return known.conn
	}
	added := newPeer(name, m)
	added.conn = dial(added, m.options)
	if m.closed {
		_ = added.conn.Close()
	}
	m.peers[name] = added
	return added.conn
}

// Dependencies implements health.Source: one for each peer used so far, "peer:<name>". A peer whose circuit is not closed
// is degraded, never down: this daemon serves on without it.
func (m *Manager) Dependencies() (all []health.Dependency) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(m.peers)) {
		all = append(all, m.peers[name].dependency())
	}
	return all
}
