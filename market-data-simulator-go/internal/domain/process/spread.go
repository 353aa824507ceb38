// This file spreads the steps of a process over their minutes, for a profile whose base interval is an hour: a Brownian bridge
// with the interval's own volatility, correlated as the interval's shocks are, from its open to its close. So the closes of
// the intervals are those of the process alone.

package process

import (
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/draw"
)

// spread steps the minutes of a process with longer steps. Its state is that of the process, then the moves of the interval
// at hand, spreadSize numbers a pair.
type spread struct {
	inner   Process
	pairs   int
	seed    uint64
	minutes int64 // in a step of the inner process
	moves   []Move
	shocks  []float64
}

const (
	spreadAt       = iota // log price now
	spreadClose           // log price when the interval ends
	spreadSigma           // standard deviation of a minute
	spreadVariance        // tone of the interval
	spreadShock
	spreadResidual
	spreadSize
)

func newSpread(inner Process, pairs int, seed uint64, minutes int64) *spread {
	return &spread{
		inner: inner, pairs: pairs, seed: seed, minutes: minutes,
		moves: make([]Move, pairs), shocks: make([]float64, pairs),
	}
}

// Start implements Process.
func (s *spread) Start() State { return append(s.inner.Start(), make(State, spreadSize*s.pairs)...) }

// Step implements Process.
func (s *spread) Step(state State, minute int64, moves []Move) {
	own := len(state) - spreadSize*s.pairs
	inner, rows := state[:own:own], state[own:]
	passed := minute % s.minutes
	if passed == 0 {
		s.enter(inner, rows, minute/s.minutes)
	}
	stream := draw.Keyed(s.seed, purposeSpread, uint64(minute))
	stream.Normals(s.shocks)
	s.inner.Correlate(s.shocks)
	left := float64(s.minutes - passed)
	for i := range s.pairs {
		row := rows[i*spreadSize:][:spreadSize]
		open := row[spreadAt]
		row[spreadAt] += (row[spreadClose]-open)/left + row[spreadSigma]*math.Sqrt((left-1)/left)*s.shocks[i]
		moves[i] = Move{Open: open, Close: row[spreadAt], Sigma: row[spreadSigma], Tone: Tone{
			Variance: row[spreadVariance], Shock: row[spreadShock], Residual: row[spreadResidual] + math.Log(stream.Exponential()),
		}}
	}
}

// enter draws the interval that begins.
func (s *spread) enter(inner, rows State, n int64) {
	s.inner.Step(inner, n, s.moves)
	for i, move := range s.moves {
		copy(rows[i*spreadSize:], []float64{
			move.Open, move.Close, move.Sigma / math.Sqrt(float64(s.minutes)), move.Tone.Variance, move.Tone.Shock, move.Tone.Residual,
		})
	}
}

// Volume implements Process: an interval's volume falls on its minutes in exponential shares of mean 1, which are in the
// residual of each.
func (s *spread) Volume(pair int, minute int64, tone Tone) float64 {
	return s.inner.Volume(pair, minute/s.minutes, tone) / float64(s.minutes)
}

// Correlate implements Process.
func (s *spread) Correlate(shocks []float64) { s.inner.Correlate(shocks) }

// Fork implements Process.
func (s *spread) Fork() Process {
	fork := *s
	fork.inner, fork.moves, fork.shocks = s.inner.Fork(), make([]Move, s.pairs), make([]float64, s.pairs)
	return &fork
}
