// This file is what goes in and what comes out.

package screening

import (
	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/window"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Request is a transfer to be screened.
type Request struct {
	Type        string // of transfer, e.g. crypto-external
	Participant string // whose money moves
	Asset       string // code, e.g. BTC
	Scale       int    // digits of the asset after the point, for the words of reasons
	Amount      int64  // units, above 0
	Address     string // where it goes to; may be empty
	Travel      Travel
}

// Travel is what a transfer says of both ends, as the travel rule (FATF recommendation 16) wants it; each may be empty.
type Travel struct {
	Originator             string // name of who sends
	OriginatorInstitution  string // that the sender is with
	Beneficiary            string // name of who receives
	BeneficiaryInstitution string // that the receiver is with
	Jurisdiction           string // of the receiver's institution, e.g. US
}

func (q *Request) key() window.Key { return window.Key{Participant: q.Participant, Asset: q.Asset} }

// validate refuses what no rule could be asked about: INVALID_FIELD.
func (q *Request) validate() error {
	for _, name := range []struct{ field, text string }{{"type", q.Type}, {"participant", q.Participant}, {"asset", q.Asset}} {
		if !isText(name.text, MaxNameBytes) {
			return errs.InvalidField(name.field, name.text, nameWanted)
		}
	}
	for _, one := range append(q.Travel.fields(), field{"address", q.Address}, field{"travel.jurisdiction", q.Travel.Jurisdiction}) {
		if one.value != "" && !isText(one.value, MaxTextBytes) {
			return errs.InvalidField(one.name, one.value, "at most 256 bytes of UTF-8")
		}
	}
	if q.Amount <= 0 {
		return errs.InvalidField("amount", q.Amount, "units above 0")
	}
	return nil
}

type field struct{ name, value string }

// fields are those that the travel rule wants above a threshold, but for the jurisdiction.
func (t *Travel) fields() []field {
	return []field{
		{"travel.originator", t.Originator},
		{"travel.originator_institution", t.OriginatorInstitution},
		{"travel.beneficiary", t.Beneficiary},
		{"travel.beneficiary_institution", t.BeneficiaryInstitution},
	}
}

// Verdict is what becomes of a transfer.
type Verdict uint8

// The verdicts, from the mildest on.
const (
	Pass   Verdict = iota
	Hold           // until what the reasons say has changed; then it is screened again
	Reject         // for good
	verdicts
)

// String is the name, in lower case.
func (v Verdict) String() string {
	return [...]string{"pass", "hold", "reject", "unknown"}[min(v, verdicts)]
}

// The codes of reasons.
const (
	TravelRuleFieldMissing = "TRAVEL_RULE_FIELD_MISSING" // hold: the transfer does not say who or where
	JurisdictionForbidden  = "JURISDICTION_FORBIDDEN"    // reject
	AddressMissing         = "ADDRESS_MISSING"           // hold: the transfer does not say where to
	AddressNotAllowed      = "ADDRESS_NOT_ALLOWED"       // reject: it is not on the participant's list
	AddressCooling         = "ADDRESS_COOLING"           // hold: it is on the list, but not for long enough
	VelocityCount          = "VELOCITY_COUNT"            // hold: too many transfers in a window
	VelocityAmount         = "VELOCITY_AMOUNT"           // hold: too much in a window
	AmountAboveVelocity    = "AMOUNT_ABOVE_VELOCITY"     // reject: more than the window ever lets through
)

// Reason is one thing that a transfer is held or rejected for.
type Reason struct {
	Verdict Verdict // Hold or Reject
	Code    string  // UPPER_SNAKE_CASE
	Field   string  // of the transfer, e.g. travel.originator
	Value   string  // of the field
	Want    string  // for people: what it should be, or what to do
	Until   int64   // of a hold that passes by itself: from when on it would, if nothing else moves, nanoseconds; 0 for others
}

// Report is what screening finds: the strictest verdict of the reasons, and all of those.
type Report struct {
	Verdict Verdict
	Reasons []Reason
	// Retry is when to screen a transfer again that is held for nothing but time, nanoseconds; 0 when somebody has to do something first.
	Retry int64
}

// add takes one more reason in.
func (r *Report) add(one Reason) {
	r.Verdict = max(r.Verdict, one.Verdict)
	r.Reasons = append(r.Reasons, one)
}

// timed works out when to try again.
func (r *Report) timed() {
	if r.Verdict != Hold {
		return
	}
	for _, one := range r.Reasons {
		if one.Until == 0 {
			r.Retry = 0
			return
		}
		r.Retry = max(r.Retry, one.Until)
	}
}
