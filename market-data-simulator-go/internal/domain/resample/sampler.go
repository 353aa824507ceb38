package resample

import (
	"fmt"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/draw"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Sampler says which bar of a sample comes next: a pure function of the position of the bar before and the keyed draws of a
// step, so that any step can be reached from any saved position.
type Sampler interface {
	// Next is the position of the bar of a step, given that of the step before; step 0 has none before it.
	Next(before, step int64) int64
}

// Purposes key the independent streams of draws of this package, apart from those of the other processes.
const (
	purposeStationary = 401 + iota
	purposeDays
)

// MostBars is the longest mean block.
const MostBars = 1_000_000

// Stationary draws blocks of geometric length from anywhere in the sample, which is closed to a ring (Politis & Romano 1994, "The
// stationary bootstrap"): the bar after one is the next of the sample with probability 1 - 1/mean block, else one at random. What
// comes out is stationary, has the marginal law of the sample, and its dependence within blocks.
type Stationary struct {
	seed  uint64
	count int64
	jump  float64 // probability that a block ends
}

// NewStationary draws from a sample with blocks of meanBlock bars on average, 1 to 1,000,000.
func NewStationary(sample *Sample, meanBlock float64, seed uint64) (Stationary, error) {
	if !(meanBlock >= 1 && meanBlock <= MostBars) {
		return Stationary{}, errs.InvalidField("stationary_bootstrap.mean_block", meanBlock, fmt.Sprintf("1 to %d bars", MostBars))
	}
	return Stationary{seed: seed, count: int64(sample.Len()), jump: 1 / meanBlock}, nil
}

// Next implements Sampler.
func (s Stationary) Next(before, step int64) int64 {
	stream := draw.Keyed(s.seed, purposeStationary, uint64(step))
	if ends := stream.Uniform() < s.jump; step == 0 || ends {
		return int64(stream.Below(uint64(s.count)))
	}
	return (before + 1) % s.count
}

// DayBlock draws whole UTC days (Kuensch 1989, blocks of a day): hours keep their character and everything within a day its order.
type DayBlock struct {
	seed   uint64
	perDay int64
	starts []int64
}

// NewDayBlock draws from the whole days of a sample; it needs at least one.
func NewDayBlock(sample *Sample, seed uint64) (DayBlock, error) {
	starts := sample.wholeDays()
	if len(starts) == 0 {
		return DayBlock{}, errs.InvalidField("bars", sample.Len(), "at least one whole UTC day of bars without gaps")
	}
	return DayBlock{seed: seed, perDay: int64(day / sample.interval), starts: starts}, nil
}

// Next implements Sampler.
func (d DayBlock) Next(before, step int64) int64 {
	if step%d.perDay != 0 {
		return before + 1
	}
	stream := draw.Keyed(d.seed, purposeDays, uint64(step/d.perDay))
	return d.starts[stream.Below(uint64(len(d.starts)))]
}

// Replay plays the bars of a sample in their order. It ends where the sample does.
type Replay struct{}

// Next implements Sampler.
func (Replay) Next(_, step int64) int64 { return step }

// Fold is the number of bars that one bar of the output holds when time runs speed times as fast: interval * speed / bars'
// interval. It must come out whole; speed is 0.001 to 100,000.
func Fold(sample *Sample, interval time.Duration, speed float64) (int64, error) {
	if !(speed >= 1e-3 && speed <= 1e5) {
		return 0, errs.InvalidField("replay.speed", speed, "0.001 to 100000")
	}
	exact := interval.Seconds() * speed / sample.interval.Seconds()
	whole := int64(exact + 0.5)
	if difference := exact - float64(whole); whole < 1 || difference > 1e-9*exact || difference < -1e-9*exact {
		return 0, errs.InvalidField("interval", interval.String(),
			fmt.Sprintf("an interval that holds a whole number of the given bars, which last %v at speed %v",
				time.Duration(float64(sample.interval)/speed), speed))
	}
	return whole, nil
}
