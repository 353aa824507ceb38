// This file holds the exact law of the highest and the lowest value of a Brownian bridge, so that a second's range is known
// without its ticks. With the bridge going from 0 to d in unit time at unit variance, both by reflection (e.g. Borodin &
// Salminen, "Handbook of Brownian Motion", 1.1.8 and 1.15.8):
//
//	P(high > x)            = exp(-2 x (x-d))
//	P(high < x, low > -y)  = sum over all whole k of exp(-2kw(kw+d)) - exp(-2(x-kw)(x-kw-d)),  w = x+y

package path

import "math"

// reach bounds a bridge: no further beyond its ends than this many standard deviations of an unpinned walk. The law gives
// more a chance of exp(-2 reach^2) = 3e-18, so cutting it changes nothing, and makes it certain which minutes of a day
// cannot hold the day's high.
const reach = 4.5

// bridgeHigh is the highest value of a bridge from a to b with standard deviation sd of the unpinned walk, at the quantile
// 1-u of its law.
func bridgeHigh(a, b, sd, u float64) float64 {
	high := (a + b + math.Sqrt((a-b)*(a-b)-2*sd*sd*math.Log(u))) / 2
	return min(high, max(a, b)+reach*sd)
}

// bridgeLow is the lowest value of the bridge at the quantile 1-u of its law given the highest.
func bridgeLow(a, b, sd, high, u float64) float64 {
	d, x := (b-a)/sd, (high-a)/sd
	least := max(0, -d)
	return min(a, b, a-sd*rise(func(y float64) float64 { return lowAbove(x, y, d) - u }, least, least+reach))
}

// lowAbove is P(low > -y | high = x): the derivative by x of the joint law over that of the law of the high alone.
func lowAbove(x, y, d float64) float64 {
	w, slope := x+y, 2*x-d
	sum := slope
	for k := 1.0; ; k++ {
		square := -2 * k * k * w * w
		up, down := math.Exp(square+2*k*w*slope), math.Exp(square-2*k*w*slope)
		outer := square + 2*x*(x-d)
		left, right := math.Exp(outer-2*k*w*d), math.Exp(outer+2*k*w*d)
		terms := (1-k)*(slope-2*k*w)*up + (1+k)*(slope+2*k*w)*down - (2*k*k*w+k*d)*left - (2*k*k*w-k*d)*right
		sum += terms
		if k > 1 && math.Abs(terms) < 1e-10*slope || k > 60 {
			return sum / slope
		}
	}
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
