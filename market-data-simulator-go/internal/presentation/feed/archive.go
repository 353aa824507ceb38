package feed

// What is no longer retained is computed again. One stream computes at a time, a little and then it is another's turn, so that
// the present keeps its share of the machine; what a stream does not read is not computed.

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
)

// Charted is a source that can also fold bars, and goes back as well as on; a path.Path is one.
type Charted interface {
	Source
	// BarAt fills in the bar of each instrument that holds a base tick, of its ticks up to that one.
	BarAt(sequence uint64, interval time.Duration, bars []bar.Bar) error
}

// A turn computes some ticks, or bars of up to a day, in a few milliseconds.
const (
	turnTicks = 64
	turnBars  = 64
	turnSpan  = 24 * time.Hour
)

// archive computes what lies before the retained window. Nil has nothing.
type archive struct {
	open        func(until uint64) (Charted, error)
	schedule    Schedule
	instruments []instrument.Instrument
	turn        *semaphore.Weighted
	maker       *maker // of the one whose turn it is
	bars        *barMaker
}

func newArchive(options Options) *archive {
	if options.Past == nil {
		return nil
	}
	return &archive{open: options.Past, schedule: options.Schedule, instruments: options.Instruments, turn: semaphore.NewWeighted(1)}
}

// wait waits for the stream's turn and makes a source, the first time; done ends the turn.
func (a *archive) wait(ctx context.Context, newest uint64) (done func(), err error) {
	if err := a.turn.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	if a.maker == nil {
		source, err := a.open(newest)
		if err != nil {
			a.turn.Release(1)
			return nil, fmt.Errorf("opening the past up to sequence %d: %w", newest, err)
		}
		a.maker, a.bars = newMaker(source, a.schedule, a.instruments), newBarMaker(source, a.instruments)
	}
	return func() { a.turn.Release(1) }, nil
}

// entries returns the next entries of a stream from a step on: at least one, none after the last step. Trades, if the reader wants
// them, are those since the entry before.
func (a *archive) entries(ctx context.Context, step uint64, r *reader, last uint64) (made []*entry, err error) {
	done, err := a.wait(ctx, a.schedule.Sequence(last))
	if err != nil {
		return nil, err
	}
	defer done()
	after, every := r.cursor.last, r.cursor.every
	for len(made) == 0 || len(made) < turnTicks && step <= last {
		one, err := a.maker.entry(step)
		if err != nil {
			return nil, err
		}
		if r.trades {
			if err := a.maker.addTrades(one, a.schedule.Sequence(after), MaxTrades); err != nil {
				return nil, err
			}
		}
		one.past = true
		made = append(made, one)
		after, step = step, step+every
	}
	return made, nil
}

// closedBars returns the next closed bars from an index up to, and without, another.
func (a *archive) closedBars(ctx context.Context, interval time.Duration, from, until uint64) (made []*barBatch, err error) {
	length := ticksOf(interval)
	done, err := a.wait(ctx, until*length)
	if err != nil {
		return nil, err
	}
	defer done()
	until = min(until, from+min(turnBars, max(1, uint64(turnSpan/interval))))
	for ; from < until; from++ {
		one, err := a.bars.make(interval, (from+1)*length-1)
		if err != nil {
			return nil, err
		}
		made = append(made, one)
	}
	return made, nil
}
