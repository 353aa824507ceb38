// Package tape makes the trades of one minute: when they happen, who is the aggressor and how large they are, relative to each
// other. A minute depends on nothing but its draws, so any minute can be computed without those before it.
//
// Arrivals are a Hawkes process (Hawkes 1971, "Spectra of some self-exciting and mutually exciting point processes") of
// intensity
//
//	lambda(t) = mu + sum over past events s, kernels k of n_k/tau_k exp(-(t-s)/tau_k)
//
// drawn by its clusters (Hawkes and Oakes 1974, "A cluster process representation of a self-exciting process"): events that
// nothing has excited come as a Poisson process, and each event has Poisson(n_k) children of each kernel, delayed by
// exponentials of mean tau_k. Time runs in a circle of one minute: a child that falls behind its end falls on its beginning, so
// that the intensity is the same in every part of the minute, and minutes do not depend on each other.
package tape

import (
	"math"
	"slices"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/draw"
)

// Figures fitted to one busy stretch of a large spot market, BTC/USD and ETH/USD, 346 s from 2024-08-08 23:54:13 UTC. Kernels by
// maximum likelihood (Ogata 1978, "The asymptotic behaviour of maximum likelihood estimators for stationary point processes"):
// n 0.316, 0.259, 0.171 and tau 6.7 ms, 105 ms, 5.6 s for BTC/USD; 0.339, 0.238, 0.130 and 5.2 ms, 74 ms, 4.6 s for ETH/USD.
const (
	// BusyRate is the mean number of events a second: 9.4 for BTC/USD, 5.6 for ETH/USD.
	BusyRate = 7.5

	// RateExponent is how the number of events rises with volume: the slope of its logarithm on that of the volume in windows of
	// 10 s, 0.43 for BTC/USD and 0.41 for ETH/USD.
	RateExponent = 0.42

	// SizeDeviation is the standard deviation of the logarithm of a trade's size: 2.58 for BTC/USD, 2.64 for ETH/USD.
	SizeDeviation = 2.6

	sizeReach = 2.9 // the largest trade of the sample, in standard deviations of the logarithm
)

// kernels are the parts of an event's excitement.
var kernels = [...]kernel{{0.33, 6 * time.Millisecond}, {0.25, 90 * time.Millisecond}, {0.15, 5 * time.Second}}

// kernel is children and their delay.
type kernel struct {
	Children float64 // mean number
	Delay    time.Duration
}

// Branching is the share of events that others have excited.
func Branching() float64 {
	sum := 0.0
	for _, one := range kernels {
		sum += one.Children
	}
	return sum
}

// Fills: an event is an order that trades with one or more others. The chance of more than f fills is (1+f/fillScale)^-fillTail
// (Lomax 1954), and 3 its mean as in the sample; there 30 % of events have more than one for BTC/USD, 42 % for ETH/USD, and 1 % more
// than 24 and 22.
const (
	fillTail  = 1.25
	fillScale = 0.77
	mostFills = 300
)

// The sign of an order is that of one of two hidden flows, which large orders feed as they are executed piece by piece (Lillo,
// Mike and Farmer 2005, "Theory for long memory in supply and demand"), or of neither. A flow ends with a chance at each order,
// so the autocorrelation of signs is a sum of two powers.
const (
	fastFlow, fastKeep = 0.5, 0.7
	slowFlow, slowKeep = 0.42, 0.97
)

// Trade is one of a minute's.
type Trade struct {
	At     time.Duration // since the minute began
	Weight float64       // size relative to those of other trades
	Buy    bool          // the aggressor buys
	Order  int           // its event: trades of one order have the same, and the same time and side
}

// Minute is the trades of one minute, in order of time. The zero value is ready; one that is used again does not allocate.
type Minute struct {
	Trades []Trade
	times  []time.Duration
}

// Draw fills the minute from a stream with a mean number of events a second. There is at least one trade. Orders that fall
// into one grain of time have the same side.
func (m *Minute) Draw(stream *draw.Stream, rate float64, grain time.Duration) {
	m.arrive(stream, rate)
	m.Trades = m.Trades[:0]
	var flows flows
	flows.start(stream)
	last, buy := time.Duration(-1), false
	for order, at := range m.times {
		if now := at / grain; now != last {
			last, buy = now, flows.next(stream)
		}
		for range fills(stream) {
			z := min(sizeReach, stream.Normal())
			m.Trades = append(m.Trades, Trade{At: at, Weight: math.Exp(SizeDeviation * z), Buy: buy, Order: order})
		}
	}
}

// arrive draws the times of the events.
func (m *Minute) arrive(stream *draw.Stream, rate float64) {
	mean := float64(time.Second) / (rate * (1 - Branching()))
	m.times = m.times[:0]
	for at := mean * stream.Exponential(); at < float64(time.Minute); at += mean * stream.Exponential() {
		m.times = append(m.times, time.Duration(at))
	}
	if len(m.times) == 0 {
		m.times = append(m.times, time.Duration(stream.Uniform()*float64(time.Minute)))
	}
	for parent := 0; parent < len(m.times); parent++ { // the list grows as it is read
		for _, one := range kernels {
			for range poisson(stream, one.Children) {
				delay := time.Duration(stream.Exponential() * float64(one.Delay))
				m.times = append(m.times, (m.times[parent]+delay)%time.Minute)
			}
		}
	}
	slices.Sort(m.times)
}

// poisson draws a count of a small mean.
func poisson(stream *draw.Stream, mean float64) (count int) {
	for sum := stream.Exponential(); sum < mean; sum += stream.Exponential() {
		count++
	}
	return count
}

// fills draws the number of trades of an order.
func fills(stream *draw.Stream) int {
	chance := stream.Uniform()
	if chance > severalFills {
		return 1
	}
	beyond := fillScale * (math.Pow(chance, -1/fillTail) - 1)
	return 1 + int(min(beyond, mostFills-1))
}

// severalFills is the share of orders that trade more than once.
var severalFills = math.Pow(1+1/fillScale, -fillTail)

// flows are the hidden signs.
type flows struct{ fast, slow bool }

func (f *flows) start(stream *draw.Stream) {
	f.fast, f.slow = stream.Uniform() < 0.5, stream.Uniform() < 0.5
}

// next is the sign of the next order.
func (f *flows) next(stream *draw.Stream) (buy bool) {
	if stream.Uniform() > fastKeep {
		f.fast = stream.Uniform() < 0.5
	}
	if stream.Uniform() > slowKeep {
		f.slow = stream.Uniform() < 0.5
	}
	switch which := stream.Uniform(); {
	case which < fastFlow:
		return f.fast
	case which < fastFlow+slowFlow:
		return f.slow
	default:
		return stream.Uniform() < 0.5
	}
}
