package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics makes and registers metrics, a line each. A nil Registerer keeps them private. A metric without labels is the
// vector's only element: ask for it, by WithLabelValues(), where the metric is made, so that it shows from the beginning.
type Metrics struct{ prometheus.Registerer }

// Counter makes a counter.
func (m Metrics) Counter(name, help string, labels ...string) *prometheus.CounterVec {
	return promauto.With(m.Registerer).NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// Gauge makes a gauge.
func (m Metrics) Gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	return promauto.With(m.Registerer).NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
}

// Seconds makes a histogram of durations in seconds, with buckets from 100 us to 15 s.
func (m Metrics) Seconds(name, help string, labels ...string) *prometheus.HistogramVec {
	return promauto.With(m.Registerer).NewHistogramVec(prometheus.HistogramOpts{
		Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(100e-6, 2.5, 14),
	}, labels)
}
