package process

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// factorPaths draws so many intervals of one pair: the common factors, then the bounce.
func factorPaths(intervals int, seed uint64) (common [Scales][]float64, bounce []float64) {
	f := NewFactors(1, time.Minute, seed)
	state := make(State, f.Size())
	f.Start(state)
	for n := range intervals {
		f.Step(state, int64(n))
		for k, value := range f.Common(state) {
			common[k] = append(common[k], value)
		}
		bounce = append(bounce, f.Bounce(state, 0))
	}
	return common, bounce
}

// autocovariance at a lag, of values less a known mean.
func autocovariance(values []float64, mean float64, lag int) float64 {
	sum := 0.0
	for n := lag; n < len(values); n++ {
		sum += (values[n] - mean) * (values[n-lag] - mean)
	}
	return sum / float64(len(values)-lag)
}

func TestFactorsHaveUnitVarianceAndForgetOnTheirTimeScales(t *testing.T) {
	const intervals = 1_000_000
	common, bounce := factorPaths(intervals, 1)
	for k, tau := range TimeScales(time.Minute) {
		mean := 0.0
		if k == 0 {
			mean = 1 // bursts are positive
		}
		error5 := 5 * math.Sqrt(2*tau/intervals) // of a variance that decays with tau/2, Gaussian
		assert.InDelta(t, mean, average(common[k], func(x float64) float64 { return x }), error5, "mean on scale %d", k)
		assert.InDelta(t, 1, autocovariance(common[k], mean, 0), 2*error5, "variance on scale %d", k)
		assert.InDelta(t, math.Exp(-1), autocovariance(common[k], mean, int(tau)), 2*error5, "at its time scale, %v intervals", tau)
	}
	assert.InDelta(t, 1, autocovariance(bounce, 0, 0), 0.01)
	assert.InDelta(t, math.Exp(-1), autocovariance(bounce, 0, 1), 0.01)
}

func TestBurstsJumpUpAndAreExponential(t *testing.T) {
	common, _ := factorPaths(400_000, 2)
	bursts, decay := common[0], math.Exp(-1/TimeScales(time.Minute)[0])
	beyond := average(bursts, func(x float64) float64 {
		if x > 3 {
			return 1
		}
		return 0
	})
	assert.InDelta(t, math.Exp(-3), beyond, 0.002)
	quiet := 0.0
	for n := 1; n < len(bursts); n++ {
		gain := bursts[n] - decay*bursts[n-1]
		if gain < -1e-12 {
			t.Fatalf("interval %d: a burst fell faster than it decays", n)
		}
		if gain < 1e-12 {
			quiet++
		}
	}
	assert.InDelta(t, decay, quiet/float64(len(bursts)-1), 0.004, "the chance of no jump in an interval is exp(-1/tau)")
}

func TestFactorsOfPairsAndScalesAreIndependent(t *testing.T) {
	const intervals = 300_000
	f := NewFactors(2, time.Minute, 3)
	state := make(State, f.Size())
	f.Start(state)
	products := make([]float64, 0, 3)
	var sums [3]float64
	for n := range intervals {
		f.Step(state, int64(n))
		own, other := f.Own(state, 0), f.Own(state, 1)
		sums[0] += own[1] * other[1] / intervals
		sums[1] += own[1] * f.Common(state)[1] / intervals
		sums[2] += f.Shock(0) * f.Shock(1) / intervals
	}
	products = append(products, sums[:]...)
	assert.InDeltaSlice(t, []float64{0, 0, 0}, products, 5*math.Sqrt(20.0/intervals))
}
