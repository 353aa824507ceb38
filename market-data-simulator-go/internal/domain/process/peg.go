// This file is the process of a pegged price: an Ornstein-Uhlenbeck log price, exact from minute to minute. It stands beside
// the modelled pairs because it shares no shock with them.

package process

import (
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/draw"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
)

// The volume of a pegged instrument: no data stands behind these, they are a busy stablecoin's order of magnitude.
const (
	pegVolume      = 50_000 // median base units a minute
	pegSpread      = 0.8    // standard deviation of log volume
	pegPersistence = 0.9    // of log volume from minute to minute
)

// Peg is the process of one pegged instrument.
type Peg struct {
	seed  uint64
	lane  uint64 // tells the draws of several pegs apart
	keep  float64
	sigma float64 // standard deviation of a minute's innovation
}

// NewPeg builds the process; lane numbers the pegs of one path.
func NewPeg(peg instrument.Peg, seed, lane uint64) *Peg {
	keep := math.Exp(-math.Ln2 / peg.HalfLife.Minutes())
	return &Peg{seed: seed, lane: lane, keep: keep, sigma: peg.Bps * 1e-4 * math.Sqrt(1-keep*keep)}
}

// Start is the peg itself.
func (p *Peg) Start() State { return State{0, 0} }

// Step implements Process for one pair.
func (p *Peg) Step(state State, minute int64, moves []Move) {
	stream := draw.Keyed(p.seed, purposePeg+p.lane<<8, uint64(minute))
	open := state[0]
	state[0] = p.keep*open + p.sigma*stream.Normal()
	state[1] = pegPersistence*state[1] + pegSpread*math.Sqrt(1-pegPersistence*pegPersistence)*stream.Normal()
	moves[0] = Move{Open: open, Close: state[0], Sigma: p.sigma, Tone: Tone{Variance: 1, Residual: state[1]}}
}

// Volume implements Process.
func (p *Peg) Volume(_ int, _ int64, tone Tone) float64 { return pegVolume * math.Exp(tone.Residual) }

// Correlate implements Process: there is nobody to correlate with.
func (p *Peg) Correlate([]float64) {}

// Fork implements Process.
func (p *Peg) Fork() Process { return p }
