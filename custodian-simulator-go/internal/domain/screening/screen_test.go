package screening_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/screening"
	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/window"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

const (
	hour  = int64(time.Hour)
	day   = 24 * hour
	start = 20_000 * day
)

func rules() screening.Rules {
	return screening.Rules{
		TravelTypes: []string{"out"}, AddressTypes: []string{"out"}, Forbidden: []string{"XX"}, Cooling: day,
		Thresholds: []screening.Threshold{
			{Jurisdiction: "US", Asset: "USD", UpTo: 300_000},
			{Jurisdiction: "DE", Asset: "USD", UpTo: 0},
			{Asset: "USD", UpTo: 100_000},
			{Jurisdiction: "US", Asset: "BTC", UpTo: 5},
		},
		Limits: []screening.Limit{
			{Name: "three-a-day", Assets: []string{"USD"}, Window: day, MaxCount: 3},
			{Name: "alice", Participants: []string{"alice"}, Assets: []string{"USD"}, Window: hour, MaxAmount: 1_000_000},
		},
	}
}

func screen(t require.TestingT) *screening.Screen {
	s, err := screening.New(rules())
	require.NoError(t, err)
	require.NoError(t, s.Allow(start, "alice", "bank-1"))
	return s
}

const later = start + 2*day // when the address has cooled

// out is a transfer that passes.
func out(amount int64) *screening.Request {
	return &screening.Request{
		Type: "out", Participant: "alice", Asset: "USD", Scale: 2, Amount: amount, Address: "bank-1",
		Travel: screening.Travel{Originator: "Alice", OriginatorInstitution: "Custodian", Beneficiary: "Al", BeneficiaryInstitution: "Bank", Jurisdiction: "US"},
	}
}

func screened(t require.TestingT, s *screening.Screen, now int64, q *screening.Request) screening.Report {
	report, err := s.Screen(now, q)
	require.NoError(t, err)
	return report
}

func codes(report screening.Report) []string {
	var list []string
	for _, one := range report.Reasons {
		list = append(list, one.Code+" "+one.Field+" "+one.Value)
	}
	return list
}

func TestATransferThatSaysEverythingPasses(t *testing.T) {
	assert.Equal(t, screening.Report{}, screened(t, screen(t), later, out(900_000)))
}

func TestTheTravelRuleWantsItsFieldsAboveTheThreshold(t *testing.T) {
	for name, test := range map[string]struct {
		jurisdiction string
		asset        string
		upTo         int64
	}{
		"of the jurisdiction":                {"US", "USD", 300_000},
		"of the others":                      {"FR", "USD", 100_000},
		"of nobody else":                     {"US", "BTC", 5},
		"always where nothing is listed":     {"FR", "BTC", 0},
		"always in an asset without any":     {"US", "ETH", 0},
		"always where the threshold is 0":    {"DE", "USD", 0},
		"the lowest when it does not say so": {"", "USD", 0},
	} {
		q := out(test.upTo)
		q.Asset, q.Travel = test.asset, screening.Travel{Jurisdiction: test.jurisdiction}
		if test.upTo > 0 {
			assert.Equal(t, screening.Pass, screened(t, screen(t), later, q).Verdict, name)
		}
		q.Amount++
		report := screened(t, screen(t), later, q)
		assert.Equal(t, screening.Hold, report.Verdict, name)
		want := []string{
			"TRAVEL_RULE_FIELD_MISSING travel.originator ", "TRAVEL_RULE_FIELD_MISSING travel.originator_institution ",
			"TRAVEL_RULE_FIELD_MISSING travel.beneficiary ", "TRAVEL_RULE_FIELD_MISSING travel.beneficiary_institution ",
		}
		if test.jurisdiction == "" {
			want = append(want, "TRAVEL_RULE_FIELD_MISSING travel.jurisdiction ")
		}
		assert.Equal(t, want, codes(report), name)
		assert.Zero(t, report.Retry, name)
	}
}

func TestTheReasonNamesTheThreshold(t *testing.T) {
	q := out(300_001)
	q.Travel.Beneficiary = ""
	report := screened(t, screen(t), later, q)
	require.Len(t, report.Reasons, 1)
	assert.Equal(t, "a value, as for all transfers above 3000 USD", report.Reasons[0].Want)
}

func TestNothingGoesToAForbiddenJurisdiction(t *testing.T) {
	q := out(1)
	q.Travel.Jurisdiction = "XX"
	report := screened(t, screen(t), later, q)
	assert.Equal(t, screening.Reject, report.Verdict)
	assert.Equal(t, []string{"JURISDICTION_FORBIDDEN travel.jurisdiction XX"}, codes(report))
}

func TestAnAddressMustBeAllowedForLongEnough(t *testing.T) {
	s, q := screen(t), out(1)
	report := screened(t, s, start+day-1, q)
	assert.Equal(t, screening.Hold, report.Verdict)
	assert.Equal(t, []string{"ADDRESS_COOLING address bank-1"}, codes(report))
	assert.Equal(t, start+day, report.Retry)
	require.NoError(t, s.Allow(start+day-1, "alice", "bank-1"), "once more does not begin anew")
	assert.Equal(t, screening.Pass, screened(t, s, start+day, q).Verdict)

	s.Disallow("alice", "bank-1")
	report = screened(t, s, later, q)
	assert.Equal(t, screening.Reject, report.Verdict)
	assert.Equal(t, []string{"ADDRESS_NOT_ALLOWED address bank-1"}, codes(report))
	require.NoError(t, s.Allow(later, "alice", "bank-1"))
	assert.Equal(t, screening.Hold, screened(t, s, later, q).Verdict, "after it was taken off it does")

	q.Address = ""
	assert.Equal(t, []string{"ADDRESS_MISSING address "}, codes(screened(t, s, later, q)))
	q.Participant, q.Address = "bob", "bank-1"
	assert.Equal(t, screening.Reject, screened(t, s, later, q).Verdict, "a list is of one participant")
}

func TestOtherTypesNeedNeitherFieldsNorAddress(t *testing.T) {
	q := &screening.Request{Type: "in", Participant: "bob", Asset: "USD", Amount: 1_000_000}
	assert.Equal(t, screening.Pass, screened(t, screen(t), start, q).Verdict)
}

func TestTooManyTransfersInAWindowAreHeld(t *testing.T) {
	s, q := screen(t), out(1)
	for range 3 {
		require.Equal(t, screening.Pass, screened(t, s, later, q).Verdict)
	}
	report := screened(t, s, later+hour, q)
	assert.Equal(t, screening.Hold, report.Verdict)
	assert.Equal(t, []string{"VELOCITY_COUNT participant alice"}, codes(report))
	assert.Equal(t, later+window.Bucket-1+day, report.Retry)
	assert.Equal(t, screening.Hold, screened(t, s, report.Retry-1, q).Verdict)
	assert.Equal(t, screening.Pass, screened(t, s, report.Retry, q).Verdict)
}

func TestTooMuchInAWindowIsHeldAndTooMuchAtOnceIsRejected(t *testing.T) {
	s := screen(t)
	require.Equal(t, screening.Pass, screened(t, s, later, out(600_000)).Verdict)
	report := screened(t, s, later, out(400_001))
	assert.Equal(t, screening.Hold, report.Verdict)
	assert.Equal(t, []string{"VELOCITY_AMOUNT amount 4000.01"}, codes(report))
	assert.Contains(t, report.Reasons[0].Want, "at most 10000 USD in the window", "with this it would be 10000.01")
	assert.Equal(t, later+window.Bucket-1+hour, report.Retry)
	assert.Equal(t, screening.Pass, screened(t, s, later, out(400_000)).Verdict)

	report = screened(t, s, later+day, out(1_000_001))
	assert.Equal(t, screening.Reject, report.Verdict)
	assert.Equal(t, []string{"AMOUNT_ABOVE_VELOCITY amount 10000.01"}, codes(report))
}

func TestAHeldTransferCountsWhenSomebodyOverrulesIt(t *testing.T) {
	s := screen(t)
	for range 3 {
		s.Count(later, out(1))
	}
	assert.Equal(t, screening.Hold, screened(t, s, later, out(1)).Verdict)
}

func TestAllReasonsAreGivenAndTheStrictestCounts(t *testing.T) {
	q := out(400_000)
	q.Travel, q.Address = screening.Travel{Jurisdiction: "XX"}, "nowhere"
	report := screened(t, screen(t), start, q)
	assert.Equal(t, screening.Reject, report.Verdict)
	assert.Len(t, report.Reasons, 6)
	assert.Zero(t, report.Retry)
}

func TestAHoldThatNeedsSomebodyHasNoTimeToRetry(t *testing.T) {
	q := out(400_000)
	q.Travel.Beneficiary = ""
	report := screened(t, screen(t), start, q)
	assert.Equal(t, []string{"TRAVEL_RULE_FIELD_MISSING travel.beneficiary ", "ADDRESS_COOLING address bank-1"}, codes(report))
	assert.Zero(t, report.Retry)
}

func TestARequestThatIsMalformedIsRefused(t *testing.T) {
	long := string(make([]byte, screening.MaxTextBytes+1))
	for field, change := range map[string]func(*screening.Request){
		"type":                func(q *screening.Request) { q.Type = "" },
		"participant":         func(q *screening.Request) { q.Participant = "" },
		"asset":               func(q *screening.Request) { q.Asset = "\xff" },
		"amount":              func(q *screening.Request) { q.Amount = 0 },
		"address":             func(q *screening.Request) { q.Address = long },
		"travel.beneficiary":  func(q *screening.Request) { q.Travel.Beneficiary = long },
		"travel.jurisdiction": func(q *screening.Request) { q.Travel.Jurisdiction = "\xff" },
	} {
		q := out(1)
		change(q)
		_, err := screen(t).Screen(later, q)
		refused(t, err, errs.Invalid, "INVALID_FIELD", field)
	}
}

// refused wants a refusal with its kind, reason and field.
func refused(t *testing.T, err error, kind errs.Kind, reason, field string) {
	t.Helper()
	var refusal *errs.Error
	require.ErrorAs(t, err, &refusal, field)
	assert.Equal(t, kind, refusal.Kind)
	assert.Equal(t, reason, refusal.Reason)
	assert.Equal(t, field, refusal.Metadata["field"])
}

func TestAListOfAddressesIsBounded(t *testing.T) {
	s := screen(t)
	for n := range screening.MaxAddresses - 1 {
		require.NoError(t, s.Allow(start, "alice", time.Duration(n).String()))
	}
	var refusal *errs.Error
	require.ErrorAs(t, s.Allow(start, "alice", "one more"), &refusal)
	assert.Equal(t, errs.ResourceExhausted, refusal.Kind)
	assert.Equal(t, "TOO_MANY_ADDRESSES", refusal.Reason)
	assert.NoError(t, s.Allow(start, "alice", "bank-1"))
	refused(t, s.Allow(start, "", "bank-1"), errs.Invalid, "INVALID_FIELD", "participant")
	refused(t, s.Allow(start, "alice", ""), errs.Invalid, "INVALID_FIELD", "address")
}

func TestRulesThatCannotWorkAreRefused(t *testing.T) {
	for field, change := range map[string]func(*screening.Rules){
		"travel_types":               func(r *screening.Rules) { r.TravelTypes = []string{"out", "out"} },
		"forbidden":                  func(r *screening.Rules) { r.Forbidden[0] = "" },
		"cooling":                    func(r *screening.Rules) { r.Cooling = -1 },
		"thresholds[1].jurisdiction": func(r *screening.Rules) { r.Thresholds[1].Jurisdiction = "US" },
		"thresholds[0].asset":        func(r *screening.Rules) { r.Thresholds[0].Asset = "" },
		"thresholds[0].up_to":        func(r *screening.Rules) { r.Thresholds[0].UpTo = -1 },
		"limits[1].name":             func(r *screening.Rules) { r.Limits[1].Name = "three-a-day" },
		"limits[1].participants":     func(r *screening.Rules) { r.Limits[1].Participants[0] = "" },
		"limits[0].window":           func(r *screening.Rules) { r.Limits[0].Window = 1 },
		"limits[0].max_count":        func(r *screening.Rules) { r.Limits[0].MaxCount = -1 },
		"limits[1].max_amount":       func(r *screening.Rules) { r.Limits[1].MaxAmount = -1 },
		"limits[0]":                  func(r *screening.Rules) { r.Limits[0].MaxCount = 0 },
		"limits[1].assets":           func(r *screening.Rules) { r.Limits[1].Assets = nil },
	} {
		r := rules()
		change(&r)
		_, err := screening.New(r)
		refused(t, err, errs.Invalid, "INVALID_RULES", field)
		assert.Error(t, screen(t).SetRules(r))
	}
}
