// Package profile is what calibration learns from real bars and what simulation needs: figures, no prices. A profile
// belongs to one regime of the market; level and shape hold for the period that it names.
package profile

import (
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

// Hours is the number of factors of an hour profile.
const Hours = 24

// Step is the interval that processes advance by. Profiles are fitted on bars of it, or of an hour.
const Step = time.Minute

// Profile describes all modelled pairs together.
type Profile struct {
	Name        string      `json:"name"` // file name without extension, or the shipped name
	Provenance  Provenance  `json:"provenance"`
	Process     string      `json:"process"`     // which process simulates it: superposed, or garch-t (also when empty)
	Pairs       []Pair      `json:"pairs"`       // in the order of Correlation's rows
	Correlation [][]float64 `json:"correlation"` // of the Gaussian shocks of one base interval, positive definite
	// CommonMixing is the weight in log-volatility of an Exp(1) that all pairs share, fresh each base interval.
	CommonMixing float64 `json:"common_mixing"`
	// Reference holds the statistics of the real bars that the scores compare simulated ones with.
	Reference realism.Reference `json:"reference"`
}

// Provenance says where a profile comes from.
type Provenance struct {
	Regime   string    `json:"regime"`    // name of the market's mood in the period, e.g. lively
	From     time.Time `json:"from"`      // open time of the first bar, UTC
	To       time.Time `json:"to"`        // open time of the last bar, UTC
	BaseStep string    `json:"base_step"` // interval of the bars, 1m or 1h; 1m when empty
	Bars     int       `json:"bars"`      // bars a pair that were used
	Outages  []Outage  `json:"outages"`   // gaps that all pairs share, counted as flat bars by the reference
	Tool     string    `json:"tool"`      // program and version that wrote the profile
}

// Outage is a stretch without bars.
type Outage struct {
	From    time.Time `json:"from"`    // open time of the first missing bar, UTC
	Minutes int       `json:"minutes"` // missing bars
}

// Pair is one modelled instrument.
type Pair struct {
	Symbol  string               `json:"symbol"`      // BASE/QUOTE
	Level   float64              `json:"start_level"` // median close of the period, quote units per base unit
	Tick    instrument.Increment `json:"tick_size"`   // smallest price step of the period
	Factors Factors              `json:"factors"`     // of the superposed model
	Shock   Shock                `json:"shock"`       // of GARCH, which is also the filter that volume follows
	Hours   [Hours]float64       `json:"hours"`       // mean |return| of each UTC hour over the mean of the day, mean 1, over three hours
	Volume  Volume               `json:"volume"`
}

// Shock holds the parameters of GARCH(1,1) with Student-t innovations (Bollerslev 1987), on returns with the hour profile
// divided out: v' = (1 - alpha - beta) + alpha v e^2 + beta v, return = sigma hours sqrt(v) e, so that v has mean 1.
type Shock struct {
	Sigma  float64 `json:"sigma"`        // standard deviation of the log return of a base interval
	Alpha  float64 `json:"alpha"`        // weight of the last squared shock
	Beta   float64 `json:"beta"`         // weight of the last variance; alpha + beta < 1
	Nu     float64 `json:"nu"`           // degrees of freedom of e, > 2
	Common float64 `json:"mixing_share"` // share of the tail mixing's Gaussian driver that all pairs have in common, 0 to 1
}

// Volume holds a regression of the log of a base interval's volume:
// ln volume = Level + ln Hours + Volatility ln(v)/2 + Shock ln(1 + |e|) + u, u' = Persistence u + noise.
// The variance v and the innovation e are those that the recursion of Shock finds in the returns, whatever simulated them.
type Volume struct {
	Level       float64        `json:"level"`       // ln(base units)
	Hours       [Hours]float64 `json:"hours"`       // geometric mean of each UTC hour over that of the day
	Volatility  float64        `json:"volatility"`  // elasticity to conditional volatility
	Shock       float64        `json:"shock"`       // elasticity to 1 + |shock|
	Persistence float64        `json:"persistence"` // of the residual from minute to minute
	Residual    float64        `json:"residual_sd"` // stationary standard deviation of the residual u
}
