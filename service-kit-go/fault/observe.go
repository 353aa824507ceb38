package fault

// What /metrics and /readyz say about faults.

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/trading-ecosystem/service-kit-go/health"
)

func newHits() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "fault_hits_total", Help: "Calls (messages, for drop_messages) that injected faults have struck, by effect.",
	}, []string{"effect"})
}

func newActive(injector *Injector) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "fault_active", Help: "Injected faults that are active.",
	}, func() float64 { return float64(len(injector.faults())) })
}

// Dependencies implements health.Source: "faults", degraded while any is active, with what they are.
func (i *Injector) Dependencies() []health.Dependency {
	i.mu.Lock()
	defer i.mu.Unlock()
	faults := i.faults()
	dependency := health.Dependency{Name: "faults", State: health.Up, Since: i.since.UTC()}
	var active []map[string]any
	for _, fault := range faults {
		active = append(active, map[string]any{
			"fault_id": fault.id, "effect": fault.effect, "method_pattern": fault.spec.MethodPattern,
			"probability": fault.spec.Probability, "hits": fault.hits.Load(), "expires_at": fault.expires(),
		})
	}
	if len(active) > 0 {
		dependency.State, dependency.Detail = health.Degraded, map[string]any{"active": active}
	}
	return []health.Dependency{dependency}
}
