package model

import "github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"

// BrownianMotion is geometric Brownian motion (Samuelson 1965, "Rational theory of warrant pricing"; Black & Scholes 1973):
//
//	dX = (mu - sigma^2/2) dt + sigma dW,   X = ln P
//
// exact from minute to minute. E P(t) = P(0) exp(mu t): without drift the price is a martingale. It has no parameters beyond
// those of the pairs.
type BrownianMotion struct{}

// Validate implements Parameters.
func (BrownianMotion) Validate() error { return nil }

func (BrownianMotion) over(f frame) process.Process { return &brownian{frame: f} }

type brownian struct{ frame }

// Start implements process.Process.
func (b *brownian) Start() process.State { return b.start(0) }

// Step implements process.Process.
func (b *brownian) Step(state process.State, minute int64, moves []process.Move) {
	stream := b.open(minute)
	for i := range b.rows {
		sigma := b.sigma(i, minute)
		moves[i] = b.close(state, i, &stream, change{
			log:   b.rows[i].drift - sigma*sigma/2 + sigma*b.shocks[i],
			sigma: sigma, variance: 1, shock: b.shocks[i],
		})
	}
}

// Fork implements process.Process.
func (b *brownian) Fork() process.Process { return &brownian{b.fork()} }
