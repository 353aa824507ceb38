package remoteconfig

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics of a client. The hit ratio is config_reads_total{result="hit"} over all config_reads_total.
type metrics struct {
	reads    *prometheus.CounterVec
	requests *prometheus.HistogramVec
}

func newMetrics(reg prometheus.Registerer, c *Client) metrics {
	auto := promauto.With(reg)
	if reg != nil {
		reg.MustRegister(ages{c})
	}
	return metrics{
		reads: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "config_reads_total",
			Help: "Reads of configuration documents, by result: hit, stale (answered at once, renewed behind), miss (waited).",
		}, []string{"document", "result"}),
		requests: auto.NewHistogramVec(prometheus.HistogramOpts{
			Name: "config_request_seconds", Buckets: prometheus.ExponentialBuckets(0.001, 4, 7),
			Help: "Time of requests for configuration documents, by result: ok, unchanged, refused (does not decode), error.",
		}, []string{"document", "result"}),
	}
}

var ageDescription = prometheus.NewDesc("config_age_seconds",
	"Time since the configuration server last confirmed the value in use; 0 without a server.", []string{"document"}, nil)

// ages computes the age of each document when somebody looks.
type ages struct{ client *Client }

// Describe implements prometheus.Collector.
func (ages) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- ageDescription }

// Collect implements prometheus.Collector.
func (a ages) Collect(values chan<- prometheus.Metric) {
	for _, d := range a.client.sorted() {
		values <- prometheus.MustNewConstMetric(ageDescription, prometheus.GaugeValue, d.age().Seconds(), d.name)
	}
}
