package resample

import (
	"math"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
)

// Walk is a market made of a sample.
type Walk struct {
	Sample  *Sample
	Sampler Sampler
	Fold    int64     // bars of the sample in one bar of the output, at least 1
	Levels  []float64 // price of each pair at the start; nil for those of the sample
}

// Bars yields count bars of an interval from a time on, one call a bar with a bar for each pair in the order of the sample's symbols;
// the slice is reused. It ends early when yield answers false. Each drawn bar keeps its shape and is moved to where the one before it
// ended. Prices are not rounded: what they are multiples of, the caller knows.
func (w Walk) Bars(from time.Time, interval time.Duration, count int64, yield func(bars []bar.Bar) bool) {
	levels, bars := w.Levels, make([]bar.Bar, len(w.Sample.symbols))
	if levels == nil {
		for i := range bars {
			levels = append(levels, w.Sample.Level(i))
		}
	} else {
		levels = append([]float64(nil), levels...)
	}
	position := int64(-1)
	for n := range count {
		for i := range bars {
			bars[i] = bar.Bar{Time: from.Add(time.Duration(n) * interval).UTC(), Low: math.Inf(1)}
		}
		for part := range w.Fold {
			position = w.Sampler.Next(position, n*w.Fold+part)
			for i := range bars {
				levels[i] = w.take(&bars[i], i, position, levels[i])
			}
		}
		if !yield(bars) {
			return
		}
	}
}

// take folds a bar of the sample into one of the output and answers with the price at which it ends. The factor, not the return,
// is what carries over: a replay from the sample's own level then has the sample's prices to the last digit.
func (w Walk) take(one *bar.Bar, pair int, position int64, level float64) float64 {
	given := w.Sample.bars[pair][position]
	factor := level / w.Sample.bases[pair][position]
	if one.High == 0 {
		one.Open = factor * given.Open
	}
	one.High, one.Low = max(one.High, factor*given.High), min(one.Low, factor*given.Low)
	one.Close = factor * given.Close
	one.Volume += given.Volume
	return one.Close
}
