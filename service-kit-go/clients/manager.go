// Package clients is how a daemon calls other daemons: one managed channel for each logical name, balanced over the healthy
// replicas, with a circuit breaker, retries within a budget, and an account of how each peer is doing.
package clients

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/resolver"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// IdleTimeout is the default of Options.Idle: after so long without a call a channel closes its connections; the
// next call opens them again.
const IdleTimeout = 30 * time.Minute

// Options say how a Manager reaches its peers.
type Options struct {
	Self       string                // logical name of the calling daemon: the domain of the errors made here
	Resolver   resolver.Builder      // turns fleet:///<name> into addresses
	Log        logrus.FieldLogger    // breakers that open and close
	Registerer prometheus.Registerer // metrics of the peers; a Manager registers once
	Tracing    trace.TracerProvider  // spans of calls; nil or a no-op provider only passes trace context on
	Idle       time.Duration         // 0 means IdleTimeout
	Dial       []grpc.DialOption     // come last, so that they win, e.g. transport credentials
}

// Manager keeps one channel for each logical name, made when the name is first used. It is safe for use by several
// goroutines, and is a health.Source.
type Manager struct {
	options Options
	latency *prometheus.HistogramVec

	mu     sync.Mutex
	peers  map[string]*peer
	closed bool
}

// New makes a Manager. It connects to nobody yet.
func New(options Options) *Manager {
	options.Idle = cmp.Or(options.Idle, IdleTimeout)
	manager := &Manager{options: options, latency: newLatency(options.Registerer), peers: map[string]*peer{}}
	options.Registerer.MustRegister(manager)
	return manager
}

// Close closes all channels; calls in flight end with CANCELLED. It is safe to call twice.
func (m *Manager) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	for _, peer := range m.peers {
		_ = peer.conn.Close() // fails only when closed already
	}
	return nil
}

// conn returns the channel of a name. Services are what it serves: their reading methods may be retried.
func (m *Manager) conn(name string, services ...*grpc.ServiceDesc) grpc.ClientConnInterface {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.peers[name]; ok {
		return known.conn
	}
	if m.closed {
		return broken{errs.New(errs.Unavailable, "SHUTTING_DOWN", "call %s: this daemon is shutting down", name)}
	}
	added := newPeer(name, m.options, m.latency.WithLabelValues(name))
	conn, err := dial(added, m.options, services)
	if err != nil {
		return broken{errs.New(errs.Internal, "BAD_CHANNEL", "make a channel to %s: %w", name, err)}
	}
	added.conn = conn
	m.peers[name] = added
	return conn
}

// known returns the peers used so far, ordered by name.
func (m *Manager) known() []*peer {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Values(m.peers), func(a, b *peer) int { return cmp.Compare(a.name, b.name) })
}

// broken stands in for a channel that cannot be had, so that accessors need no error of their own: each call says why.
type broken struct{ err error }

// Invoke implements grpc.ClientConnInterface.
func (b broken) Invoke(context.Context, string, any, any, ...grpc.CallOption) error {
	return b.err
}

// NewStream implements grpc.ClientConnInterface.
func (b broken) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, b.err
}
