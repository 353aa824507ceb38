package feed

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// metrics are the feed's figures; a hub without a registerer keeps them to itself.
type metrics struct {
	active    prometheus.Gauge
	opened    prometheus.Counter
	closed    *prometheus.CounterVec
	resumed   prometheus.Counter
	conflated prometheus.Counter
	symbols   prometheus.Gauge
	turned    *prometheus.CounterVec
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
			Name: "market_data_streams_closed_total", Help: "Price streams ended, by reason: reader, shutdown, broken (the connection), failed.",
		}, []string{"reason"}),
		resumed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "market_data_streams_resumed_total", Help: "Price streams opened to go on after a sequence.",
		}),
		conflated: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "market_data_updates_conflated_total", Help: "Updates that slow readers were not sent, per stream and tick.",
		}),
		symbols: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "market_data_subscriptions", Help: "Symbols that open price streams follow, of all streams together.",
		}),
		turned: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "market_data_streams_refused_total", Help: "Price streams refused because a limit was reached, by reason.",
		}, []string{"reason"}),
		ticks: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "market_data_ticks_published_total", Help: "Ticks published, of all instruments together.",
		}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "market_data_tick_seconds", Help: "Time to compute and encode a tick of all instruments.",
			Buckets: prometheus.ExponentialBuckets(2e-6, 4, 10),
		}),
	}
	if registerer != nil {
		registerer.MustRegister(m.active, m.opened, m.closed, m.resumed, m.conflated, m.symbols, m.turned, m.ticks, m.duration)
	}
	return m
}

func (m *metrics) published(took time.Duration) {
	m.ticks.Inc()
	m.duration.Observe(took.Seconds())
}

func (m *metrics) refused(err error) {
	var classified *errs.Error
	if errors.As(err, &classified) {
		m.turned.WithLabelValues(classified.Reason).Inc()
	}
}

func (m *metrics) streamOpened(r *reader) {
	m.active.Inc()
	m.opened.Inc()
	m.symbols.Add(float64(len(r.instruments)))
	if r.resumed {
		m.resumed.Inc()
	}
}

func (m *metrics) streamClosed(r *reader, reason string) {
	m.active.Dec()
	m.symbols.Sub(float64(len(r.instruments)))
	m.closed.WithLabelValues(reason).Inc()
}
