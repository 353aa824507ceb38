package approval_test

import (
	"errors"
	"math/big"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/approval"
	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/window"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

var people = []string{"a", "b", "c", "d", "e"}

// some draws some of a list, in its order.
func some(t *rapid.T, list []string, label string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(string) bool { return rapid.Bool().Draw(t, label) })
}

// rarely is true once in four times.
func rarely(t *rapid.T, label string) bool { return rapid.IntRange(0, 3).Draw(t, label) == 3 }

// drawPolicy draws rules that overlap; it may be one that is refused.
func drawPolicy(t *rapid.T) approval.Policy {
	p := approval.Policy{
		Lifetime: rapid.Int64Range(1, 3).Draw(t, "lifetime") * day,
		Groups:   []approval.Group{{Name: "left", Members: people[:3]}, {Name: "right", Members: people[2:]}},
	}
	for n := range rapid.IntRange(1, 4).Draw(t, "rules") {
		p.Rules = append(p.Rules, drawRule(t, "rule-"+strconv.Itoa(n)))
	}
	p.Rules = append(p.Rules, approval.Rule{Name: "policy", Types: []string{approval.PolicyChange}, Effect: approval.Ask, Quorums: drawQuorums(t)})
	return p
}

func drawRule(t *rapid.T, name string) approval.Rule {
	rule := approval.Rule{Name: name, Effect: rapid.SampledFrom([]approval.Effect{approval.Pass, approval.Ask, approval.Ask, approval.Block}).Draw(t, "effect")}
	if rarely(t, "typed") {
		rule.Types = []string{"wire"}
	}
	if rarely(t, "personal") {
		rule.Participants = some(t, people[:2], "participant")
	}
	if rarely(t, "of no asset") {
		rule.Assets = some(t, []string{"USD", "BTC"}, "asset")
		return withQuorums(t, rule)
	}
	rule.Assets = []string{"USD"}
	if rarely(t, "bounded") {
		rule.UpTo = rapid.Int64Range(0, 10).Draw(t, "up to")
		rule.Above = rapid.Int64Range(0, max(rule.UpTo-1, 0)).Draw(t, "above")
	}
	if !rarely(t, "free") {
		rule.AccumulatedUpTo, rule.Window = rapid.Int64Range(1, 25).Draw(t, "accumulated"), rapid.Int64Range(1, 96).Draw(t, "window")*window.Bucket
		rule.AccumulatedAbove = max(rapid.Int64Range(-10, rule.AccumulatedUpTo-1).Draw(t, "accumulated above"), 0)
	}
	return withQuorums(t, rule)
}

func withQuorums(t *rapid.T, rule approval.Rule) approval.Rule {
	if rule.Effect == approval.Ask {
		rule.Quorums = drawQuorums(t)
	}
	return rule
}

func drawQuorums(t *rapid.T) []approval.Quorum {
	quorums := []approval.Quorum{{Count: rapid.IntRange(1, 2).Draw(t, "count"), Groups: []string{"left", "right"}}}
	if rarely(t, "two") {
		quorums[0].Groups = quorums[0].Groups[:1]
		quorums = append(quorums, approval.Quorum{Count: 1, Approvers: some(t, people, "approver"), Groups: some(t, []string{"left", "right"}, "group")})
	}
	return quorums
}

// pair is the desk and its model.
type pair struct {
	t     *rapid.T
	desk  *approval.Desk
	model *naive
	now   int64
	ids   int
}

func TestTheDeskAgainstANaiveOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := rapid.Custom(drawPolicy).Filter(func(p approval.Policy) bool { return p.Validate() == nil }).Draw(t, "policy")
		desk, err := approval.New(policy)
		require.NoError(t, err)
		p := &pair{t: t, desk: desk, model: &naive{policy: policy}, now: start}
		t.Repeat(map[string]func(*rapid.T){
			"open": p.open, "open another": p.open, "propose": p.propose, "decide": p.decide, "agree": p.agree, "agree again": p.agree, "adopt": p.adopt,
			"expire": p.expire, "cancel": p.cancel, "pass time": p.passTime, "restart": p.restart, "": p.check,
		})
	})
}

func (p *pair) id() string { p.ids++; return strconv.Itoa(p.ids) }

func (p *pair) passTime(t *rapid.T) {
	if due, waits := p.desk.Due(); waits && rarely(t, "due") {
		p.now = max(p.now, due-rapid.Int64Range(0, 1).Draw(t, "before"))
		return
	}
	p.now += rapid.Int64Range(0, 8*hour).Draw(t, "passed")
}

func (p *pair) open(t *rapid.T) {
	q := approval.Request{
		ID: p.id(), Type: rapid.SampledFrom([]string{"wire", "wire", "ach"}).Draw(t, "type"), Participant: rapid.SampledFrom(people[:2]).Draw(t, "participant"),
		Asset: rapid.SampledFrom([]string{"USD", "USD", "USD", "BTC"}).Draw(t, "asset"), Amount: rapid.Int64Range(1, 12).Draw(t, "amount"),
		Initiator: rapid.SampledFrom(people).Draw(t, "initiator"),
	}
	status, err := p.desk.Open(p.now, q)
	p.same(status, err, p.model.open(p.now, &q, nil))
}

func (p *pair) propose(t *rapid.T) {
	q := approval.Request{ID: p.id(), Type: approval.PolicyChange, Initiator: rapid.SampledFrom(people).Draw(t, "initiator")}
	q.Participant = q.Initiator
	policy := drawPolicy(t)
	status, err := p.desk.Propose(p.now, q.ID, q.Initiator, policy)
	if reason(err) == "INVALID_POLICY" || reason(err) == "POLICY_CHANGE_PENDING" {
		return
	}
	p.same(status, err, p.model.open(p.now, &q, &policy))
}

func (p *pair) same(status approval.Status, err error, c *naiveCase) {
	if c == nil {
		require.Equal(p.t, "NOT_ENOUGH_APPROVERS", reason(err))
		return
	}
	require.NoError(p.t, err)
	p.compare(&status, c)
}

func (p *pair) compare(status *approval.Status, c *naiveCase) {
	require.Equal(p.t, c.Request, status.Request)
	require.Equal(p.t, c.state, status.State)
	require.LessOrEqual(p.t, c.decided, 1)
	if c.rule != nil {
		require.Equal(p.t, c.rule.Name, status.Rule)
	}
	missing := 0
	for _, want := range status.Wants {
		missing += want.Missing
		require.NotContains(p.t, want.Of, c.Initiator)
	}
	require.Equal(p.t, c.state == approval.Waiting, missing > 0)
}

// kept are the cases that waited at some time.
func (p *pair) kept() []*naiveCase {
	return slices.DeleteFunc(slices.Clone(p.model.cases), func(c *naiveCase) bool { _, known := p.desk.Find(c.ID); return !known })
}

func (p *pair) decide(t *rapid.T) {
	cases := p.kept()
	if len(cases) == 0 {
		t.Skip("no case")
	}
	verdict := approval.Verdict(rapid.IntRange(0, 1).Draw(t, "verdict"))
	p.say(t, rapid.SampledFrom(cases).Draw(t, "case"), rapid.SampledFrom(people).Draw(t, "by"), verdict)
}

// agree lets somebody approve who is asked.
func (p *pair) agree(t *rapid.T) {
	cases := slices.DeleteFunc(p.kept(), func(c *naiveCase) bool { return c.state != approval.Waiting })
	if len(cases) == 0 {
		t.Skip("no case")
	}
	c := rapid.SampledFrom(cases).Draw(t, "case")
	status, _ := p.desk.Find(c.ID)
	want := rapid.SampledFrom(status.Wants).Draw(t, "quorum")
	if len(want.Of) > 0 {
		p.say(t, c, rapid.SampledFrom(want.Of).Draw(t, "by"), approval.Approve)
	}
}

// adopt lets everybody approve the policy that is proposed.
func (p *pair) adopt(t *rapid.T) {
	_, status, proposed := p.desk.Proposal()
	if !proposed {
		t.Skip("no policy")
	}
	for _, by := range people {
		p.say(t, p.model.find(status.ID), by, approval.Approve)
	}
}

func (p *pair) say(t *rapid.T, c *naiveCase, by string, verdict approval.Verdict) {
	before, _ := p.desk.Find(c.ID)
	again := slices.ContainsFunc(before.Votes, func(v approval.Vote) bool { return v.By == by && v.Verdict == verdict })
	outcome, err := p.desk.Decide(p.now, c.ID, by, verdict)
	if again {
		require.NoError(t, err)
		require.Equal(t, before, outcome.Status)
		return
	}
	waited := slices.DeleteFunc(slices.Clone(p.model.cases), func(other *naiveCase) bool { return other == c || other.state != approval.Waiting })
	require.Equal(t, p.model.decide(p.now, c, by, verdict), reason(err))
	if err == nil {
		p.compare(&outcome.Status, c)
	}
	decided := slices.DeleteFunc(waited, func(c *naiveCase) bool { return c.state == approval.Waiting })
	require.Len(t, outcome.Affected, len(decided))
	for n := range decided {
		p.compare(&outcome.Affected[n], decided[n])
	}
}

func (p *pair) expire(t *rapid.T) {
	require.Len(t, p.desk.Expire(p.now), p.model.expire(p.now))
}

func (p *pair) cancel(t *rapid.T) {
	cases := p.kept()
	if len(cases) == 0 {
		t.Skip("no case")
	}
	c := rapid.SampledFrom(cases).Draw(t, "case")
	_, err := p.desk.Cancel(p.now, c.ID)
	require.Equal(t, c.state == approval.Waiting || c.state == approval.Cancelled, err == nil)
	if c.state == approval.Waiting {
		p.model.end(c, approval.Cancelled)
	}
}

// restart goes on with what a snapshot gives.
func (p *pair) restart(t *rapid.T) {
	bytes := p.desk.Encode(nil)
	desk, err := approval.Decode(bytes)
	require.NoError(t, err)
	require.Equal(t, bytes, desk.Encode(nil))
	p.desk = desk
}

// check compares all cases, and wants that no rule has let more through in a window than it may.
func (p *pair) check(t *rapid.T) {
	for _, c := range p.kept() {
		status, _ := p.desk.Find(c.ID)
		p.compare(&status, c)
	}
	for n, one := range p.model.released {
		if one.rule.AccumulatedUpTo == 0 {
			continue
		}
		sum := new(big.Int)
		for _, other := range p.model.released[:n+1] {
			if other.participant == one.participant && other.asset == one.asset && other.at > one.at-one.rule.Window {
				sum.Add(sum, big.NewInt(other.amount))
			}
		}
		require.LessOrEqual(t, sum.Int64(), one.rule.AccumulatedUpTo)
	}
}

func reason(err error) string {
	var refusal *errs.Error
	if errors.As(err, &refusal) {
		return refusal.Reason
	}
	return ""
}
