// This file fits volume: a regression of its log on the hour, on the pair's volatility and on the minute's shock, and an
// autoregression of what remains.

package calibration

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// maxElasticity bounds how fast volume rises with volatility and shock, because wilder minutes will be simulated than any
// that was fitted.
const maxElasticity = 2

// fitVolume fits the minutes that traded; those without volume say nothing about the law of those with.
func (s *sample) fitVolume(p *pairSample, innovations, variances []float64) (profile.Volume, error) {
	logs := missing(s.slots)
	for slot, volume := range p.volumes {
		if volume > 0 {
			logs[slot] = math.Log(volume)
		}
	}
	fitted := profile.Volume{Hours: s.volumeHours(logs)}
	curve := process.Curve(fitted.Hours, s.base)
	for slot := range logs {
		logs[slot] -= math.Log(curve[s.ofDay(slot)])
	}
	residuals, err := regress(logs, innovations, variances, &fitted)
	if err != nil {
		return fitted, err
	}
	fitted.Residual = deviation(residuals)
	fitted.Persistence = clamp(pearson(residuals[1:], residuals[:len(residuals)-1], same), 0, 0.999)
	return fitted, nil
}

// volumeHours is the geometric mean volume of each hour, scaled to a geometric mean of 1.
func (s *sample) volumeHours(logs []float64) [profile.Hours]float64 {
	shift := 100.0 // keeps the mean of logs away from 0, so that the profile of means can be taken
	hours := s.hourProfile(func(slot int) float64 { return logs[slot] + shift })
	level := mean(logs) + shift
	for hour := range hours {
		hours[hour] = math.Exp((hours[hour] - 1) * level)
	}
	return hours
}

// regress solves the least squares of the logs on a constant, ln(variance)/2 and ln(1+|innovation|).
func regress(logs, innovations, variances []float64, fitted *profile.Volume) (residuals []float64, err error) {
	normal, right := mat.NewSymDense(3, nil), mat.NewVecDense(3, nil)
	row := func(slot int) [3]float64 {
		return [3]float64{1, math.Log(variances[slot]) / 2, math.Log1p(math.Abs(innovations[slot]))}
	}
	for slot, value := range logs {
		if math.IsNaN(value) || math.IsNaN(innovations[slot]) {
			continue
		}
		x := row(slot)
		for i := range x {
			right.SetVec(i, right.AtVec(i)+x[i]*value)
			for j := i; j < len(x); j++ {
				normal.SetSym(i, j, normal.At(i, j)+x[i]*x[j])
			}
		}
	}
	var solution mat.VecDense
	if err := solution.SolveVec(normal, right); err != nil {
		return nil, fmt.Errorf("regression of volume: %w", err)
	}
	fitted.Volatility, fitted.Shock = clamp(solution.AtVec(1), 0, maxElasticity), clamp(solution.AtVec(2), 0, maxElasticity)
	residuals = missing(len(logs))
	for slot, value := range logs {
		x := row(slot)
		residuals[slot] = value - fitted.Volatility*x[1] - fitted.Shock*x[2]
	}
	fitted.Level = mean(residuals)
	for slot := range residuals {
		residuals[slot] -= fitted.Level
	}
	return residuals, nil
}
