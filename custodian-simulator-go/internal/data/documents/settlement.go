// This file is the shape of the `settlement` configuration document and what must hold in it.

package documents

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/asset"
	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/calendar"
	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// Settlement is the `settlement` configuration document.
type Settlement struct {
	AssetCalendars map[string][]string `json:"asset_calendars"` // by code; each fiat asset is there, others are open every day when missing
	Rails          []Rail              `json:"rails"`
	Types          []Type              `json:"types"`
	TradeLag       map[string]Lag      `json:"trade_lag"`           // by kind: crypto for two crypto assets, fiat with a fiat one
	Penalty        map[string]string   `json:"penalty_bps_per_day"` // by kind of asset: of the value of a fail, for each day, basis points
}

// Rail is a way on which assets move.
type Rail struct {
	Name       string   `json:"name"`
	Calendars  []string `json:"calendars"`
	Zone       string   `json:"zone"`        // IANA name; UTC when missing
	CutOff     string   `json:"cut_off"`     // time of the zone, e.g. 17:00; 24:00 is the end of the day
	CycleDelay string   `json:"cycle_delay"` // from the cut-off to the settling of the cycle, e.g. 15m; must be there
}

// Lag says when and how something settles.
type Lag struct {
	Lag  int    `json:"lag"`  // business days, 0 to 3
	Mode string `json:"mode"` // gross or net
	Rail string `json:"rail"` // name of a rail
}

// Type is a type of transfers.
type Type struct {
	Name      string `json:"name"`
	AssetKind string `json:"asset_kind"` // fiat or crypto: what it moves
	Lag
}

// MaxLag is the longest lag, business days.
const MaxLag = 3

// PenaltyScale is the digits of a penalty rate in basis points: its units are 10^-8 of the value a day.
const PenaltyScale = 4

// maxPenalty is 100 basis points a day.
const maxPenalty = 100 * 10_000

// Terms is what the documents say of settlement, decoded.
type Terms struct {
	Plan    calendar.Plan // what the timetable follows from
	Types   []Terming     // of transfers, in the order of the document
	Trades  [2]Terming    // of venue trades, by asset.Kind: Fiat with a fiat leg, else Crypto; without a name
	Penalty [2]int64      // of a fail, by asset.Kind: 10^-8 of the value for each day
}

// Terming is when and how one type settles.
type Terming struct {
	Name string     // e.g. wire-domestic
	Kind asset.Kind // of the assets that it moves
	Lag  int        // business days
	Net  bool       // through the cycle's netting; else each one alone
	Rail int        // index into the rails of the plan
}

// Decode checks the document against the assets and the calendars, and turns it into terms. The error names the field and its value.
func (d *Settlement) Decode(listing *asset.Listing, calendars []calendar.Definition) (*Terms, error) {
	terms := &Terms{Plan: calendar.Plan{Calendars: calendars}}
	for _, step := range []func(*Terms, *asset.Listing) error{d.assets, d.rails, d.plan, d.types, d.trades, d.penalties} {
		if err := step(terms, listing); err != nil {
			return nil, err
		}
	}
	return terms, nil
}

func (d *Settlement) assets(terms *Terms, listing *asset.Listing) error {
	for _, code := range slices.Sorted(maps.Keys(d.AssetCalendars)) {
		if _, known := listing.Index(code); !known {
			return fmt.Errorf("asset_calendars has %q: want the code of an asset of the document instruments", code)
		}
	}
	for n := range listing.Assets {
		one := &listing.Assets[n]
		names := d.AssetCalendars[one.Code]
		if len(names) == 0 && one.Kind == asset.Fiat {
			return fmt.Errorf("asset_calendars[%q] has none: want the calendars of its banks, because it is fiat", one.Code)
		}
		terms.Plan.Assets = append(terms.Plan.Assets, names)
	}
	return nil
}

func (d *Settlement) rails(terms *Terms, _ *asset.Listing) error {
	for n, one := range d.Rails {
		cutOff, err := calendar.ParseClock(one.CutOff)
		if err != nil {
			return fmt.Errorf("rails[%d].cut_off (%s): %w", n, one.Name, err)
		}
		delay, err := time.ParseDuration(one.CycleDelay)
		if err != nil {
			return fmt.Errorf("rails[%d].cycle_delay (%s) is %q: want a duration such as 15m", n, one.Name, one.CycleDelay)
		}
		terms.Plan.Rails = append(terms.Plan.Rails, calendar.Rail{
			Name: one.Name, Calendars: one.Calendars, CutOff: cutOff, Zone: one.Zone, Delay: delay,
		})
	}
	return nil
}

// plan has the timetable made once, to see that it can be.
func (d *Settlement) plan(terms *Terms, _ *asset.Listing) error {
	_, err := calendar.NewTimetable(terms.Plan, nil)
	return err
}

func (d *Settlement) types(terms *Terms, _ *asset.Listing) error {
	for n, one := range d.Types {
		made, err := one.decode(d.Rails)
		if err == nil {
			made.Name = one.Name
			made.Kind, err = asset.ParseKind(one.AssetKind)
		}
		if err != nil {
			return fmt.Errorf("types[%d] (%s): %w", n, one.Name, err)
		}
		twice := slices.ContainsFunc(terms.Types, func(other Terming) bool { return other.Name == one.Name })
		if one.Name == "" || twice {
			return fmt.Errorf("types[%d].name is %q: want one that is not there before", n, one.Name)
		}
		terms.Types = append(terms.Types, made)
	}
	if len(terms.Types) == 0 {
		return fmt.Errorf("types has none: want at least one")
	}
	return nil
}

func (d *Settlement) trades(terms *Terms, _ *asset.Listing) error {
	return eachKind("trade_lag", d.TradeLag, func(kind asset.Kind, lag Lag) (err error) {
		terms.Trades[kind], err = lag.decode(d.Rails)
		terms.Trades[kind].Kind = kind
		return err
	})
}

func (d *Settlement) penalties(terms *Terms, _ *asset.Listing) error {
	return eachKind("penalty_bps_per_day", d.Penalty, func(kind asset.Kind, text string) (err error) {
		terms.Penalty[kind], err = decimal.Parse(text, PenaltyScale)
		if err == nil && (terms.Penalty[kind] < 0 || terms.Penalty[kind] > maxPenalty) {
			err = fmt.Errorf("%q: want 0 to 100 basis points", text)
		}
		return err
	})
}

// eachKind hands what a field says of each kind of asset on; both must be there, and nothing else.
func eachKind[T any](field string, said map[string]T, read func(asset.Kind, T) error) error {
	for _, name := range slices.Sorted(maps.Keys(said)) {
		kind, err := asset.ParseKind(name)
		if err != nil {
			return fmt.Errorf("%s has %q: want fiat and crypto", field, name)
		}
		if err := read(kind, said[name]); err != nil {
			return fmt.Errorf("%s.%s: %w", field, name, err)
		}
	}
	for _, kind := range []asset.Kind{asset.Crypto, asset.Fiat} {
		if _, there := said[kind.String()]; !there {
			return fmt.Errorf("%s.%s is missing: want fiat and crypto", field, kind)
		}
	}
	return nil
}

func (l *Lag) decode(rails []Rail) (made Terming, err error) {
	if l.Lag < 0 || l.Lag > MaxLag {
		return made, fmt.Errorf("lag is %d: want 0 to %d business days", l.Lag, MaxLag)
	}
	if l.Mode != "gross" && l.Mode != "net" {
		return made, fmt.Errorf("mode is %q: want gross or net", l.Mode)
	}
	rail := slices.IndexFunc(rails, func(one Rail) bool { return one.Name == l.Rail })
	if rail < 0 {
		return made, fmt.Errorf("rail is %q: want the name of one of the rails", l.Rail)
	}
	return Terming{Lag: l.Lag, Net: l.Mode == "net", Rail: rail}, nil
}
