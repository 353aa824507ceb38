// Package metrics shows the venue and its journal to Prometheus: figures are read when they are asked for, so that the path of
// orders counts nothing. Labels are the symbols that are listed, the phases and the consumers of the journal.
package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// Patience bounds how long the venue is waited for; without its answer its figures are left out.
const Patience = time.Second

// Options say where figures come from. All are needed.
type Options struct {
	Machine   *records.Machine
	State     *records.State
	Ages      func() map[string]time.Duration // of the reference prices, by symbol
	Dropped   func() uint64                   // events that the audit has lost
	Consumers []string
}

// Collector implements prometheus.Collector. Make it with New.
type Collector struct{ options Options }

// New makes a collector.
func New(options Options) *Collector { return &Collector{options} }

var (
	commands  = describe("exchange_commands_total", "Commands in the journal.")
	events    = describe("exchange_events_total", "Events of the venue, the sequence of the last one.")
	earliest  = describe("exchange_earliest_event", "The first event that can still be read.")
	dropped   = describe("exchange_audit_events_dropped_total", "Events that were dropped before the audit had fetched them, since the start.")
	bytes     = describe("exchange_event_log_bytes", "Bytes of the event log on disk.")
	groups    = describe("exchange_journal_groups_total", "Groups of commands that were synced since the start.")
	queued    = describe("exchange_queued_commands", "Commands that wait for the journal.")
	unsaved   = describe("exchange_commands_since_snapshot", "Commands after the last snapshot: those that a start would replay.")
	unsaid    = describe("exchange_snapshot_failed", "1 when the last attempt at a snapshot failed, else 0.")
	lag       = describe("exchange_consumer_lag_events", "Events that a consumer of the journal has not acknowledged.", "consumer")
	trades    = describe("exchange_trades_total", "Trades so far.")
	open      = describe("exchange_open_orders", "Orders that rest or wait.", "symbol")
	phase     = describe("exchange_phase", "1 for the phase that the symbol is in, else 0.", "symbol", "phase")
	stale     = describe("exchange_reference_stale", "1 while the venue takes the reference price for stale, else 0.", "symbol")
	reference = describe("exchange_reference_age_seconds", "Wall time since market data sent a price.", "symbol")
)

// phases are the labels of the phases.
var phases = map[matching.Phase]string{
	matching.PreOpen: "pre_open", matching.Calling: "call", matching.Continuous: "continuous", matching.Halted: "halted",
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, one := range []*prometheus.Desc{
		commands, events, earliest, dropped, bytes, groups, queued, unsaved, unsaid, lag, trades, open, phase, stale, reference,
	} {
		to <- one
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	stats := c.options.Machine.Stats()
	c.journal(to, stats)
	for symbol, age := range c.options.Ages() {
		gauge(to, reference, age.Seconds(), symbol)
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	var shown []symbol
	var traded uint64
	if c.options.Machine.Read(ctx, func() { shown, traded = look(c.options.State.Venue) }) != nil {
		return
	}
	counter(to, trades, float64(traded))
	for _, one := range shown {
		one.collect(to)
	}
}

func (c *Collector) journal(to chan<- prometheus.Metric, stats journal.Stats) {
	counter(to, commands, float64(stats.Commands))
	counter(to, events, float64(stats.Events))
	counter(to, groups, float64(stats.Groups))
	counter(to, dropped, float64(c.options.Dropped()))
	gauge(to, earliest, float64(stats.EarliestEvent))
	gauge(to, bytes, float64(stats.EventBytes))
	gauge(to, queued, float64(stats.Queued))
	gauge(to, unsaved, float64(stats.Commands-min(stats.Snapshot, stats.Commands)))
	gauge(to, unsaid, truth(stats.SnapshotError != nil))
	for _, consumer := range c.options.Consumers {
		gauge(to, lag, float64(stats.Events-min(c.options.Machine.Cursor(consumer), stats.Events)), consumer)
	}
}

// symbol is what is shown of one instrument.
type symbol struct {
	name  string
	state venue.State
}

func look(v *venue.Venue) (shown []symbol, traded uint64) {
	listing := v.Listing()
	if listing == nil {
		return nil, 0
	}
	for n := range listing.Instruments {
		shown = append(shown, symbol{listing.Instruments[n].Symbol, v.State(int32(n))})
	}
	return shown, v.Trades()
}

func (s symbol) collect(to chan<- prometheus.Metric) {
	gauge(to, open, float64(s.state.Open), s.name)
	gauge(to, stale, truth(s.state.Stale), s.name)
	for one, name := range phases {
		gauge(to, phase, truth(s.state.Phase == one), s.name, name)
	}
}

func truth(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

func gauge(to chan<- prometheus.Metric, what *prometheus.Desc, value float64, labels ...string) {
	to <- prometheus.MustNewConstMetric(what, prometheus.GaugeValue, value, labels...)
}

func counter(to chan<- prometheus.Metric, what *prometheus.Desc, value float64) {
	to <- prometheus.MustNewConstMetric(what, prometheus.CounterValue, value)
}
