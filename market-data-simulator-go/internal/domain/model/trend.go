package model

import "github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"

// TrendFollowing is Brownian motion with buyers who follow the trend: demand in proportion to an exponential average of past
// returns, the linear feedback of Bouchaud & Cont (1998), "A Langevin approach to stock market fluctuations and crashes", which makes
// the time-series momentum of Moskowitz, Ooi & Pedersen (2012):
//
//	r = mu - sigma^2/2 + S m + sigma z,   m' = (1 - 1/M) m + (S m + sigma z) / M
//
// a minute a step, with memory M minutes and strength S < 1. Excess returns x = r - mu + sigma^2/2 then have the autocovariance, with
// f = 1 - (1-S)/M and V = sigma^2 / (M^2 (1 - f^2)) the variance of m:
//
//	cov(x_t, x_t+k) = S f^(k-1) (S f V + sigma^2/M)
//
// and over horizons far beyond M/(1-S) their volatility is sigma/(1-S).
type TrendFollowing struct {
	Strength    float64 // S: share of the trend that followers carry on, 0 to 0.95
	MemoryHours float64 // M: time constant of the average, 1/30 to 8760 hours
}

// DefaultTrendFollowing carries on half of the trend of the last four hours.
func DefaultTrendFollowing() TrendFollowing { return TrendFollowing{Strength: 0.5, MemoryHours: 4} }

// Validate implements Parameters.
func (p TrendFollowing) Validate() error {
	if err := within("trend_following.strength", p.Strength, 0, 0.95, ""); err != nil {
		return err
	}
	return within("trend_following.memory_hours", p.MemoryHours, 1.0/30, 8760, "hours")
}

func (p TrendFollowing) over(f frame) process.Process {
	return &trending{frame: f, strength: p.Strength, fresh: 1 / (60 * p.MemoryHours)}
}

// trending keeps the average return of each pair in its part of the state.
type trending struct {
	frame
	strength float64
	fresh    float64 // weight of the last minute in the average
}

// Start implements process.Process: no trend yet.
func (t *trending) Start() process.State { return t.start(len(t.rows)) }

// Step implements process.Process.
func (t *trending) Step(state process.State, minute int64, moves []process.Move) {
	stream, averages := t.open(minute), t.own(state)
	for i := range t.rows {
		sigma := t.sigma(i, minute)
		excess := t.strength*averages[i] + sigma*t.shocks[i]
		averages[i] += t.fresh * (excess - averages[i])
		moves[i] = t.close(state, i, &stream, change{
			log: t.rows[i].drift - sigma*sigma/2 + excess, sigma: sigma, variance: 1, shock: t.shocks[i],
		})
	}
}

// Fork implements process.Process.
func (t *trending) Fork() process.Process {
	fork := *t
	fork.frame = t.fork()
	return &fork
}
