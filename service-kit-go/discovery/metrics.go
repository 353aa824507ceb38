package discovery

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// directoryMetrics counts what a directory does.
type directoryMetrics struct {
	lookups    *prometheus.CounterVec
	instances  *prometheus.GaugeVec
	pruned     prometheus.Counter
	reconnects prometheus.Counter
}

func newDirectoryMetrics(reg prometheus.Registerer) directoryMetrics {
	metrics := promauto.With(reg)
	return directoryMetrics{
		lookups: metrics.NewCounterVec(prometheus.CounterOpts{
			Name: "discovery_lookups_total", Help: "Readings of the instances of a name, by result: ok or error.",
		}, []string{"result"}),
		instances: metrics.NewGaugeVec(prometheus.GaugeOpts{
			Name: "discovery_instances", Help: "Instances known, by logical name.",
		}, []string{"name"}),
		pruned: metrics.NewCounter(prometheus.CounterOpts{
			Name: "discovery_pruned_total", Help: "Expired instances that this process removed from the fleet.",
		}),
		reconnects: metrics.NewCounter(prometheus.CounterOpts{
			Name: "discovery_watch_reconnects_total", Help: "Times the subscription to changes broke or could not be made.",
		}),
	}
}

func (m directoryMetrics) lookup(err error) {
	result := "ok"
	if err != nil {
		result = "error"
	}
	m.lookups.WithLabelValues(result).Inc()
}
