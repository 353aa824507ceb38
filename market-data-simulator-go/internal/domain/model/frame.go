// This file is the part that all models share: the keyed draws of a minute, the hours of the day, the volume, the price.

package model

import (
	"math"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/draw"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// frame does for a model what does not depend on its law. A model's state is that of the frame, two numbers a pair, and then
// its own.
type frame struct {
	seed   uint64
	offset int64 // minute of the UTC day of minute 0
	rows   []row
	factor [][]float64 // lower Cholesky factor of the correlation
	shocks []float64   // scratch: the first set of normals of the minute at hand
	others []float64   // scratch: a second set, for models that need one
}

// row holds one pair in the form in which Step uses it.
type row struct {
	sigma  *process.Day // standard deviation of a minute's log return
	daily  float64      // that of a day's
	drift  float64      // log of the expected growth of a minute
	volume profile.Volume
	hours  *process.Day // log of the volume's hour curve
	noise  float64      // standard deviation of the volume residual's innovation
}

// Each pair has two numbers in the frame's part of the state.
const (
	statePrice  = iota // log price over the start level
	stateVolume        // residual of log volume
	stateSize
)

func newFrame(market Market, epoch time.Time) (frame, error) {
	factor, err := market.lowerFactor()
	if err != nil {
		return frame{}, err
	}
	f := frame{factor: factor, offset: int64(epoch.UTC().Hour()*60 + epoch.UTC().Minute())}
	for _, pair := range market.Pairs {
		if err := pair.Validate(pair.Symbol + " "); err != nil {
			return frame{}, err
		}
		f.rows = append(f.rows, newRow(pair))
	}
	return f.fork(), nil
}

// newRow scales the hours so that the variances of a day's minutes add up to the variance of the day.
func newRow(pair Pair) row {
	sigma, hours := process.HourCurve(pair.Hours), process.HourCurve(pair.Volume.Hours)
	squares := 0.0
	for _, factor := range sigma {
		squares += factor * factor
	}
	daily := pair.Volatility / math.Sqrt(daysPerYear)
	for minute := range sigma {
		sigma[minute] *= daily / math.Sqrt(squares)
		hours[minute] = math.Log(hours[minute])
	}
	persistence := pair.Volume.Persistence
	return row{
		sigma: sigma, daily: daily, drift: pair.Drift / minutesPerYear, volume: pair.Volume, hours: hours,
		noise: pair.Volume.Residual * math.Sqrt(1-persistence*persistence),
	}
}

func (f *frame) fork() frame {
	fork := *f
	fork.shocks, fork.others = make([]float64, len(f.rows)), make([]float64, len(f.rows))
	return fork
}

// start is the state of the frame, with room for that many more numbers.
func (f *frame) start(own int) process.State { return make(process.State, stateSize*len(f.rows)+own) }

// own is the model's part of a state.
func (f *frame) own(state process.State) []float64 { return state[stateSize*len(f.rows):] }

// open begins a minute: it draws the correlated shocks and answers with the stream for whatever else the model draws.
func (f *frame) open(minute int64) draw.Stream {
	stream := draw.Keyed(f.seed, purposeMinute, uint64(minute))
	f.normals(&stream, f.shocks)
	return stream
}

// normals fills in standard normals with the correlation of the market.
func (f *frame) normals(stream *draw.Stream, into []float64) {
	for i := range into {
		into[i] = stream.Normal()
	}
	f.Correlate(into)
}

// sigma is the standard deviation of a minute's log return of pair i at its usual volatility.
func (f *frame) sigma(i int, minute int64) float64 {
	return f.rows[i].sigma[(minute+f.offset)%minutesPerDay]
}

// change is what a model's law says of one pair in one minute.
type change struct {
	log      float64 // log return
	sigma    float64 // standard deviation of the log return, given everything but its direction
	variance float64 // conditional variance relative to the usual one
	shock    float64 // standardised innovation
}

// close ends a minute for pair i: price and volume.
func (f *frame) close(state process.State, i int, stream *draw.Stream, law change) process.Move {
	own, one := state[i*stateSize:(i+1)*stateSize:(i+1)*stateSize], &f.rows[i]
	open := own[statePrice]
	own[statePrice] += law.log
	own[stateVolume] = one.volume.Persistence*own[stateVolume] + one.noise*stream.Normal()
	return process.Move{
		Open: open, Close: own[statePrice], Sigma: law.sigma,
		Tone: process.Tone{Variance: law.variance, Shock: law.shock, Residual: own[stateVolume]},
	}
}

// leastVariance keeps the log of a variance finite that a model may bring down to 0.
const leastVariance = 1e-9

// Volume implements process.Process by the regression that the profile was fitted with.
func (f *frame) Volume(pair int, minute int64, tone process.Tone) float64 {
	one := &f.rows[pair]
	return math.Exp(one.volume.Level + one.hours[(minute+f.offset)%minutesPerDay] +
		one.volume.Volatility*math.Log(max(leastVariance, tone.Variance))/2 + one.volume.Shock*math.Log1p(math.Abs(tone.Shock)) + tone.Residual)
}

// Correlate implements process.Process.
func (f *frame) Correlate(shocks []float64) {
	for i := len(shocks) - 1; i >= 0; i-- {
		sum := 0.0
		for j, weight := range f.factor[i] {
			sum += weight * shocks[j]
		}
		shocks[i] = sum
	}
}
