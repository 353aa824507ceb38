// This file is the first process: GARCH(1,1) with Student-t innovations and an hour profile, correlated over pairs. The
// variance recursion is in Bollerslev (1987), in the form with a targeted mean of 1, because the free constant of nearly
// integrated fits has no meaning.

package process

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/draw"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// maxVariance bounds the conditional variance relative to its mean: 30 times the usual volatility. A month of real minutes
// stays below; a century of simulated ones does not.
const maxVariance = 900

// GARCH is the minute process of a profile.
type GARCH struct {
	seed   uint64
	clock  clock
	pairs  []garchPair
	factor [][]float64 // lower Cholesky factor of the shock correlation
	shocks []float64   // of the minute at hand
}

// garchPair holds one pair's parameters in the form in which Step uses them.
type garchPair struct {
	sigma  []float64 // standard deviation of an interval's return at mean variance, by interval of the day
	alpha  float64
	beta   float64
	mixing *Mixing
	common float64 // weight of the common driver of tails
	own    float64 // weight of the own driver; squares add up to 1
	volume profile.Volume
	hours  []float64 // log of the volume's hour curve, likewise
	noise  float64   // standard deviation of the volume residual's innovation
}

// Each pair has three numbers in the state.
const (
	statePrice    = iota // log price over the start level
	stateVariance        // conditional variance of the coming minute over its mean
	stateVolume          // residual of log volume
	stateSize
)

// NewGARCH builds the process of a profile. Minute 0 begins at the epoch, which gives the hour of the day.
func NewGARCH(fitted profile.Profile, seed uint64, epoch time.Time) (*GARCH, error) {
	factor, err := lowerFactor(fitted.Correlation)
	if err != nil {
		return nil, fmt.Errorf("profile %q: correlation: %w", fitted.Name, err)
	}
	g := &GARCH{seed: seed, clock: newClock(fitted.BaseStep(), epoch), factor: factor, shocks: make([]float64, len(fitted.Pairs))}
	for _, pair := range fitted.Pairs {
		g.pairs = append(g.pairs, newGARCHPair(pair, g.clock))
	}
	return g, nil
}

func newGARCHPair(pair profile.Pair, c clock) garchPair {
	sigma := c.logs(pair.Hours)
	for n, log := range sigma {
		sigma[n] = pair.Shock.Sigma * math.Exp(log)
	}
	return garchPair{
		sigma: sigma, alpha: pair.Shock.Alpha, beta: pair.Shock.Beta, mixing: NewMixing(pair.Shock.Nu),
		common: math.Sqrt(pair.Shock.Common), own: math.Sqrt(1 - pair.Shock.Common),
		volume: pair.Volume, hours: c.logs(pair.Volume.Hours), noise: residualNoise(pair.Volume),
	}
}

// Start has every price at its start level and every variance at its mean.
func (g *GARCH) Start() State {
	state := make(State, stateSize*len(g.pairs))
	for i := range g.pairs {
		state[i*stateSize+stateVariance] = 1
	}
	return state
}

// Step implements Process.
func (g *GARCH) Step(state State, minute int64, moves []Move) {
	stream := draw.Keyed(g.seed, purposeMinute, uint64(minute))
	ofDay := g.clock.at(minute)
	tails := stream.Normal()
	for i := range g.shocks {
		g.shocks[i] = stream.Normal()
	}
	g.Correlate(g.shocks)
	for i := range g.pairs {
		pair, own := &g.pairs[i], state[i*stateSize:(i+1)*stateSize:(i+1)*stateSize]
		mixed := pair.mixing.At(pair.common*tails + pair.own*stream.Normal())
		variance := own[stateVariance]
		shock := mixed * g.shocks[i]
		sigma := pair.sigma[ofDay] * math.Sqrt(variance)
		open := own[statePrice]
		own[statePrice] = open*(1-g.clock.pull) + sigma*shock
		own[stateVariance] = min(maxVariance, 1-pair.alpha-pair.beta+(pair.alpha*shock*shock+pair.beta)*variance)
		own[stateVolume] = pair.volume.Persistence*own[stateVolume] + pair.noise*stream.Normal()
		moves[i] = Move{
			Open: open, Close: own[statePrice], Sigma: sigma * mixed,
			Tone: Tone{Variance: variance, Shock: shock, Residual: own[stateVolume]},
		}
	}
}

// Volume implements Process.
func (g *GARCH) Volume(pair int, minute int64, tone Tone) float64 {
	return volumeOf(&g.pairs[pair].volume, g.pairs[pair].hours[g.clock.at(minute)], tone)
}

// Correlate implements Process.
func (g *GARCH) Correlate(shocks []float64) { correlate(g.factor, shocks) }

// Fork implements Process.
func (g *GARCH) Fork() Process {
	fork := *g
	fork.shocks = make([]float64, len(g.shocks))
	return &fork
}

// correlate turns independent standard normals into correlated ones, in place.
func correlate(factor [][]float64, shocks []float64) {
	for i := len(shocks) - 1; i >= 0; i-- {
		sum := 0.0
		for j, weight := range factor[i] {
			sum += weight * shocks[j]
		}
		shocks[i] = sum
	}
}

// lowerFactor is the lower Cholesky factor, row i with i+1 entries.
func lowerFactor(correlation [][]float64) ([][]float64, error) {
	n := len(correlation)
	flat := mat.NewSymDense(n, nil)
	for i, row := range correlation {
		for j := 0; j <= i; j++ {
			flat.SetSym(i, j, row[j])
		}
	}
	var cholesky mat.Cholesky
	if !cholesky.Factorize(flat) {
		return nil, fmt.Errorf("%v is not positive definite", correlation)
	}
	var lower mat.TriDense
	cholesky.LTo(&lower)
	factor := make([][]float64, n)
	for i := range factor {
		for j := 0; j <= i; j++ {
			factor[i] = append(factor[i], lower.At(i, j))
		}
	}
	return factor, nil
}
