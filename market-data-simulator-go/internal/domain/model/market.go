// This file is what a model is told of the market: how large, how correlated and at which hours.

package model

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

const (
	minutesPerDay  = 24 * 60
	daysPerYear    = 365 // these markets never close
	minutesPerYear = minutesPerDay * daysPerYear
)

// Market is the pairs of a simulation and how their shocks are correlated.
type Market struct {
	Pairs       []Pair
	Correlation [][]float64 // of the Gaussian shocks of a minute, in the order of Pairs; positive definite
}

// Pair is what every model knows of one instrument.
type Pair struct {
	Symbol     string
	Level      float64                // price at the start, quote units per base unit
	Volatility float64                // standard deviation of a year's log return; 1 is 100 %
	Drift      float64                // log of the expected growth of a year, unless the model says otherwise
	Hours      [profile.Hours]float64 // volatility by UTC hour; only their proportions count
	Volume     profile.Volume
}

// Of is the market of a profile: its levels, volatilities, hours, volumes and correlations, without drift. The volatility is that
// of the bars that the profile was fitted to; without their statistics it is that of the fitted process.
func Of(fitted profile.Profile) Market {
	market := Market{Correlation: fitted.Correlation}
	measured := map[string]float64{}
	for i, symbol := range fitted.Reference.Symbols {
		measured[symbol] = fitted.Reference.Sigma[i] * math.Sqrt(60*minutesPerYear/float64(fitted.Reference.IntervalSeconds))
	}
	for _, pair := range fitted.Pairs {
		volatility, found := measured[pair.Symbol]
		if !found {
			volatility = pair.Shock.Sigma * math.Sqrt(minutesPerYear/fitted.BaseStep().Minutes())
		}
		pair.Volume.Level -= math.Log(fitted.BaseStep().Minutes()) // of a minute
		market.Pairs = append(market.Pairs, Pair{
			Symbol: pair.Symbol, Level: pair.Level, Volatility: volatility, Hours: pair.Hours, Volume: pair.Volume,
		})
	}
	return market
}

// Flat is the market with the same volatility at all hours. Volume keeps its hours.
func (m Market) Flat() Market {
	pairs := make([]Pair, len(m.Pairs))
	for i, pair := range m.Pairs {
		for hour := range pair.Hours {
			pair.Hours[hour] = 1
		}
		pairs[i] = pair
	}
	return Market{Pairs: pairs, Correlation: m.Correlation}
}

// Rows are the pairs as a path wants them: what the rows of a process of this market move, and from where.
func (m Market) Rows() []path.Pair {
	rows := make([]path.Pair, len(m.Pairs))
	for i, pair := range m.Pairs {
		rows[i] = path.Pair{Symbol: pair.Symbol, Level: pair.Level}
	}
	return rows
}

// What a pair may be. Beyond lie mistakes; a volatility of 100 moves a price by 14 % in a minute.
const (
	minVolatility = 1e-4
	maxVolatility = 100
	maxDrift      = 100
	maxLevel      = 1e12
)

// Validate names the first field that is out of range, its value and the range; prefix stands before the field's name.
func (p Pair) Validate(prefix string) error {
	for _, err := range []error{
		within(prefix+"start_price", p.Level, 1e-12, maxLevel, "quote units per base unit"),
		within(prefix+"volatility", p.Volatility, minVolatility, maxVolatility, "a year; 1 is 100 %"),
		within(prefix+"drift", p.Drift, -maxDrift, maxDrift, "a year"),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// lowerFactor is the lower Cholesky factor of the correlation, row i with i+1 entries.
func (m Market) lowerFactor() ([][]float64, error) {
	n := len(m.Pairs)
	if n == 0 || len(m.Correlation) != n {
		return nil, fmt.Errorf("correlation has %d rows for %d pairs", len(m.Correlation), n)
	}
	symmetric := mat.NewSymDense(n, nil)
	for i, row := range m.Correlation {
		if len(row) != n {
			return nil, fmt.Errorf("correlation[%d] has %d entries for %d pairs", i, len(row), n)
		}
		for j := range i + 1 {
			symmetric.SetSym(i, j, row[j])
		}
	}
	var cholesky mat.Cholesky
	if !cholesky.Factorize(symmetric) {
		return nil, errs.InvalidField("correlation", m.Correlation, "a positive definite matrix")
	}
	var lower mat.TriDense
	cholesky.LTo(&lower)
	factor := make([][]float64, n)
	for i := range factor {
		for j := range i + 1 {
			factor[i] = append(factor[i], lower.At(i, j))
		}
	}
	return factor, nil
}

// span writes a range for people.
func span(low, high float64, unit string) string {
	if unit != "" {
		unit = " (" + unit + ")"
	}
	return fmt.Sprintf("%v to %v%s", low, high, unit)
}
