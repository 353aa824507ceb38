package approval_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/approval"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

func TestAPolicyComesIntoForceByApprovalUnderTheOneBefore(t *testing.T) {
	d, next := desk(t), house()
	next.Rules[1].UpTo = 2000
	status, err := d.Propose(start, "p", "ops-1", next)
	require.NoError(t, err)
	assert.Equal(t, "policy", status.Rule)
	assert.Equal(t, []approval.Want{{Count: 2, Missing: 2, Of: []string{"cfo", "ops-2", "ops-3"}}}, status.Wants)
	again, err := d.Propose(start, "p", "ops-1", next)
	require.NoError(t, err)
	assert.Equal(t, status, again)
	_, err = d.Propose(start, "p", "ops-1", house())
	refused(t, err, errs.AlreadyExists, "CASE_ID_REUSED")
	_, err = d.Propose(start, "q", "ops-1", next)
	refused(t, err, errs.FailedPrecondition, "POLICY_CHANGE_PENDING")

	_, err = d.Decide(start, "p", "ops-1", approval.Approve)
	refused(t, err, errs.FailedPrecondition, "SELF_APPROVAL")
	decided(t, d, "p", "ops-2", approval.Approve)
	assert.Equal(t, "middle", opened(t, d, start, wire("before", 1500)).Rule, "it is not in force yet")
	_, _, proposed := d.Proposal()
	assert.True(t, proposed)

	outcome := decided(t, d, "p", "cfo", approval.Approve)
	assert.Equal(t, approval.Approved, outcome.State)
	assert.Equal(t, "small", opened(t, d, start, wire("after", 1500)).Rule)
	_, version := d.Policy()
	assert.EqualValues(t, 2, version)
	_, _, proposed = d.Proposal()
	assert.False(t, proposed)
	require.Len(t, outcome.Affected, 1)
	assert.Equal(t, "before", outcome.Affected[0].ID)
	assert.Equal(t, approval.Passed, outcome.Affected[0].State)
}

func TestANewPolicyJudgesTheCasesThatWait(t *testing.T) {
	d, next := desk(t), house()
	next.Rules[2].Quorums = []approval.Quorum{{Count: 1, Approvers: []string{"cfo"}}} // middle
	next.Rules[3].Effect, next.Rules[3].Quorums = approval.Block, nil                 // large
	opened(t, d, start, wire("middle", 5000))
	opened(t, d, start, wire("large", 50_000))
	late := wire("late", 5000)
	late.Expires = start + 1
	opened(t, d, start, late)
	_, err := d.Propose(start, "p", "alice", next)
	require.NoError(t, err)
	decided(t, d, "p", "ops-1", approval.Approve)
	outcome, err := d.Decide(start+1, "p", "ops-2", approval.Approve)
	require.NoError(t, err)
	require.Len(t, outcome.Affected, 2)
	assert.Equal(t, approval.Blocked, outcome.Affected[0].State)
	assert.Equal(t, approval.Expired, outcome.Affected[1].State)

	_, err = d.Decide(start+1, "middle", "ops-1", approval.Approve)
	refused(t, err, errs.PermissionDenied, "NOT_AN_APPROVER")
	assert.Equal(t, approval.Approved, decided(t, d, "middle", "cfo", approval.Approve).State)
}

func TestARejectedPolicyMakesRoomForAnother(t *testing.T) {
	d := desk(t)
	_, err := d.Propose(start, "p", "alice", house())
	require.NoError(t, err)
	assert.Equal(t, approval.Rejected, decided(t, d, "p", "ops-1", approval.Reject).State)
	_, version := d.Policy()
	assert.EqualValues(t, 1, version)
	_, err = d.Propose(start, "q", "alice", house())
	assert.NoError(t, err)
}

func TestAPolicyThatCannotWorkIsRefused(t *testing.T) {
	for field, change := range map[string]func(*approval.Policy){
		"lifetime":                      func(p *approval.Policy) { p.Lifetime = 0 },
		"groups[1].name":                func(p *approval.Policy) { p.Groups[1].Name = "ops" },
		"groups[0].members":             func(p *approval.Policy) { p.Groups[0].Members[1] = "ops-1" },
		"rules[1].name":                 func(p *approval.Policy) { p.Rules[1].Name = "no-mallory" },
		"rules[0].participants":         func(p *approval.Policy) { p.Rules[0].Participants[0] = "" },
		"rules[1].up_to":                func(p *approval.Policy) { p.Rules[1].Above = 1000 },
		"rules[1].accumulated_up_to":    func(p *approval.Policy) { p.Rules[1].AccumulatedAbove = -1 },
		"rules[1].assets":               func(p *approval.Policy) { p.Rules[1].Assets = nil },
		"rules[1].window":               func(p *approval.Policy) { p.Rules[1].Window = 1 },
		"rules[2].window":               func(p *approval.Policy) { p.Rules[2].Window = day },
		"rules[0].effect":               func(p *approval.Policy) { p.Rules[0].Effect = 9 },
		"rules[4].types":                func(p *approval.Policy) { p.Rules[4].Types = []string{approval.PolicyChange, "wire"} },
		"rules[0].quorums":              func(p *approval.Policy) { p.Rules[0].Effect = approval.Ask },
		"rules[2].quorums[0].count":     func(p *approval.Policy) { p.Rules[2].Quorums[0].Count = 0 },
		"rules[2].quorums[0].groups":    func(p *approval.Policy) { p.Rules[2].Quorums[0].Groups[0] = "nobody" },
		"rules[3].quorums[1].approvers": func(p *approval.Policy) { p.Rules[3].Quorums[1].Approvers = []string{"cfo", "cfo"} },
		"rules[2].quorums":              func(p *approval.Policy) { p.Rules[2].Quorums[0].Count = 4 },
		"rules":                         func(p *approval.Policy) { p.Rules = p.Rules[:4] },
	} {
		p := house()
		change(&p)
		_, err := approval.New(p)
		refused(t, err, errs.Invalid, "INVALID_POLICY")
		var refusal *errs.Error
		require.ErrorAs(t, err, &refusal)
		assert.Equal(t, field, refusal.Metadata["field"])
		_, err = desk(t).Propose(start, "p", "alice", p)
		refused(t, err, errs.Invalid, "INVALID_POLICY")
	}
}

func TestAPolicyThatNobodyCouldChangeIsRefused(t *testing.T) {
	p := house()
	p.Rules = append([]approval.Rule{{Name: "frozen", Types: []string{approval.PolicyChange}, Effect: approval.Block}}, p.Rules...)
	_, err := approval.New(p)
	refused(t, err, errs.Invalid, "INVALID_POLICY")
	p.Rules[0].Participants = []string{"mallory"}
	_, err = approval.New(p)
	assert.NoError(t, err, "somebody else can")
}
