package model

import (
	"fmt"
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/draw"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// RegimeSwitching is Brownian motion whose volatility and drift a Markov chain chooses (Hamilton 1989, "A new approach to the economic
// analysis of nonstationary time series and the business cycle"):
//
//	dX = (mu + mu_k - sigma_k^2/2) dt + sigma_k dW,   k left with probability 1/duration_k each minute
//
// One regime holds for the whole market. Which one follows is equally likely for all others, so that the share of time in k is
// proportional to its duration. Only the proportions of the volatilities count: sigma_k is scaled so that the mean variance is
// that of the pair. The first regime is drawn from the stationary law. Without drifts the price is a martingale.
type RegimeSwitching struct{ Regimes []Regime }

// Regime is one mood of the market.
type Regime struct {
	Volatility float64 // relative to the other regimes, 0.01 to 100
	Drift      float64 // mu_k: log of the expected growth of a year, -100 to 100, beside the pair's own
	Hours      float64 // mean duration, 1/60 to 8760 hours
}

// DefaultRegimeSwitching is a calm market that gets three times as wild for two hours twice a day or so.
func DefaultRegimeSwitching() RegimeSwitching {
	return RegimeSwitching{Regimes: []Regime{{Volatility: 1, Hours: 10}, {Volatility: 3, Hours: 2}}}
}

// mostRegimes is far more than anybody estimates.
const mostRegimes = 16

// Validate implements Parameters.
func (p RegimeSwitching) Validate() error {
	if len(p.Regimes) < 2 || len(p.Regimes) > mostRegimes {
		return errs.InvalidField("regime_switching.regimes", len(p.Regimes), fmt.Sprintf("2 to %d of them", mostRegimes))
	}
	for i, regime := range p.Regimes {
		field := fmt.Sprintf("regime_switching.regimes[%d]", i)
		for _, err := range []error{
			within(field+".volatility", regime.Volatility, 0.01, 100, "relative to the other regimes"),
			within(field+".drift", regime.Drift, -maxDrift, maxDrift, "a year"),
			within(field+".mean_hours", regime.Hours, 1.0/60, 8760, "hours"),
		} {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (p RegimeSwitching) over(f frame) process.Process {
	r := &switching{frame: f}
	time, variance := 0.0, 0.0
	for _, regime := range p.Regimes {
		time += regime.Hours
		variance += regime.Hours * regime.Volatility * regime.Volatility
	}
	for _, regime := range p.Regimes {
		r.regimes = append(r.regimes, mood{
			volatility: regime.Volatility / math.Sqrt(variance/time), drift: regime.Drift / minutesPerYear,
			leave: 1 / (regime.Hours * 60), share: regime.Hours / time,
		})
	}
	return r
}

// mood is a regime in the form in which Step uses it.
type mood struct {
	volatility float64 // times the pair's
	drift      float64 // a minute
	leave      float64 // probability of another regime in the next minute
	share      float64 // of all time
}

// switching keeps the number of the regime in its part of the state.
type switching struct {
	frame
	regimes []mood
}

// Start implements process.Process.
func (s *switching) Start() process.State {
	state := s.start(1)
	stream := draw.Keyed(s.seed, purposeStart, 0)
	chance, own := stream.Uniform(), s.own(state)
	for _, regime := range s.regimes[:len(s.regimes)-1] {
		if chance -= regime.share; chance < 0 {
			break
		}
		own[0]++
	}
	return state
}

// Step implements process.Process.
func (s *switching) Step(state process.State, minute int64, moves []process.Move) {
	stream := s.open(minute)
	own := s.own(state)
	regime := s.regimes[int(own[0])]
	if stream.Uniform() < regime.leave {
		own[0] = s.another(own[0], &stream)
	}
	for i := range s.rows {
		sigma := regime.volatility * s.sigma(i, minute)
		moves[i] = s.close(state, i, &stream, change{
			log:   s.rows[i].drift + regime.drift - sigma*sigma/2 + sigma*s.shocks[i],
			sigma: sigma, variance: regime.volatility * regime.volatility, shock: s.shocks[i],
		})
	}
}

// another is a regime other than the one that is left.
func (s *switching) another(left float64, stream *draw.Stream) float64 {
	next := float64(stream.Below(uint64(len(s.regimes) - 1)))
	if next >= left {
		next++
	}
	return next
}

// Fork implements process.Process.
func (s *switching) Fork() process.Process {
	fork := *s
	fork.frame = s.fork()
	return &fork
}
