package marketfeed

import "github.com/prometheus/client_golang/prometheus"

// The kinds of streams, a label of metrics.
const (
	books      = "book"
	Trades     = "trades"     // StreamTrades
	Executions = "executions" // StreamExecutions
)

type metrics struct {
	subscribers *prometheus.GaugeVec
	refused     prometheus.Counter
	resnapshots prometheus.Counter
	restarts    prometheus.Counter
}

func newMetrics(registerer prometheus.Registerer, lag func() uint64) *metrics {
	m := &metrics{
		subscribers: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "exchange_feed_subscribers", Help: "Open streams, by what they show: book, trades, executions.",
		}, []string{"stream"}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "exchange_feed_subscribers_refused_total", Help: "Streams refused because the limit was reached.",
		}),
		resnapshots: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "exchange_feed_resnapshots_total", Help: "New snapshots that readers of books got instead of changes that they were too late for.",
		}),
		restarts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "exchange_feed_restarts_total", Help: "Times that the feed was left behind by the journal and copied the books anew.",
		}),
	}
	registerer.MustRegister(m.subscribers, m.refused, m.resnapshots, m.restarts, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "exchange_feed_lag_events", Help: "Events by which the feed is behind the venue.",
	}, func() float64 { return float64(lag()) }))
	return m
}
