package feed

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the feed's figures; a hub without a registerer keeps them to itself.
type metrics struct {
	active    prometheus.Gauge
	opened    prometheus.Counter
	closed    *prometheus.CounterVec
	resumed   prometheus.Counter
	conflated prometheus.Counter
	ticks     prometheus.Counter
	duration  prometheus.Histogram
}

func newMetrics(registerer prometheus.Registerer) *metrics {
	m := &metrics{
		active: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "market_data_subscribers", Help: "Open price streams.",
		}),
		opened: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "market_data_streams_opened_total", Help: "Price streams opened.",
		}),
		closed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "market_data_streams_closed_total", Help: "Price streams ended, by reason: reader, shutdown, broken.",
		}, []string{"reason"}),
		resumed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "market_data_streams_resumed_total", Help: "Price streams opened with after_sequence.",
		}),
		conflated: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "market_data_updates_conflated_total", Help: "Updates that slow readers were not sent, per stream and tick.",
		}),
		ticks: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "market_data_ticks_published_total", Help: "Ticks published, of all instruments together.",
		}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "market_data_tick_seconds", Help: "Time to compute and encode a tick of all instruments.",
			Buckets: prometheus.ExponentialBuckets(2e-6, 4, 10),
		}),
	}
	if registerer != nil {
		registerer.MustRegister(m.active, m.opened, m.closed, m.resumed, m.conflated, m.ticks, m.duration)
	}
	return m
}

func (m *metrics) published(took time.Duration) {
	m.ticks.Inc()
	m.duration.Observe(took.Seconds())
}

func (m *metrics) streamOpened(resumes bool) {
	m.active.Inc()
	m.opened.Inc()
	if resumes {
		m.resumed.Inc()
	}
}

func (m *metrics) streamClosed(reason string) {
	m.active.Dec()
	m.closed.WithLabelValues(reason).Inc()
}
