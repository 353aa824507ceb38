package simulation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/resample"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// sampled is a market made of given bars.
type sampled struct {
	walk        resample.Walk
	spec        Spec
	count       int
	speed       float64
	instruments []instrument.Instrument // of the pairs that are listed; the others have no tick
}

// withSample prepares a bootstrap or a replay.
func (p *Plan) withSample(w *World, method Method) (err error) {
	if p.FlatHours {
		return errs.InvalidField("flat_hours", true, "false: the hours are those of the given bars")
	}
	s := &sampled{spec: p.Spec, count: p.Bars, speed: 1}
	if err := s.draw(method); err != nil {
		return err
	}
	if s.walk.Fold, err = resample.Fold(s.walk.Sample, p.Interval, s.speed); err != nil {
		return err
	}
	if _, replays := method.(Replay); replays {
		if most := int64(s.walk.Sample.Len()) / s.walk.Fold; int64(p.Bars) > most {
			return errs.InvalidField("end", p.End.UTC().Format(time.RFC3339), fmt.Sprintf("at most %d intervals of %s after the start: "+
				"then the given bars are over", most, p.Interval))
		}
	}
	if work := int64(p.Bars) * s.walk.Fold * int64(len(s.symbols())); work > mostDrawn {
		return tooMuch("end", work, fmt.Sprintf("at most %d drawn bars of all pairs together", int64(mostDrawn)))
	}
	if err := s.level(p.Adjustments); err != nil {
		return err
	}
	for _, symbol := range s.symbols() {
		one, err := instrument.Find(w.instruments, symbol)
		if err != nil {
			s.instruments = append(s.instruments, instrument.Instrument{})
			continue
		}
		s.instruments = append(s.instruments, w.instruments[one])
	}
	p.source, p.symbols = s, s.symbols()
	return nil
}

// mostDrawn bounds the bars that a bootstrap draws, before they are folded.
const mostDrawn = 50_000_000

// draw makes the sample and what chooses from it.
func (s *sampled) draw(method Method) (err error) {
	switch method := method.(type) {
	case StationaryBootstrap:
		if s.walk.Sample, err = resample.New(method.Bars); err == nil {
			s.walk.Sampler, err = resample.NewStationary(s.walk.Sample, method.MeanBlock, s.spec.Seed)
		}
	case DayBlockBootstrap:
		if !s.spec.Start.Equal(s.spec.Start.Truncate(day)) {
			return errs.InvalidField("start", s.spec.Start.UTC().Format(time.RFC3339), "midnight UTC, where the days that are drawn begin")
		}
		if s.walk.Sample, err = resample.New(method.Bars); err == nil {
			s.walk.Sampler, err = resample.NewDayBlock(s.walk.Sample, s.spec.Seed)
		}
	case Replay:
		s.speed, s.walk.Sampler = method.Speed, resample.Replay{}
		s.walk.Sample, err = resample.New(method.Bars)
	}
	return err
}

// level moves the start prices.
func (s *sampled) level(changes []Adjustment) error {
	for i := range s.symbols() {
		s.walk.Levels = append(s.walk.Levels, s.walk.Sample.Level(i))
	}
	return adjust(changes, s.symbols(), func(field string, pair int, change Adjustment) error {
		if change.Volatility != nil || change.Drift != nil {
			return errs.InvalidField(field, change.Symbol, "no volatility and no drift: the given bars have their own")
		}
		if change.Level == nil {
			return nil
		}
		if !(*change.Level >= 1e-12 && *change.Level <= 1e12) {
			return errs.InvalidField(field+".start_price", *change.Level, "1e-12 to 1e+12 (quote units per base unit)")
		}
		s.walk.Levels[pair] = *change.Level
		return nil
	})
}

func (s *sampled) symbols() []string { return s.walk.Sample.Symbols() }

func (s *sampled) bars(chosen []int, yield func(bars []bar.Bar) bool) error {
	shown := make([]bar.Bar, len(chosen))
	s.walk.Bars(s.spec.Start, s.spec.Interval, int64(s.count), func(all []bar.Bar) bool {
		for n, i := range chosen {
			shown[n] = all[i]
			s.round(&shown[n], i)
		}
		return yield(shown)
	})
	return nil
}

// round makes prices multiples of the tick and volumes of the lot, where they are known.
func (s *sampled) round(one *bar.Bar, pair int) {
	listed := s.instruments[pair]
	if listed.Symbol == "" {
		return
	}
	for _, price := range []*float64{&one.Open, &one.High, &one.Low, &one.Close} {
		*price = listed.Price(*price)
	}
	one.Volume = listed.Lot.Round(one.Volume)
}

// judge compares the drawn bars with the given ones, on their own interval.
func (s *sampled) judge(ctx context.Context) (realism.Reference, realism.Panel, error) {
	if s.speed != 1 {
		return realism.Reference{}, realism.Panel{}, errors.New("bars at another speed are bars of another market: only speed 1 is compared")
	}
	given, err := realism.FromSeries(s.walk.Sample.Series())
	if err != nil {
		return realism.Reference{}, realism.Panel{}, err
	}
	reference, err := builtFrom(ctx, given)
	if err != nil {
		return realism.Reference{}, realism.Panel{}, fmt.Errorf("the given bars: %w", err)
	}
	panel, err := realism.FromSeries(s.unfolded(ctx))
	return reference, panel, err
}

// referenceSeed draws bootstrap, nulls and ceiling of a reference that is built for one comparison.
const referenceSeed = 1

// builtFrom is the reference of given bars. It takes seconds, and ends with the context.
func builtFrom(ctx context.Context, given realism.Panel) (realism.Reference, error) {
	return realism.BuildInStages(given, referenceSeed, func(string) error { return ctx.Err() })
}

// unfolded is the simulation in bars of the sample's interval.
func (s *sampled) unfolded(ctx context.Context) []bar.Series {
	walk, interval := s.walk, s.walk.Sample.Interval()
	walk.Fold = 1
	all := make([]bar.Series, len(s.symbols()))
	for i, symbol := range s.symbols() {
		all[i] = bar.Series{Symbol: symbol, Interval: interval}
	}
	walk.Bars(s.spec.Start, interval, int64(s.count)*s.walk.Fold, func(bars []bar.Bar) bool {
		for i, one := range bars {
			all[i].Bars = append(all[i].Bars, one)
		}
		return ctx.Err() == nil
	})
	return all
}
