// This file holds the exact law of the highest and the lowest value of a Brownian bridge, so that a second's range is known
// without its ticks. With the bridge going from 0 to d in unit time at unit variance, both by the method of images (Feller,
// "An Introduction to Probability Theory and Its Applications", volume 2, chapter X.5):
//
//	P(high > x)            = exp(-2 x (x-d))
//	P(high < x, low > -y)  = sum over all whole k of exp(-2kw(kw+d)) - exp(-2(x-kw)(x-kw-d)),  w = x+y

package path

import "math"

// reach bounds a bridge: no further beyond its ends than this many standard deviations of an unpinned walk. The law gives
// more a chance of exp(-2 reach^2) = 3e-18, so cutting it changes nothing, and makes it certain which minutes of a day
// cannot hold the day's high.
const reach = 4.5

// narrowest is the range below which a bridge of unit variance does not stay: the chance is about exp(-pi^2/(2 w^2)), 1e-11
// here, and the series would need ever more terms that cancel.
const narrowest = 0.4

// steep is the distance between the ends of a bridge of unit variance from which on only the first terms of the series count:
// the others are below exp(-2 steep^2), and further on they overflow.
const steep = 9.0

// accuracy is more than a quantile of the fall can be off, as a probability: see rise.
const accuracy = 1e-7

// bridgeHigh is the highest value of a bridge from a to b with standard deviation sd of the unpinned walk, at the quantile
// 1-u of its law.
func bridgeHigh(a, b, sd, u float64) float64 {
	high := (a + b + math.Sqrt((a-b)*(a-b)-2*sd*sd*math.Log(u))) / 2
	return min(max(high, a, b), max(a, b)+reach*sd) // rounding may leave it a hair below its ends
}

// leastHigh is at most bridgeHigh, without a logarithm.
func leastHigh(a, b, sd, u float64) float64 {
	return max(a, b, (a+b+math.Sqrt((a-b)*(a-b)+2*sd*sd*logAtLeast(u)))/2)
}

// logAtMost bounds -ln u from above, for u in (0, 1): the logarithm is concave, so it lies above the chord between two powers
// of two. The slack is far above what rounding can do to a high.
func logAtMost(u float64) float64 {
	const slack = 1 + 1e-6
	fraction, exponent := math.Frexp(u) // u = fraction 2^exponent, fraction in [1/2, 1)
	return (2 - 2*fraction - float64(exponent)) * math.Ln2 * slack
}

// logAtLeast bounds -ln u from below, and by 0: the logarithm lies below its tangent, here at three quarters of a power of two.
func logAtLeast(u float64) float64 {
	const at, slack = 0.75, 1 - 1e-6
	fraction, exponent := math.Frexp(u)
	return max(0, 1-fraction/at-logOfTangent-float64(exponent)*math.Ln2) * slack
}

var logOfTangent = math.Log(0.75)

// fall is the law of how far a bridge falls below its start, given its high; lengths are in standard deviations of the
// unpinned walk.
type fall struct {
	high float64 // above the start
	end  float64 // above the start
}

func newFall(from, to, sd, high float64) fall {
	return fall{high: (high - from) / sd, end: (to - from) / sd}
}

// least is how far the bridge falls at the least: to its end, if that is lower.
func (f fall) least() float64 { return max(0, -f.end) }

// quantile is the fall that is not exceeded with probability u.
func (f fall) quantile(u float64) float64 {
	return rise(func(y float64) float64 { return f.within(y) - u }, f.least(), f.least()+reach)
}

// within is P(low > -y | high = x): the derivative by x of the joint law over that of the law of the high alone.
func (f fall) within(y float64) float64 {
	x, d := f.high, f.end
	w, slope := x+y, 2*x-d
	if math.Abs(d) > steep {
		return 1 - ((2*w+d)*math.Exp(-2*(y+d)*(y+2*x))+(2*w-d)*math.Exp(-2*y*(y+slope)))/slope
	}
	if w < narrowest {
		return 0
	}
	outer := math.Exp(2 * x * (x - d))
	inward, outward := math.Exp(2*w*slope), math.Exp(2*w*d) // to the power of k below
	square := math.Exp(-2 * w * w)                          // to the power of k^2
	sum, up, left, power, odd := slope, 1.0, 1.0, 1.0, square
	for k := 1.0; k < 60; k++ {
		power *= odd // square^(k^2), because k^2 is the sum of the first k odd numbers
		if power == 0 {
			break // as good as 0 are all terms from here on, and times a power without end they would be no number
		}
		odd *= square * square
		up *= inward
		left *= outward
		inner := (1-k)*(slope-2*k*w)*power*up + (1+k)*(slope+2*k*w)*power/up
		terms := inner - outer*power*((2*k*k*w+k*d)/left+(2*k*k*w-k*d)*left)
		sum += terms
		if k > 1 && math.Abs(terms) < 1e-9*slope {
			break
		}
	}
	return sum / slope
}

// beyondAtMost bounds P(low < -y | high = x) from above. A path with that high and that low hits the low and then has its
// highest value x, or has x as its highest value and then hits the low; the laws of the highest value after the first hit, and
// of that before the last, follow from one reflection each and are the terms k = -1 and k = 1 of the series. Exponentials are
// rounded up to powers of two, so that none has to be computed.
func (f fall) beyondAtMost(y float64) float64 {
	x, d := f.high, f.end
	w := x + y
	after, before := 2*y*(x+w-d), 2*(x+w)*(y+d)
	return ((2*w-d)*powerAbove(after) + (2*w+d)*powerAbove(before)) / (2*x - d)
}

// powerAbove is a power of two in [exp(-e), 2 exp(-e)], for e at or above 0; beyond 2^-1000 it is that.
func powerAbove(e float64) float64 {
	whole := uint64(min(e*math.Log2E, 1000))
	return math.Float64frombits((1023 - whole) << 52)
}

// rise finds the zero of a rising function between two points by false position with the Illinois step (Dowell & Jarratt
// 1971), to 1e-8 of an argument; the nearer end if there is none.
func rise(f func(float64) float64, low, high float64) float64 {
	atLow, atHigh := f(low), f(high)
	if atHigh <= 0 {
		return high
	}
	if atLow >= 0 {
		return low
	}
	for side, n := 0, 0; high-low > 1e-8 && n < 100; n++ {
		middle := (low*atHigh - high*atLow) / (atHigh - atLow)
		value := f(middle)
		switch {
		case value > 0:
			high, atHigh = middle, value
			if side == 1 {
				atLow /= 2
			}
			side = 1
		case value < 0:
			low, atLow = middle, value
			if side == -1 {
				atHigh /= 2
			}
			side = -1
		default:
			return middle
		}
		if math.Abs(value) < 1e-10 {
			return middle
		}
	}
	return (low + high) / 2
}
