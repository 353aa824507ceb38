// Package model has the price processes of the textbooks, each of them a process.Process: Brownian motion, jumps, stochastic
// volatility, GARCH, regimes, mean reversion and trends. They stand beside the process that is fitted to a market, so that
// one can try a strategy on a market whose law is known in closed form.
//
// All of them work on the minute grid. A pair's volatility sets the variance of its returns, whatever the model, and the
// parameters of a model are shapes: relative to that volatility, so that one set of parameters fits pairs of any scale. Two
// pairs share shocks by the correlation of the market. A cross rate such as ADA/BTC is a pair like any other: its shocks are
// correlated with those of BTC/USD as the profile found them. A cross that is derived (BTC/USDT) is the quotient of its legs at
// every tick and has no shocks of its own; see package path.
package model

import (
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Parameters are the shape of one model: one of BrownianMotion, JumpDiffusion, Heston, GARCH, RegimeSwitching, MeanReversion
// and TrendFollowing.
type Parameters interface {
	// Validate names the first field that is out of range, its value and the range.
	Validate() error
	over(f frame) process.Process
}

// Model makes processes of one market and one set of parameters. It does not change and may be shared.
type Model struct {
	frame      frame
	parameters Parameters
}

// New checks market and parameters. Minute 0 begins at the epoch, which gives the hour of the day.
func New(market Market, parameters Parameters, epoch time.Time) (*Model, error) {
	if err := parameters.Validate(); err != nil {
		return nil, err
	}
	f, err := newFrame(market, epoch)
	return &Model{frame: f, parameters: parameters}, err
}

// Process is the model with the draws of a seed; its rows are the pairs of the market, in order.
func (m *Model) Process(seed uint64) process.Process {
	f := m.frame.fork()
	f.seed = seed
	return m.parameters.over(f)
}

// Purposes key the independent streams of draws of this package: apart from those of the packages process and path, whose
// seed may be the same.
const (
	purposeMinute = 301 + iota
	purposeStart
)

// within refuses a field outside of its range, NaN included.
func within(field string, value, low, high float64, unit string) error {
	if value >= low && value <= high {
		return nil
	}
	return errs.InvalidField(field, value, span(low, high, unit))
}
