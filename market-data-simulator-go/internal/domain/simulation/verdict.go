package simulation

import (
	"context"
	"fmt"
	"slices"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/resample"
)

// Verdict is the scores of a market beside their nulls and their ceiling, or the reason why there are none.
type Verdict struct {
	Report realism.Report
	Reason string // why there is no report; empty when there is one
	// Of a report: what was compared with what.
	Against string // the real bars, in words
	Seconds int    // length of the compared bars
	Days    int    // whole UTC days that were compared, at most those of the reference
}

// Verdict scores the simulation: all of its pairs, whichever were shown. A path is compared with the real bars of the profile on
// the profile's interval, a bootstrap with the bars that it drew from. The only error is the end of the context.
func (p *Plan) Verdict(ctx context.Context) (Verdict, error) {
	if p.source == nil {
		return Verdict{Reason: "quantiles of many runs are no market: for scores simulate one run, which has the seed of the first run plus its number"}, nil
	}
	if _, days := wholeDays(p.Spec); days == 0 {
		return Verdict{Reason: tooShort}, nil
	}
	reference, panel, err := p.source.judge(ctx)
	if ctx.Err() != nil {
		return Verdict{}, ctx.Err()
	}
	if err != nil {
		return Verdict{Reason: err.Error()}, nil //nolint:nilerr // a reason is the answer
	}
	against := "the bars that were given"
	if _, walks := p.source.(*walked); walks {
		against = "the real bars of the profile"
	}
	return judged(reference, panel, against), nil
}

const tooShort = "no whole UTC day: a verdict takes 14 days of 1-minute bars or one year of hourly bars"

func judged(reference realism.Reference, panel realism.Panel, against string) Verdict {
	report, err := reference.Report(panel)
	if err != nil {
		return Verdict{Reason: err.Error()}
	}
	return Verdict{Report: report, Against: against, Seconds: reference.IntervalSeconds, Days: min(panel.Days(), reference.Days)}
}

// Validate scores bars that somebody made elsewhere: against the real ones, or, when there are none, against those of the profile. What
// is too short or lacks a pair has no verdict; the reason says so. An error is about bars that are none, or the end of the context.
func (w *World) Validate(ctx context.Context, simulated, real []bar.Series) (Verdict, error) {
	for _, series := range slices.Concat(simulated, real) {
		if err := resample.Check(series); err != nil {
			return Verdict{}, err
		}
	}
	reference, against := w.fitted.Reference, fmt.Sprintf("the real bars of the profile %q", w.fitted.Name)
	if len(real) > 0 {
		against = "the real bars that were sent"
		panel, err := realism.FromSeries(real)
		if err == nil {
			reference, err = builtFrom(ctx, panel)
		}
		if ctx.Err() != nil {
			return Verdict{}, ctx.Err()
		}
		if err != nil {
			return Verdict{Reason: "the real bars: " + err.Error()}, nil //nolint:nilerr // a reason is the answer
		}
	}
	panel, err := realism.FromSeries(simulated)
	if err != nil {
		return Verdict{Reason: "the simulated bars: " + err.Error()}, nil //nolint:nilerr // a reason is the answer
	}
	return judged(reference, panel, against), nil
}
