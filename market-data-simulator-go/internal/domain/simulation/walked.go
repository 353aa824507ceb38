package simulation

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

// walked is a market of a path.
type walked struct {
	path      *path.Path
	spec      Spec
	reference realism.Reference
}

func (w *walked) symbols() []string { return w.path.Symbols() }

func (w *walked) bars(chosen []int, yield func(bars []bar.Bar) bool) error {
	return w.path.BarsOf(chosen, w.spec.Start, w.spec.End, w.spec.Interval, yield)
}

// judge compares returns on the interval of the reference, whatever the interval of the bars: the minutes lie beneath all of them.
// No more days are looked at than the reference has.
func (w *walked) judge(ctx context.Context) (realism.Reference, realism.Panel, error) {
	interval := time.Duration(w.reference.IntervalSeconds) * time.Second
	if interval < time.Minute {
		return w.reference, realism.Panel{}, fmt.Errorf("the profile has no statistics of real bars: calibrate it again")
	}
	from, days := wholeDays(w.spec)
	to := from.Add(time.Duration(min(days, w.reference.Days)) * day)
	panel := realism.Panel{Interval: interval, Symbols: w.symbols(), Returns: make([][]float64, len(w.symbols()))}
	last := make([]float64, len(panel.Symbols))
	first := true
	err := w.path.Prices(from, to, interval, func(prices []float64) bool {
		for i, price := range prices {
			if !first {
				panel.Returns[i] = append(panel.Returns[i], math.Log(price/last[i]))
			}
		}
		first = false
		copy(last, prices)
		return ctx.Err() == nil
	})
	return w.reference, panel, err
}

// wholeDays is the first midnight of a simulation and how many whole UTC days follow.
func wholeDays(spec Spec) (from time.Time, days int) {
	from = spec.Start.Add(day - 1).Truncate(day)
	return from, int(max(0, spec.End.Sub(from)/day))
}
