// This file decodes the parameters of the modelled types: what is absent has the default of the domain.

package grpcapi

import (
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/model"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// or is the given value, or else the default.
func or(given float64, present bool, otherwise float64) float64 {
	if present {
		return given
	}
	return otherwise
}

// put replaces a default by what is given.
func put(into, given *float64) {
	if given != nil {
		*into = *given
	}
}

func meanReversion(given *marketdatav1.MeanReversionParameters) model.MeanReversion {
	shape := model.DefaultMeanReversion()
	if given != nil {
		put(&shape.HalfLifeHours, given.HalfLifeHours)
	}
	return shape
}

func trendFollowing(given *marketdatav1.TrendFollowingParameters) model.TrendFollowing {
	shape := model.DefaultTrendFollowing()
	if given != nil {
		put(&shape.Strength, given.Strength)
		put(&shape.MemoryHours, given.MemoryHours)
	}
	return shape
}

func jumpDiffusion(given *marketdatav1.JumpDiffusionParameters) model.JumpDiffusion {
	shape := model.DefaultJumpDiffusion()
	if given != nil {
		put(&shape.PerDay, given.JumpsPerDay)
		put(&shape.Mean, given.JumpMean)
		put(&shape.Deviation, given.JumpDeviation)
	}
	return shape
}

func heston(given *marketdatav1.HestonParameters) model.Heston {
	shape := model.DefaultHeston()
	if given != nil {
		put(&shape.ReversionPerDay, given.ReversionPerDay)
		put(&shape.VolOfVariance, given.VolOfVariance)
		put(&shape.Leverage, given.Leverage)
	}
	return shape
}

func garch(given *marketdatav1.GarchParameters) model.GARCH {
	shape := model.DefaultGARCH()
	if given != nil {
		put(&shape.Alpha, given.Alpha)
		put(&shape.Beta, given.Beta)
		put(&shape.Gamma, given.Gamma)
		put(&shape.Nu, given.Nu)
		put(&shape.CommonTails, given.CommonTails)
	}
	return shape
}

func regimeSwitching(given *marketdatav1.RegimeSwitchingParameters) model.RegimeSwitching {
	if len(given.GetRegimes()) == 0 {
		return model.DefaultRegimeSwitching()
	}
	shape := model.RegimeSwitching{}
	for _, one := range given.GetRegimes() {
		shape.Regimes = append(shape.Regimes, model.Regime{Volatility: one.GetVolatility(), Drift: one.GetDrift(), Hours: one.GetMeanHours()})
	}
	return shape
}
