package feed

// Bars of the present. A bar is the same for all its readers, whatever their pace: the first one who needs it makes it.

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/barcsv"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// BarIntervals are the lengths of bars that streams offer.
var BarIntervals = []time.Duration{
	time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 24 * time.Hour,
}

// ticksOf is the number of base ticks of a bar. The bars of an interval are numbered from the price epoch, which is a midnight.
func ticksOf(interval time.Duration) uint64 { return uint64(interval / path.TickInterval) }

// barBatch is the bars of all instruments as of a base tick, encoded for all readers.
type barBatch struct {
	sequence uint64
	frames   []Frame
}

// barMaker turns the bars of a source into batches. It is for one goroutine.
type barMaker struct {
	source  Charted
	symbols []string
	bars    []bar.Bar
}

func newBarMaker(source Charted, instruments []instrument.Instrument) *barMaker {
	m := &barMaker{source: source, bars: make([]bar.Bar, len(instruments))}
	for _, one := range instruments {
		m.symbols = append(m.symbols, one.Symbol)
	}
	return m
}

// make folds and encodes the bars of an interval that hold a base tick, up to it.
func (m *barMaker) make(interval time.Duration, sequence uint64) (*barBatch, error) {
	if err := m.source.BarAt(sequence, interval, m.bars); err != nil {
		return nil, fmt.Errorf("folding the bars of %s up to sequence %d: %w", interval, sequence, err)
	}
	batch := &barBatch{sequence: sequence, frames: make([]Frame, len(m.bars))}
	for i, one := range m.bars {
		encoded, err := proto.Marshal(&marketdatav1.StreamPricesResponse{Bar: &marketdatav1.BarUpdate{
			Symbol: m.symbols[i], Sequence: sequence, Start: timestamppb.New(one.Time), Interval: barcsv.FormatInterval(interval),
			Open: one.Open, High: one.High, Low: one.Low, Close: one.Close, Volume: one.Volume,
			Closed: (sequence+1)%ticksOf(interval) == 0,
		}})
		if err != nil {
			return nil, fmt.Errorf("encoding the bars of %s up to sequence %d: %w", interval, sequence, err)
		}
		batch.frames[i].fill(encoded)
		batch.frames[i].shared = true
	}
	return batch, nil
}

// chart makes the bars of the present.
type chart struct {
	open        func(until uint64) (Charted, error)
	instruments []instrument.Instrument

	mu    sync.Mutex
	maker *barMaker // once there is a reader
	lines map[time.Duration]*line
}

func newChart(options Options) *chart {
	return &chart{open: options.Past, instruments: options.Instruments, lines: map[time.Duration]*line{}}
}

// line is the bars of one interval.
type line struct {
	chart    *chart
	interval time.Duration
	opened   uint64                       // first tick of the latest bar that was made; guarded by chart.mu
	recent   [64]atomic.Pointer[barBatch] // by sequence
}

// line is that of an interval; the first one opens the chart at a base tick.
func (c *chart) line(interval time.Duration, sequence uint64) (*line, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.maker == nil {
		source, err := c.open(sequence)
		if err != nil {
			return nil, fmt.Errorf("opening the chart at sequence %d: %w", sequence, err)
		}
		c.maker = newBarMaker(source, c.instruments)
	}
	if c.lines[interval] == nil {
		c.lines[interval] = &line{chart: c, interval: interval}
	}
	return c.lines[interval], nil
}

// at returns the bars as of a base tick; nil when they lie before the latest ones, and nobody has made them lately.
func (l *line) at(sequence uint64) (*barBatch, error) {
	kept := &l.recent[sequence%uint64(len(l.recent))]
	if made := kept.Load(); made != nil && made.sequence == sequence {
		return made, nil
	}
	l.chart.mu.Lock()
	defer l.chart.mu.Unlock()
	if made := kept.Load(); made != nil && made.sequence == sequence {
		return made, nil
	}
	opened := sequence - sequence%ticksOf(l.interval)
	if opened < l.opened {
		return nil, nil
	}
	made, err := l.chart.maker.make(l.interval, sequence)
	if err != nil {
		return nil, err
	}
	l.opened = opened
	kept.Store(made)
	return made, nil
}
