package model

import (
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
)

// MeanReversion is the process of Ornstein & Uhlenbeck (1930) for the log price, as in Schwartz (1997), "The stochastic behavior of
// commodity prices", model 1:
//
//	dX = mu dt + dD,   dD = -kappa D dt + sigma dW,   kappa = ln 2 / half-life
//
// exact from minute to minute. D is the distance from a level that begins at the start price and grows with the drift; without
// drift X has the stationary law N(0, sigma^2/(2 kappa)). Pairs share shocks by the correlation of the market.
type MeanReversion struct {
	HalfLifeHours float64 // time until half of a distance is gone, 1/60 to 87600 hours
}

// DefaultMeanReversion comes half way back within four hours.
func DefaultMeanReversion() MeanReversion { return MeanReversion{HalfLifeHours: 4} }

// Validate implements Parameters.
func (p MeanReversion) Validate() error {
	return within("mean_reversion.half_life_hours", p.HalfLifeHours, 1.0/60, 87600, "hours")
}

func (p MeanReversion) over(f frame) process.Process {
	kappa := math.Ln2 / (60 * p.HalfLifeHours)
	return &reverting{frame: f, loss: -math.Expm1(-kappa), damping: math.Sqrt(-math.Expm1(-2*kappa) / (2 * kappa))}
}

// reverting keeps the distance of each pair in its part of the state.
type reverting struct {
	frame
	loss    float64 // share of the distance that a minute takes away
	damping float64 // standard deviation of a minute's innovation over that of the Brownian motion behind it
}

// Start implements process.Process.
func (r *reverting) Start() process.State { return r.start(len(r.rows)) }

// Step implements process.Process.
func (r *reverting) Step(state process.State, minute int64, moves []process.Move) {
	stream, distances := r.open(minute), r.own(state)
	for i := range r.rows {
		sigma := r.damping * r.sigma(i, minute)
		moved := -r.loss*distances[i] + sigma*r.shocks[i]
		distances[i] += moved
		moves[i] = r.close(state, i, &stream, change{log: r.rows[i].drift + moved, sigma: sigma, variance: 1, shock: r.shocks[i]})
	}
}

// Fork implements process.Process.
func (r *reverting) Fork() process.Process {
	fork := *r
	fork.frame = r.fork()
	return &fork
}
