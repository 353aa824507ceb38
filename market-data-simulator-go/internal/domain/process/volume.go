// This file makes volume follow volatility. The regression of a profile explains volume by what a GARCH recursion finds in
// real returns, because true volatility cannot be seen in them; so the same recursion runs over the simulated ones, and
// volume keeps its real relation to them.

package process

import (
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// volumeFilter is the recursion and the regression of one pair.
type volumeFilter struct {
	alpha, beta float64
	rest        float64   // 1 - alpha - beta
	keep        float64   // of the residual, after an interval
	inverse     []float64 // 1 / standard deviation of a return at mean variance, by interval of the day
	fit         profile.Volume
	hours       []float64 // log of the volume's hour curve, likewise
	noise       float64   // standard deviation of the residual's innovation
}

func newVolumeFilter(pair profile.Pair, c clock) volumeFilter {
	f := volumeFilter{
		alpha: pair.Shock.Alpha, beta: pair.Shock.Beta, inverse: c.logs(pair.Hours), fit: pair.Volume, hours: c.logs(pair.Volume.Hours),
		rest: 1 - pair.Shock.Alpha - pair.Shock.Beta, keep: pair.Volume.Persistence, noise: residualNoise(pair.Volume),
	}
	for n, log := range f.inverse {
		f.inverse[n] = math.Exp(-log) / pair.Shock.Sigma
	}
	return f
}

func residualNoise(fit profile.Volume) float64 {
	return fit.Residual * math.Sqrt(1-fit.Persistence*fit.Persistence)
}

// step takes in the return of an interval and draws the residual; own is a pair's part of the state.
func (f *volumeFilter) step(own *[pairSize]float64, at int, move, normal float64) Tone {
	variance, scaled := own[pairVariance], move*f.inverse[at]
	own[pairVariance] = min(maxVariance, f.rest+f.alpha*scaled*scaled+f.beta*variance)
	own[pairVolume] = f.keep*own[pairVolume] + f.noise*normal
	return Tone{Variance: variance, Shock: scaled / math.Sqrt(variance), Residual: own[pairVolume]}
}

func (f *volumeFilter) volume(at int, tone Tone) float64 { return volumeOf(&f.fit, f.hours[at], tone) }

// volumeOf is the regression at a log hour factor.
func volumeOf(fit *profile.Volume, hour float64, tone Tone) float64 {
	return math.Exp(fit.Level + hour + fit.Volatility*math.Log(tone.Variance)/2 + fit.Shock*math.Log1p(math.Abs(tone.Shock)) + tone.Residual)
}
