package feed

import (
	"fmt"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
)

// maker turns the prices of a source into entries. It is for one goroutine.
type maker struct {
	source   Source
	schedule Schedule
	encoder  *encoder
	quotes   []path.Quote
}

func newMaker(source Source, schedule Schedule, instruments []instrument.Instrument) *maker {
	return &maker{source: source, schedule: schedule, encoder: newEncoder(instruments), quotes: make([]path.Quote, len(instruments))}
}

// entry computes and encodes the prices of a step.
func (m *maker) entry(step uint64) (*entry, error) {
	sequence := m.schedule.Sequence(step)
	if err := m.source.At(sequence, m.quotes); err != nil {
		return nil, fmt.Errorf("computing the prices of sequence %d: %w", sequence, err)
	}
	m.encoder.attribute(m.source, sequence)
	updates, err := m.encoder.encode(sequence, m.schedule.Business(step), m.quotes)
	if err != nil {
		return nil, fmt.Errorf("encoding the prices of sequence %d: %w", sequence, err)
	}
	return &entry{step: step, sequence: sequence, updates: updates}, nil
}

// addTrades adds the trades after a base tick to an entry, the latest ones of each instrument.
func (m *maker) addTrades(e *entry, after uint64, most int) (err error) {
	if e.trades, err = m.encoder.tradesOf(m.source, after, e.sequence, most); err != nil {
		return fmt.Errorf("encoding the trades of sequence %d: %w", e.sequence, err)
	}
	return nil
}
