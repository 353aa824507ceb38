// This file lays the parameters of the superposed model out as one point, with the limits of each and the difference that
// the slopes are taken over, which is also its unit in a step.

package calibration

import (
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// Kinds of parameters that each pair has one of.
const (
	kindLevel = iota
	kindScale // and the three after it
	_
	_
	_
	kindMixing
	kindOvershoot
	kindLeverage
	kindHours
	kindBounce
	kindCommon // after those that are moved in all pairs at once
	kinds
)

// kind is what the parameters of one kind have in common.
type kind struct {
	limit profile.Limit
	unit  float64
}

// leastBounce keeps a fit from closing the way on which the slope of the bounce is felt.
const leastBounce = 0.03

var (
	ofPairs = [kinds]kind{
		kindLevel: {profile.LevelLimit, 0.02},
		kindScale: {profile.ScaleLimit, 0.02}, kindScale + 1: {profile.ScaleLimit, 0.02},
		kindScale + 2: {profile.ScaleLimit, 0.02}, kindScale + 3: {profile.ScaleLimit, 0.02},
		kindMixing: {profile.MixingLimit, 0.01}, kindOvershoot: {profile.OvershootLimit, 0.01},
		kindLeverage: {profile.LeverageLimit, 0.03}, kindHours: {profile.HourExponentLimit, 0.05},
		kindBounce: {profile.Limit{Low: leastBounce, High: profile.BounceLimit.High}, 0.05}, kindCommon: {profile.CommonLimit, 0.03},
	}
	ofAll = kind{profile.MixingLimit, 0.01}
	ofTwo = kind{profile.Limit{Low: -maxCorrelation, High: maxCorrelation}, 0.01}
)

// point is the parameters: kind by kind those of each pair, then the common mixing, then the correlations of each two pairs
// in the order 01 02 .. 12 .. .
type point struct {
	pairs  int
	values []float64
}

func newPoint(pairs int) point {
	return point{pairs: pairs, values: make([]float64, kinds*pairs+1+pairs*(pairs-1)/2)}
}

func (p point) clone() point {
	return point{pairs: p.pairs, values: append([]float64(nil), p.values...)}
}

func (p point) at(kind, pair int) int { return kind*p.pairs + pair }

func (p point) mixing() int { return kinds * p.pairs }

// correlation is the place of that of the pairs i < j.
func (p point) correlation(i, j int) int { return p.mixing() + 1 + among(p.pairs, i, j) }

// among numbers the combinations of two of n.
func among(n, i, j int) int { return i*(2*n-i-1)/2 + j - i - 1 }

// kind is that of the parameter at a place.
func (p point) kind(place int) kind {
	switch {
	case place < p.mixing():
		return ofPairs[place/p.pairs]
	case place == p.mixing():
		return ofAll
	}
	return ofTwo
}

// nudge moves a parameter by one unit, inward where it would leave its limits, and answers with the direction.
func (p point) nudge(place int) float64 {
	of := p.kind(place)
	direction := 1.0
	if p.values[place]+of.unit > of.limit.High {
		direction = -1
	}
	p.values[place] += direction * of.unit
	return direction
}

// moved is the point a step further, in units, within the limits.
func (p point) moved(step []float64) point {
	next := p.clone()
	for place := range next.values {
		of := p.kind(place)
		next.values[place] = clamp(next.values[place]+clamp(step[place], -longest, longest)*of.unit, of.limit.Low, of.limit.High)
	}
	return next
}

// factors are the parameters of one pair.
func (p point) factors(pair int) profile.Factors {
	of := func(kind int) float64 { return p.values[p.at(kind, pair)] }
	f := profile.Factors{
		Level: of(kindLevel), Mixing: of(kindMixing), Common: of(kindCommon), Overshoot: of(kindOvershoot),
		Leverage: of(kindLeverage), HourExponent: of(kindHours), Bounce: of(kindBounce),
	}
	for k := range f.Scales {
		f.Scales[k] = of(kindScale + k)
	}
	return f
}

func (p point) set(pair int, f profile.Factors) {
	for kind, value := range map[int]float64{
		kindLevel: f.Level, kindMixing: f.Mixing, kindCommon: f.Common, kindOvershoot: f.Overshoot,
		kindLeverage: f.Leverage, kindHours: f.HourExponent, kindBounce: f.Bounce,
	} {
		p.values[p.at(kind, pair)] = value
	}
	for k, sd := range f.Scales {
		p.values[p.at(kindScale+k, pair)] = sd
	}
}

// matrix is the shock correlation, made positive definite.
func (p point) matrix() [][]float64 {
	matrix := identity(p.pairs)
	for i := range p.pairs {
		for j := i + 1; j < p.pairs; j++ {
			matrix[i][j] = p.values[p.correlation(i, j)]
			matrix[j][i] = matrix[i][j]
		}
	}
	return nearest(matrix)
}

// guess is where the search starts: the same for every set but for what can be read off its returns.
func guess(s *sample, returns [][]float64) point {
	p := newPoint(len(returns))
	p.values[p.mixing()] = 0.1
	for i, r := range returns {
		f := profile.Factors{Scales: [process.Scales]float64{0.3, 0.3, 0.35, 0.2}, Mixing: 0.1, Common: 0.8, HourExponent: 1, Bounce: 0.35}
		if !s.minutes() {
			f.Scales[2] = 0.3
		}
		f.Level = math.Log(deviation(r)) - 0.0225*(1+f.Common)
		for _, sd := range f.Scales {
			f.Level -= sd * sd
		}
		f.Level = clamp(f.Level, profile.LevelLimit.Low, profile.LevelLimit.High)
		p.set(i, f)
		for j := range i {
			p.values[p.correlation(j, i)] = clamp(1.02*pearson(r, returns[j], same), -maxCorrelation, maxCorrelation)
		}
	}
	return p
}
