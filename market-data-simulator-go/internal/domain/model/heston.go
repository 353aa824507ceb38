package model

import (
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
)

// Heston is the stochastic volatility model of Heston (1993), "A closed-form solution for options with stochastic volatility":
//
//	dX = (mu - sigma^2 v/2) dt + sigma sqrt(v) dW,   dv = kappa (1-v) dt + xi sqrt(v) dB,   corr(dW, dB) = rho
//
// where v is the variance relative to its mean, so that sigma is the pair's volatility. Every pair has a variance of its own;
// the shocks of the variances have the correlation of the market, as those of the prices. Discretised with the quadratic-exponential scheme of
// Andersen (2008), "Efficient simulation of the Heston stochastic volatility model", with its martingale correction: the
// variance is never negative, its conditional mean and variance are exact, and without drift the price is a martingale.
// Variances start at their mean.
type Heston struct {
	ReversionPerDay float64 // kappa, 1/day, 0.01 to 500; a deviation of the variance halves in ln 2 / kappa
	VolOfVariance   float64 // xi, of the relative variance, 1/sqrt(day), 0.01 to 30; the stationary variance of v is xi^2/(2 kappa)
	Leverage        float64 // rho, correlation of the shocks of price and variance, -0.99 to 0.99
}

// DefaultHeston halves deviations in four hours; v has a stationary standard deviation of 0.7.
func DefaultHeston() Heston { return Heston{ReversionPerDay: 4, VolOfVariance: 2, Leverage: -0.2} }

// Validate implements Parameters.
func (p Heston) Validate() error {
	for _, err := range []error{
		within("heston.reversion_per_day", p.ReversionPerDay, 0.01, 500, "a day"),
		within("heston.vol_of_variance", p.VolOfVariance, 0.01, 30, "a square root of a day"),
		within("heston.leverage", p.Leverage, -0.99, 0.99, ""),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func (p Heston) over(f frame) process.Process {
	return &heston{frame: f, scheme: newScheme(p.ReversionPerDay/minutesPerDay, p.VolOfVariance/math.Sqrt(minutesPerDay)), rho: p.Leverage}
}

// heston keeps one relative variance a pair in its part of the state.
type heston struct {
	frame
	scheme scheme
	rho    float64
}

// Start implements process.Process.
func (h *heston) Start() process.State {
	state := h.start(len(h.rows))
	own := h.own(state)
	for i := range own {
		own[i] = 1
	}
	return state
}

// Step implements process.Process. The log price follows equation 33 of Andersen (2008) with gamma = 1/2 and proposition 9 for K0.
func (h *heston) Step(state process.State, minute int64, moves []process.Move) {
	stream := h.open(minute)
	h.normals(&stream, h.others)
	variances := h.own(state)
	for i := range h.rows {
		sigma, before := h.sigma(i, minute), variances[i]
		pull, push := sigma*h.rho*h.scheme.kappa/(2*h.scheme.xi)-sigma*sigma/4, sigma*h.rho/h.scheme.xi
		noise := sigma * sigma * (1 - h.rho*h.rho) / 2 // K3 = K4
		law := h.scheme.law(before)
		after := law.quantile(h.others[i])
		variances[i] = after
		correction := -law.logMoment(pull+push+noise/2) - (pull-push+noise/2)*before
		logReturn := h.rows[i].drift + correction + (pull-push)*before + (pull+push)*after + math.Sqrt(noise*(before+after))*h.shocks[i]
		mean := (before + after) / 2
		spread := sigma * math.Sqrt(max(mean, leastVariance))
		moves[i] = h.close(state, i, &stream, change{log: logReturn, sigma: spread, variance: mean, shock: logReturn / spread})
	}
}

// Fork implements process.Process.
func (h *heston) Fork() process.Process {
	fork := *h
	fork.frame = h.fork()
	return &fork
}

// scheme is the quadratic-exponential scheme for one minute of a variance with mean 1.
type scheme struct {
	kappa, xi float64 // a minute, a square root of a minute
	decay     float64 // exp(-kappa)
	spread    float64 // conditional variance for each unit of the variance before
	floor     float64 // conditional variance at a variance of 0
}

func newScheme(kappa, xi float64) scheme {
	decay := math.Exp(-kappa)
	return scheme{
		kappa: kappa, xi: xi, decay: decay,
		spread: xi * xi * decay / kappa * (1 - decay), floor: xi * xi / (2 * kappa) * (1 - decay) * (1 - decay),
	}
}

// varianceLaw is the law of the variance a minute later: a squared normal, scale (shift + Z)^2, where variances are large
// beside what moves them, else a point mass at 0 with an exponential tail.
type varianceLaw struct {
	squared      bool
	scale, shift float64
	zero, rate   float64 // probability of 0, and the rate of the tail
}

// switchAt is where the two laws change over: any ratio of variance to squared mean between 1 and 2 would do.
const switchAt = 1.5

func (s scheme) law(variance float64) varianceLaw {
	mean := 1 + (variance-1)*s.decay
	ratio := (variance*s.spread + s.floor) / (mean * mean)
	if ratio <= switchAt {
		inverse := 2 / ratio
		square := inverse - 1 + math.Sqrt(inverse)*math.Sqrt(inverse-1)
		return varianceLaw{squared: true, scale: mean / (1 + square), shift: math.Sqrt(square)}
	}
	zero := (ratio - 1) / (ratio + 1)
	return varianceLaw{zero: zero, rate: (1 - zero) / mean}
}

// quantile turns a standard normal into a variance.
func (l varianceLaw) quantile(normal float64) float64 {
	if l.squared {
		return l.scale * (l.shift + normal) * (l.shift + normal)
	}
	above := math.Erfc(normal/math.Sqrt2) / 2 // 1 - U
	if above >= 1-l.zero {
		return 0
	}
	return math.Log((1-l.zero)/above) / l.rate
}

// logMoment is ln E exp(a v), for an a small enough that the moment exists: with returns of minutes it always is.
func (l varianceLaw) logMoment(a float64) float64 {
	if l.squared {
		rest := 1 - 2*a*l.scale
		return a*l.shift*l.shift*l.scale/rest - math.Log(rest)/2
	}
	return math.Log(l.zero + l.rate*(1-l.zero)/(l.rate-a))
}
