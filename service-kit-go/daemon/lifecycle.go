package daemon

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// State is how far a daemon has come in its life; the states follow one another in this order.
type State string

// The states of a daemon.
const (
	StateNew      State = "new"
	StateStarting State = "starting" // bound and listening, not yet able to do its job
	StateServing  State = "serving"
	StateImpaired State = "impaired" // listening, but its health check fails
	StateDraining State = "draining"
	StateStopped  State = "stopped"
)

// lifecycle is the state as the HTTP side, metrics and tests see it.
type lifecycle struct {
	mu      sync.Mutex
	state   State
	since   time.Time
	reason  string        // why it is not serving
	serving chan struct{} // closed when it first serves
	served  sync.Once
	gauge   *prometheus.GaugeVec
}

func newLifecycle(registry prometheus.Registerer) *lifecycle {
	gauge := telemetry.Metrics{Registerer: registry}.Gauge("daemon_state", "1 for the state that the daemon is in.", "state")
	l := &lifecycle{serving: make(chan struct{}), gauge: gauge}
	l.enter(StateNew, "not started")
	return l
}

// enter changes the state and reports whether that changed anything. A daemon that drains never serves again, and one
// that starts is not impaired before it has served.
func (l *lifecycle) enter(state State, reason string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	draining := l.state == StateDraining || l.state == StateStopped
	if draining && state != StateStopped {
		return false
	}
	l.reason = reason
	if l.state == state || l.state == StateStarting && state == StateImpaired {
		return false
	}
	l.gauge.Reset()
	l.gauge.WithLabelValues(string(state)).Set(1)
	l.state, l.since = state, time.Now().UTC()
	return true
}

// tell lets go of whoever waits for the daemon to serve; by then its health says so.
func (l *lifecycle) tell() { l.served.Do(func() { close(l.serving) }) }

func (l *lifecycle) now() (state State, since time.Time, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state, l.since, l.reason
}
