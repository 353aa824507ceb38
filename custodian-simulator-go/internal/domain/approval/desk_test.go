package approval_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/approval"
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

const (
	hour  = int64(time.Hour)
	day   = 24 * hour
	start = 20_000 * day // 2024-10-04, a Friday
)

// house has one rule of each kind.
func house() approval.Policy {
	return approval.Policy{
		Lifetime: 2 * day,
		Groups:   []approval.Group{{Name: "ops", Members: []string{"ops-1", "ops-2", "ops-3"}}, {Name: "risk", Members: []string{"risk-1", "ops-1"}}},
		Rules: []approval.Rule{
			{Name: "no-mallory", Participants: []string{"mallory"}, Effect: approval.Block},
			{Name: "small", Types: []string{"wire"}, Assets: []string{"USD"}, UpTo: 1000, AccumulatedUpTo: 3000, Window: day, Effect: approval.Pass},
			{Name: "middle", Types: []string{"wire"}, Assets: []string{"USD"}, UpTo: 10_000, Effect: approval.Ask, Quorums: []approval.Quorum{
				{Count: 1, Groups: []string{"ops"}},
			}},
			{Name: "large", Types: []string{"wire"}, Assets: []string{"USD"}, UpTo: 1_000_000, Effect: approval.Ask, Quorums: []approval.Quorum{
				{Count: 2, Groups: []string{"ops"}}, {Count: 1, Approvers: []string{"cfo"}, Groups: []string{"risk"}},
			}},
			{Name: "policy", Types: []string{approval.PolicyChange}, Effect: approval.Ask, Quorums: []approval.Quorum{
				{Count: 2, Approvers: []string{"cfo"}, Groups: []string{"ops"}},
			}},
		},
	}
}

func desk(t require.TestingT) *approval.Desk {
	d, err := approval.New(house())
	require.NoError(t, err)
	return d
}

func wire(id string, amount int64) approval.Request {
	return approval.Request{ID: id, Type: "wire", Participant: "alice", Asset: "USD", Amount: amount, Initiator: "alice"}
}

func opened(t require.TestingT, d *approval.Desk, now int64, q approval.Request) approval.Status {
	status, err := d.Open(now, q)
	require.NoError(t, err)
	return status
}

func decided(t require.TestingT, d *approval.Desk, id, by string, verdict approval.Verdict) approval.Outcome {
	outcome, err := d.Decide(start, id, by, verdict)
	require.NoError(t, err)
	return outcome
}

// refused wants a refusal with its kind and reason.
func refused(t require.TestingT, err error, kind errs.Kind, reason string) {
	var refusal *errs.Error
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, reason, refusal.Reason)
	assert.Equal(t, kind, refusal.Kind)
}

func TestTheFirstRuleThatMatchesDecides(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*approval.Request)
		rule   string
		state  approval.State
	}{
		"small passes":                    {func(q *approval.Request) {}, "small", approval.Passed},
		"up to is inclusive":              {func(q *approval.Request) { q.Amount = 1000 }, "small", approval.Passed},
		"a unit more is the next tier":    {func(q *approval.Request) { q.Amount = 1001 }, "middle", approval.Waiting},
		"the next tier again":             {func(q *approval.Request) { q.Amount = 10_001 }, "large", approval.Waiting},
		"an earlier block wins":           {func(q *approval.Request) { q.Participant = "mallory" }, "no-mallory", approval.Blocked},
		"what no rule matches is blocked": {func(q *approval.Request) { q.Amount = 1_000_001 }, "", approval.Blocked},
		"another asset is no match":       {func(q *approval.Request) { q.Asset = "BTC" }, "", approval.Blocked},
		"another type is no match":        {func(q *approval.Request) { q.Type = "ach" }, "", approval.Blocked},
	} {
		q := wire("t", 1)
		test.change(&q)
		status := opened(t, desk(t), start, q)
		assert.Equal(t, test.rule, status.Rule, name)
		assert.Equal(t, test.state, status.State, name)
	}
}

func TestAWaitingCaseSaysWhatItWants(t *testing.T) {
	d := desk(t)
	q := wire("t", 50_000)
	q.Initiator = "ops-2"
	status := opened(t, d, start, q)
	assert.Equal(t, start+2*day, status.Expires)
	assert.Equal(t, []approval.Want{
		{Count: 2, Missing: 2, Of: []string{"ops-1", "ops-3"}}, {Count: 1, Missing: 1, Of: []string{"cfo", "ops-1", "risk-1"}},
	}, status.Wants)
	outcome := decided(t, d, "t", "ops-1", approval.Approve)
	assert.Equal(t, []approval.Want{{Count: 2, Missing: 1, Of: []string{"ops-3"}}, {Count: 1, Missing: 1, Of: []string{"cfo", "risk-1"}}}, outcome.Wants)
	due, waits := d.Due()
	assert.True(t, waits)
	assert.Equal(t, start+2*day, due)
}

func TestNobodyCountsTwice(t *testing.T) {
	d := desk(t)
	opened(t, d, start, wire("t", 50_000))
	decided(t, d, "t", "ops-1", approval.Approve) // of ops and of risk
	assert.Equal(t, approval.Waiting, decided(t, d, "t", "ops-1", approval.Approve).State)
	assert.Equal(t, approval.Waiting, decided(t, d, "t", "ops-2", approval.Approve).State)
	assert.Equal(t, approval.Approved, decided(t, d, "t", "ops-3", approval.Approve).State, "ops-1 moves to risk")
}

func TestTheInitiatorDoesNotCount(t *testing.T) {
	d := desk(t)
	q := wire("t", 5000)
	q.Initiator = "ops-1"
	opened(t, d, start, q)
	_, err := d.Decide(start, "t", "ops-1", approval.Approve)
	refused(t, err, errs.FailedPrecondition, "SELF_APPROVAL")
	assert.Equal(t, approval.Approved, decided(t, d, "t", "ops-2", approval.Approve).State)
}

func TestOneRejectionEndsACase(t *testing.T) {
	d := desk(t)
	opened(t, d, start, wire("t", 50_000))
	decided(t, d, "t", "ops-1", approval.Approve)
	_, err := d.Decide(start, "t", "mallory", approval.Reject)
	refused(t, err, errs.PermissionDenied, "NOT_AN_APPROVER")
	assert.Equal(t, approval.Rejected, decided(t, d, "t", "ops-1", approval.Reject).State, "one may still change one's mind")
	_, err = d.Decide(start, "t", "ops-2", approval.Approve)
	refused(t, err, errs.FailedPrecondition, "CASE_DECIDED")
	_, waits := d.Due()
	assert.False(t, waits)
	assert.True(t, d.Released(start, "alice", "USD", day).Amount.IsZero())
}

func TestTheSameDecisionAgainChangesNothing(t *testing.T) {
	d := desk(t)
	opened(t, d, start, wire("t", 5000))
	first := decided(t, d, "t", "ops-1", approval.Approve)
	before := d.Encode(nil)
	assert.Equal(t, first, decided(t, d, "t", "ops-1", approval.Approve))
	assert.Equal(t, before, d.Encode(nil))
	assert.Equal(t, decimal.WideOf(5000), d.Released(start, "alice", "USD", day).Amount)
}

func TestTheSameRequestAgainGivesTheSameCase(t *testing.T) {
	d := desk(t)
	first := opened(t, d, start, wire("t", 5000))
	assert.Equal(t, first, opened(t, d, start+hour, wire("t", 5000)))
	_, err := d.Open(start, wire("t", 5001))
	refused(t, err, errs.AlreadyExists, "CASE_ID_REUSED")
	_, err = d.Propose(start, "t", "alice", house())
	refused(t, err, errs.AlreadyExists, "CASE_ID_REUSED")
}

func TestWhatWasReleasedInTheWindowMovesTheTier(t *testing.T) {
	d := desk(t)
	for _, id := range []string{"a", "b", "c"} {
		assert.Equal(t, approval.Passed, opened(t, d, start, wire(id, 1000)).State)
	}
	assert.Equal(t, "middle", opened(t, d, start, wire("d", 1)).Rule)
	q := wire("e", 1000)
	q.Participant = "bob"
	assert.Equal(t, "small", opened(t, d, start, q).Rule, "another participant has a window of their own")
	assert.Equal(t, "middle", opened(t, d, start+day, wire("f", 1000)).Rule, "the bucket is still in the window")
	assert.Equal(t, "small", opened(t, d, start+day+hour, wire("g", 1000)).Rule)
}

func TestRulesAreAskedAgainWhenTheLastApprovalComes(t *testing.T) {
	p := house()
	p.Rules[2].AccumulatedUpTo, p.Rules[2].Window = 12_000, day
	d, err := approval.New(p)
	require.NoError(t, err)
	assert.Equal(t, "middle", opened(t, d, start, wire("a", 7000)).Rule)
	assert.Equal(t, "middle", opened(t, d, start, wire("b", 7000)).Rule)
	assert.Equal(t, approval.Approved, decided(t, d, "a", "ops-1", approval.Approve).State)
	outcome := decided(t, d, "b", "ops-1", approval.Approve)
	assert.Equal(t, approval.Waiting, outcome.State, "together they are more than the rule lets through")
	assert.Equal(t, "large", outcome.Rule)
	decided(t, d, "b", "ops-2", approval.Approve)
	assert.Equal(t, approval.Approved, decided(t, d, "b", "cfo", approval.Approve).State)
}

func TestACaseExpiresAtItsTime(t *testing.T) {
	d := desk(t)
	q := wire("b", 5000)
	q.Expires = start + hour
	opened(t, d, start, wire("a", 5000))
	opened(t, d, start, q)
	assert.Empty(t, d.Expire(start+hour-1))
	_, err := d.Decide(start+hour, "b", "ops-1", approval.Approve)
	refused(t, err, errs.FailedPrecondition, "CASE_EXPIRED")
	gone := d.Expire(start + 2*day)
	require.Len(t, gone, 2)
	assert.Equal(t, []string{"b", "a"}, []string{gone[0].ID, gone[1].ID})
	assert.Equal(t, approval.Expired, gone[0].State)
	assert.Empty(t, d.Expire(start+2*day))
	q.ID = "late"
	_, err = d.Open(start+2*day, q)
	refused(t, err, errs.Invalid, "INVALID_FIELD")
}

func TestACaseIsTakenBack(t *testing.T) {
	d := desk(t)
	opened(t, d, start, wire("t", 5000))
	for range 2 {
		status, err := d.Cancel(start, "t")
		require.NoError(t, err)
		assert.Equal(t, approval.Cancelled, status.State)
	}
	_, err := d.Decide(start, "t", "ops-1", approval.Approve)
	refused(t, err, errs.FailedPrecondition, "CASE_DECIDED")
	_, err = d.Cancel(start, "nothing")
	refused(t, err, errs.NotFound, "UNKNOWN_CASE")
}

func TestADecidedCaseIsForgottenInTheEnd(t *testing.T) {
	d := desk(t)
	opened(t, d, start, wire("t", 5000))
	decided(t, d, "t", "ops-1", approval.Approve)
	d.Expire(start + approval.Kept - 1)
	_, known := d.Find("t")
	assert.True(t, known)
	d.Expire(start + approval.Kept)
	_, known = d.Find("t")
	assert.False(t, known)
}

func TestARequestThatIsMalformedIsRefused(t *testing.T) {
	for field, change := range map[string]func(*approval.Request){
		"case_id":     func(q *approval.Request) { q.ID = "" },
		"initiator":   func(q *approval.Request) { q.Initiator = "\xff" },
		"type":        func(q *approval.Request) { q.Type = approval.PolicyChange },
		"participant": func(q *approval.Request) { q.Participant = "" },
		"asset":       func(q *approval.Request) { q.Asset = "" },
		"amount":      func(q *approval.Request) { q.Amount = -1 },
		"expires":     func(q *approval.Request) { q.Expires = start },
	} {
		q := wire("t", 1)
		change(&q)
		_, err := desk(t).Open(start, q)
		var refusal *errs.Error
		require.ErrorAs(t, err, &refusal, field)
		assert.Equal(t, field, refusal.Metadata["field"])
	}
}

func TestAnInitiatorWithoutWhomTooFewApproversAreLeftIsRefused(t *testing.T) {
	p := house()
	p.Rules[2].Quorums[0].Count = 3
	d, err := approval.New(p)
	require.NoError(t, err)
	q := wire("t", 5000)
	q.Initiator = "ops-1"
	_, err = d.Open(start, q)
	refused(t, err, errs.FailedPrecondition, "NOT_ENOUGH_APPROVERS")
}
