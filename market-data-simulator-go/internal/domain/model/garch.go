package model

import (
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// GARCH is GARCH(1,1) with Student-t innovations (Bollerslev 1987), asymmetric after Glosten, Jagannathan & Runkle (1993), "On the
// relation between the expected value and the volatility of the nominal excess return on stocks":
//
//	r = mu + sigma sqrt(v) e,   v' = (1 - alpha - beta - gamma/2) + (alpha + gamma [e < 0]) v e^2 + beta v
//
// a minute a step; e has unit variance, v a mean of 1. Gamma = 0 is the symmetric model. The innovations are normals with the
// correlation of the market times a random volatility, of which the share CommonTails of the driver is common to all pairs:
// then wild minutes are wild everywhere. Drift is that of the log price (a Student-t has no exponential moment, so the price has no mean).
type GARCH struct {
	Alpha       float64 // weight of the last squared shock, 0 to 1
	Beta        float64 // weight of the last variance, 0 to 1
	Gamma       float64 // further weight after a fall, -1 to 1, alpha + gamma >= 0; alpha + beta + gamma/2 <= 0.9999
	Nu          float64 // degrees of freedom of e, 2.1 to 1000
	CommonTails float64 // 0 to 1
}

// DefaultGARCH has the persistence and the tails that minutes of busy markets have.
func DefaultGARCH() GARCH { return GARCH{Alpha: 0.1, Beta: 0.88, Nu: 4.5, CommonTails: 0.5} }

// mostPersistent is the largest sum of weights: at 1 the variance has no mean.
const mostPersistent = 0.9999

// mostVariance bounds v, as 30 times the usual volatility does: no fitted market comes near in centuries.
const mostVariance = 900

// Validate implements Parameters.
func (p GARCH) Validate() error {
	for _, err := range []error{
		within("garch.alpha", p.Alpha, 0, 1, ""),
		within("garch.beta", p.Beta, 0, 1, ""),
		within("garch.gamma", p.Gamma, -p.Alpha, 1, "not below -alpha"),
		within("garch.nu", p.Nu, 2.1, 1000, "degrees of freedom"),
		within("garch.common_tails", p.CommonTails, 0, 1, ""),
	} {
		if err != nil {
			return err
		}
	}
	if sum := p.persistence(); sum > mostPersistent {
		return errs.InvalidField("garch", sum, "alpha + beta + gamma/2 of 0 to 0.9999")
	}
	return nil
}

// persistence is the share of a deviation of v that is expected to be left a minute later.
func (p GARCH) persistence() float64 { return p.Alpha + p.Beta + p.Gamma/2 }

func (p GARCH) over(f frame) process.Process {
	return &garch{
		frame: f, GARCH: p, mixing: process.NewMixing(p.Nu),
		common: math.Sqrt(p.CommonTails), ownTails: math.Sqrt(1 - p.CommonTails),
	}
}

// garch keeps one relative variance a pair in its part of the state: that of the coming minute.
type garch struct {
	frame
	GARCH
	mixing           *process.Mixing
	common, ownTails float64
}

// Start implements process.Process.
func (g *garch) Start() process.State {
	state := g.start(len(g.rows))
	own := g.own(state)
	for i := range own {
		own[i] = 1
	}
	return state
}

// Step implements process.Process.
func (g *garch) Step(state process.State, minute int64, moves []process.Move) {
	stream := g.open(minute)
	tails, variances := stream.Normal(), g.own(state)
	for i := range g.rows {
		mixed := g.mixing.At(g.common*tails + g.ownTails*stream.Normal())
		shock, variance := mixed*g.shocks[i], variances[i]
		sigma := g.sigma(i, minute) * math.Sqrt(variance)
		weight := g.Alpha
		if shock < 0 {
			weight += g.Gamma
		}
		variances[i] = min(mostVariance, 1-g.persistence()+(weight*shock*shock+g.Beta)*variance)
		moves[i] = g.close(state, i, &stream, change{
			log: g.rows[i].drift + sigma*shock, sigma: sigma * mixed, variance: variance, shock: shock,
		})
	}
}

// Fork implements process.Process.
func (g *garch) Fork() process.Process {
	fork := *g
	fork.frame = g.fork()
	return &fork
}
