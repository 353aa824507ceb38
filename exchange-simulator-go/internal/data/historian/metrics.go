package historian

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/history"
)

// measure registers the figures of the historian.
func (h *Historian) measure() {
	factory := promauto.With(h.options.Registerer)
	h.failures = factory.NewCounter(prometheus.CounterOpts{
		Name: "exchange_history_checkpoint_failures_total", Help: "Checkpoints of the history of accounts that could not be written.",
	})
	factory.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "exchange_history_lag_events", Help: "Events of the venue that are not in the history of accounts yet.",
	}, h.lag)
	factory.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "exchange_history_missed_events", Help: "Events that the journal had dropped before they came into the history of accounts.",
	}, h.figure(func(kept *history.History) float64 { return float64(kept.Missed()) }))
	for kind, held := range map[string]func(*history.History) int{"fills": fillsOf, "entries": entriesOf} {
		factory.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "exchange_history_records", Help: "Records in the history of accounts, by kind: fills, entries.",
			ConstLabels: prometheus.Labels{"kind": kind},
		}, h.figure(func(kept *history.History) float64 { return float64(held(kept)) }))
	}
}

// lag: the history is looked at first, so that the difference is never negative.
func (h *Historian) lag() float64 {
	applied := h.applied.Load()
	return float64(h.options.Machine.Stats().Events - applied)
}

// figure reads a figure of the history as it is.
func (h *Historian) figure(of func(*history.History) float64) func() float64 {
	return func() float64 {
		h.mu.RLock()
		defer h.mu.RUnlock()
		return of(h.history)
	}
}

func fillsOf(kept *history.History) int {
	fills, _ := kept.Held()
	return fills
}

func entriesOf(kept *history.History) int {
	_, entries := kept.Held()
	return entries
}
