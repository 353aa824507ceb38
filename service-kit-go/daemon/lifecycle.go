package daemon

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/trading-ecosystem/service-kit-go/httpserver"
	"github.com/trading-ecosystem/service-kit-go/settings"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// The states of a daemon: how far it has come in its life. They follow one another in this order.
const (
	StateNew      = "new"
	StateStarting = "starting" // bound and listening, not yet able to do its job
	StateServing  = "serving"
	StateImpaired = "impaired" // listening, but its health check fails
	StateDraining = "draining"
	StateStopped  = "stopped"
)

// lifecycle is the state as the HTTP side, metrics and tests see it.
type lifecycle struct {
	mu      sync.Mutex
	shown   httpserver.Readiness // without the dependencies
	serving chan struct{}        // closed when it first serves
	served  sync.Once
	gauge   *prometheus.GaugeVec
}

func newLifecycle(name, id string, registry prometheus.Registerer) *lifecycle {
	gauge := telemetry.Metrics{Registerer: registry}.Gauge("daemon_state", "1 for the state that the daemon is in.", "state")
	l := &lifecycle{serving: make(chan struct{}), gauge: gauge}
	l.shown = httpserver.Readiness{Name: name, InstanceID: id, Version: settings.Version}
	l.enter(StateNew, "not started")
	return l
}

// enter changes the state and reports whether that changed anything. A daemon that drains never serves again, and one
// that starts is not impaired before it has served.
func (l *lifecycle) enter(state, reason string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.shown.State
	if (now == StateDraining || now == StateStopped) && state != StateStopped {
		return false
	}
	l.shown.Reason = reason
	if now == state || now == StateStarting && state == StateImpaired {
		return false
	}
	l.gauge.Reset()
	l.gauge.WithLabelValues(state).Set(1)
	l.shown.State, l.shown.Since, l.shown.Ready = state, time.Now().UTC(), state == StateServing
	return true
}

// tell lets go of whoever waits for the daemon to serve; by then its health says so.
func (l *lifecycle) tell() { l.served.Do(func() { close(l.serving) }) }

func (l *lifecycle) now() httpserver.Readiness {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.shown
}
