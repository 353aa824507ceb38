// Package screening looks at a transfer before anybody is asked to approve it: whether it says who sends and who receives where the law wants that,
// whether its address is one that the participant has allowed, and whether the participant moves too much too fast.
//
// Amounts are whole units of an asset, times are business time in nanoseconds since 1970 UTC, handed in. All errors are of package errs.
package screening

import (
	"fmt"
	"unicode/utf8"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/window"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Bounds of what is kept.
const (
	MaxEntries   = 1000 // in each list of the rules
	MaxAddresses = 1000 // of a participant
	MaxNameBytes = 64   // of participants, types, assets and jurisdictions
	MaxTextBytes = 256  // of addresses, and of the fields of the travel rule
	MaxCooling   = 366 * window.Day
)

// Rules say what is looked at. The zero value passes everything.
type Rules struct {
	TravelTypes  []string // of transfer, which need the fields of the travel rule above a threshold
	AddressTypes []string // of transfer, whose address must be on the participant's list

	Thresholds []Threshold // of the travel rule
	Forbidden  []string    // jurisdictions that nothing of the TravelTypes may go to
	Cooling    int64       // how long an address must have been on the list, nanoseconds
	Limits     []Limit     // of what a participant moves; all that apply must hold
}

// Threshold is up to which amount a transfer to a jurisdiction may come without the fields of the travel rule. A jurisdiction that has none for an
// asset has that of "" for it; where there is none either, the fields are always needed. A transfer that does not say where it goes has the lowest
// threshold of its asset.
type Threshold struct {
	Jurisdiction string // e.g. US; "" for those without one
	Asset        string // code, e.g. USD
	UpTo         int64  // units, 0 or more
}

// Limit bounds what a participant moves in an asset within a window.
type Limit struct {
	Name         string   // unique
	Participants []string // whom it binds; none for all
	Assets       []string // codes; none for all; exactly one with a MaxAmount
	Window       int64    // nanoseconds; see window.Valid
	MaxCount     int64    // transfers; 0 for no bound
	MaxAmount    int64    // units; 0 for no bound
}

// Validate tells whether the rules can be put in force: INVALID_RULES with the field, its value and what is wanted.
func (r *Rules) Validate() error {
	for _, list := range []struct {
		field string
		names []string
	}{{"travel_types", r.TravelTypes}, {"address_types", r.AddressTypes}, {"forbidden", r.Forbidden}} {
		if err := validNames(list.field, list.names); err != nil {
			return err
		}
	}
	if r.Cooling < 0 || r.Cooling > MaxCooling {
		return invalid("cooling", r.Cooling, fmt.Sprintf("nanoseconds, 0 to %d", MaxCooling))
	}
	if err := r.validThresholds(); err != nil {
		return err
	}
	return r.validLimits()
}

func (r *Rules) validThresholds() error {
	if len(r.Thresholds) > MaxEntries {
		return invalid("thresholds", len(r.Thresholds), fmt.Sprintf("at most %d of them", MaxEntries))
	}
	type place struct{ jurisdiction, asset string }
	seen := map[place]bool{}
	for n, one := range r.Thresholds {
		field, here := fmt.Sprintf("thresholds[%d]", n), place{one.Jurisdiction, one.Asset}
		switch {
		case one.Jurisdiction != "" && !isText(one.Jurisdiction, MaxNameBytes):
			return invalid(field+".jurisdiction", one.Jurisdiction, nameWanted+`, or "" for all others`)
		case !isText(one.Asset, MaxNameBytes):
			return invalid(field+".asset", one.Asset, nameWanted)
		case one.UpTo < 0:
			return invalid(field+".up_to", one.UpTo, "units, 0 or more")
		case seen[here]:
			return invalid(field+".jurisdiction", one.Jurisdiction, "one threshold for each jurisdiction and asset")
		}
		seen[here] = true
	}
	return nil
}

func (r *Rules) validLimits() error {
	if len(r.Limits) > MaxEntries {
		return invalid("limits", len(r.Limits), fmt.Sprintf("at most %d of them", MaxEntries))
	}
	seen := map[string]bool{}
	for n := range r.Limits {
		one, field := &r.Limits[n], fmt.Sprintf("limits[%d]", n)
		if !isText(one.Name, MaxNameBytes) || seen[one.Name] {
			return invalid(field+".name", one.Name, nameWanted+" that no limit before has")
		}
		seen[one.Name] = true
		if err := one.validate(field); err != nil {
			return err
		}
	}
	return nil
}

func (l *Limit) validate(field string) error {
	if err := validNames(field+".participants", l.Participants); err != nil {
		return err
	}
	if err := validNames(field+".assets", l.Assets); err != nil {
		return err
	}
	switch {
	case !window.Valid(l.Window):
		return invalid(field+".window", l.Window, fmt.Sprintf("a multiple of %d ns up to %d", window.Bucket, window.Longest))
	case l.MaxCount < 0:
		return invalid(field+".max_count", l.MaxCount, "transfers, or 0 for no bound")
	case l.MaxAmount < 0:
		return invalid(field+".max_amount", l.MaxAmount, "units, or 0 for no bound")
	case l.MaxCount == 0 && l.MaxAmount == 0:
		return invalid(field, l.Name, "a max_count, a max_amount, or both")
	case l.MaxAmount > 0 && len(l.Assets) != 1:
		return invalid(field+".assets", l.Assets, "exactly one with a max_amount, since units of different assets cannot be compared")
	}
	return nil
}

// longest is the longest window of the limits.
func (r *Rules) longest() int64 {
	longest := int64(0)
	for n := range r.Limits {
		longest = max(longest, r.Limits[n].Window)
	}
	return longest
}

// validNames checks a list of different names.
func validNames(field string, names []string) error {
	if len(names) > MaxEntries {
		return invalid(field, len(names), fmt.Sprintf("at most %d of them", MaxEntries))
	}
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if !isText(name, MaxNameBytes) || seen[name] {
			return invalid(field, name, nameWanted+", each once")
		}
		seen[name] = true
	}
	return nil
}

const nameWanted = "a name of 1 to 64 bytes"

func isText(text string, most int) bool {
	return text != "" && len(text) <= most && utf8.ValidString(text)
}

// invalid refuses a field of the rules.
func invalid(field string, value any, want string) error {
	text := fmt.Sprint(value)
	return errs.New(errs.Invalid, "INVALID_RULES", "%s is %q: want %s", field, text, want).With("field", field).With("value", text)
}
