// This file is the screen: it keeps the rules, the lists of addresses, and what has passed.

package screening

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/window"
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Screen screens transfers. A time before the last one it was handed counts as that one. It is not safe for use by several goroutines.
type Screen struct {
	now       int64
	rules     Rules
	addresses map[string][]Address // by participant, sorted by text
	passed    *window.Sums
}

// Address is one that a participant has allowed.
type Address struct {
	Text  string // as the transfer names it
	Added int64  // nanoseconds
}

// New makes a screen. INVALID_RULES.
func New(rules Rules) (*Screen, error) {
	s := &Screen{addresses: map[string][]Address{}, passed: window.New(0)}
	if err := s.SetRules(rules); err != nil {
		return nil, err
	}
	return s, nil
}

// Rules are those in force; they must not be changed.
func (s *Screen) Rules() Rules { return s.rules }

// SetRules puts other rules in force; what has passed still counts, so far as the longest window before goes back. INVALID_RULES.
func (s *Screen) SetRules(rules Rules) error {
	if err := rules.Validate(); err != nil {
		return err
	}
	s.rules = rules
	s.passed.Retain(rules.longest())
	return nil
}

// Allow puts an address on a participant's list; one that is on it stays as it is. INVALID_FIELD, TOO_MANY_ADDRESSES.
func (s *Screen) Allow(now int64, participant, address string) error {
	if !isText(participant, MaxNameBytes) {
		return errs.InvalidField("participant", participant, nameWanted)
	}
	if !isText(address, MaxTextBytes) {
		return errs.InvalidField("address", address, "1 to 256 bytes of UTF-8")
	}
	list := s.addresses[participant]
	at, found := find(list, address)
	if found {
		return nil
	}
	if len(list) >= MaxAddresses {
		return errs.New(errs.ResourceExhausted, "TOO_MANY_ADDRESSES", "allow address %q: %q has %d already, which is the limit; remove some",
			address, participant, len(list)).With("participant", participant).With("address", address)
	}
	s.now = max(s.now, now)
	s.addresses[participant] = slices.Insert(list, at, Address{address, s.now})
	return nil
}

// Disallow takes an address off a participant's list; one that is not on it is none of a change.
func (s *Screen) Disallow(participant, address string) {
	list := s.addresses[participant]
	if at, found := find(list, address); found {
		s.addresses[participant] = slices.Delete(list, at, at+1)
	}
	if len(s.addresses[participant]) == 0 {
		delete(s.addresses, participant)
	}
}

// Addresses is a participant's list, sorted; it must not be changed.
func (s *Screen) Addresses(participant string) []Address { return s.addresses[participant] }

func find(list []Address, text string) (int, bool) {
	return slices.BinarySearchFunc(list, text, func(a Address, text string) int { return cmp.Compare(a.Text, text) })
}

// Screen says what becomes of a transfer. One that passes counts for the limits from then on; Check is the same without that. INVALID_FIELD.
func (s *Screen) Screen(now int64, q *Request) (Report, error) {
	report, err := s.Check(now, q)
	if err == nil && report.Verdict == Pass {
		s.Count(now, q)
	}
	return report, err
}

// Count counts a transfer that goes on although it is held, since somebody has overruled that.
func (s *Screen) Count(now int64, q *Request) {
	s.now = max(s.now, now)
	s.passed.Add(s.now, q.key(), q.Amount)
}

// Check says what would become of a transfer, and changes nothing. INVALID_FIELD.
func (s *Screen) Check(now int64, q *Request) (Report, error) {
	now = max(now, s.now)
	if err := q.validate(); err != nil {
		return Report{}, err
	}
	var report Report
	if slices.Contains(s.rules.TravelTypes, q.Type) {
		s.rules.travel(q, &report)
	}
	if slices.Contains(s.rules.AddressTypes, q.Type) {
		s.address(now, q, &report)
	}
	for n := range s.rules.Limits {
		if limit := &s.rules.Limits[n]; limit.applies(q) {
			s.velocity(now, limit, q, &report)
		}
	}
	report.timed()
	return report, nil
}

// travel wants to know who and where, above the threshold.
func (r *Rules) travel(q *Request, report *Report) {
	place := q.Travel.Jurisdiction
	if place != "" && slices.Contains(r.Forbidden, place) {
		report.add(Reason{Verdict: Reject, Code: JurisdictionForbidden, Field: "travel.jurisdiction", Value: place, Want: "one that is not forbidden"})
	}
	threshold := r.threshold(place, q.Asset)
	if q.Amount <= threshold {
		return
	}
	for _, one := range append(q.Travel.fields(), field{"travel.jurisdiction", place}) {
		if one.value == "" {
			report.add(Reason{
				Verdict: Hold, Code: TravelRuleFieldMissing, Field: one.name,
				Want: fmt.Sprintf("a value, as for all transfers above %s %s", decimal.Format(threshold, q.Scale), q.Asset),
			})
		}
	}
}

// threshold is the amount up to which no fields are needed.
func (r *Rules) threshold(jurisdiction, asset string) int64 {
	lowest, others, listed := int64(math.MaxInt64), int64(0), false
	for _, one := range r.Thresholds {
		if one.Asset != asset {
			continue
		}
		lowest, listed = min(lowest, one.UpTo), true
		switch one.Jurisdiction {
		case "":
			others = one.UpTo
		case jurisdiction:
			return one.UpTo
		}
	}
	if jurisdiction == "" && listed {
		return min(lowest, others)
	}
	return others
}

// address wants one that has been on the list for long enough.
func (s *Screen) address(now int64, q *Request, report *Report) {
	list := s.addresses[q.Participant]
	at, found := find(list, q.Address)
	switch {
	case q.Address == "":
		report.add(Reason{Verdict: Hold, Code: AddressMissing, Field: "address", Want: "one of the addresses that the participant allows"})
	case !found:
		report.add(Reason{
			Verdict: Reject, Code: AddressNotAllowed, Field: "address", Value: q.Address, Want: "one of the addresses that the participant allows, or allow it first",
		})
	case now-list[at].Added < s.rules.Cooling:
		report.add(Reason{
			Verdict: Hold, Code: AddressCooling, Field: "address", Value: q.Address, Want: "to wait, for it was allowed a short time ago",
			Until: list[at].Added + s.rules.Cooling,
		})
	}
}

func (l *Limit) applies(q *Request) bool {
	return (len(l.Participants) == 0 || slices.Contains(l.Participants, q.Participant)) && (len(l.Assets) == 0 || slices.Contains(l.Assets, q.Asset))
}

// velocity wants room for one more transfer in the window.
func (s *Screen) velocity(now int64, l *Limit, q *Request, report *Report) {
	sum := s.passed.Total(now, q.key(), l.Window).Plus(q.Amount)
	if l.MaxCount > 0 && sum.Count > l.MaxCount {
		fits := func(t window.Total) bool { return t.Count < l.MaxCount }
		report.add(Reason{
			Verdict: Hold, Code: VelocityCount, Field: "participant", Value: q.Participant,
			Want:  fmt.Sprintf("at most %d transfers of %s in the window of limit %q, this would be number %d", l.MaxCount, q.Asset, l.Name, sum.Count),
			Until: s.passed.FreeAt(now, q.key(), l.Window, fits),
		})
	}
	if l.MaxAmount == 0 || sum.Amount.Compare(decimal.WideOf(l.MaxAmount)) <= 0 {
		return
	}
	one := Reason{
		Verdict: Reject, Code: AmountAboveVelocity, Field: "amount", Value: decimal.Format(q.Amount, q.Scale),
		Want: fmt.Sprintf("at most %s %s, which limit %q lets through in its whole window", decimal.Format(l.MaxAmount, q.Scale), q.Asset, l.Name),
	}
	if q.Amount <= l.MaxAmount {
		fits := func(t window.Total) bool { return t.Plus(q.Amount).Amount.Compare(decimal.WideOf(l.MaxAmount)) <= 0 }
		one.Verdict, one.Code, one.Until = Hold, VelocityAmount, s.passed.FreeAt(now, q.key(), l.Window, fits)
		one.Want = fmt.Sprintf("at most %s %s in the window of limit %q, with this it would be %s",
			decimal.Format(l.MaxAmount, q.Scale), q.Asset, l.Name, sum.Amount.Format(q.Scale))
	}
	report.add(one)
}
