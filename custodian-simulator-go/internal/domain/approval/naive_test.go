package approval_test

import (
	"math/big"
	"slices"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/approval"
	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/window"
)

// naive is the desk as one would write it without a thought of speed: it remembers every release and every case, and works everything out anew.
type naive struct {
	now      int64
	policy   approval.Policy
	cases    []*naiveCase // in the order of opening
	released []release
}

type naiveCase struct {
	approval.Request
	state    approval.State
	rule     *approval.Rule
	approved []string
	decided  int // how often
	proposed *approval.Policy
}

// release is what went out, with the rule that was asked last.
type release struct {
	at, amount         int64
	participant, asset string
	rule               *approval.Rule
}

func (m *naive) find(id string) *naiveCase {
	for _, c := range m.cases {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// match is the first rule all of whose conditions hold.
func (m *naive) match(q *approval.Request) *approval.Rule {
	for n := range m.policy.Rules {
		r := &m.policy.Rules[n]
		typed := len(r.Types) == 0 && q.Type != approval.PolicyChange || slices.Contains(r.Types, q.Type)
		asset := len(r.Assets) == 0 || slices.Contains(r.Assets, q.Asset)
		whose := len(r.Participants) == 0 || slices.Contains(r.Participants, q.Participant)
		if typed && asset && whose && between(big.NewInt(q.Amount), r.Above, r.UpTo) &&
			between(m.accumulated(q, r.Window), r.AccumulatedAbove, r.AccumulatedUpTo) {
			return r
		}
	}
	return nil
}

func between(value *big.Int, above, upTo int64) bool {
	return (above == 0 || value.Cmp(big.NewInt(above)) > 0) && (upTo == 0 || value.Cmp(big.NewInt(upTo)) <= 0)
}

// accumulated is the request and what went out in the window; a release counts until the end of its quarter of an hour has left.
func (m *naive) accumulated(q *approval.Request, length int64) *big.Int {
	sum := big.NewInt(q.Amount)
	for _, one := range m.released {
		end := one.at - one.at%window.Bucket + window.Bucket - 1
		if one.participant == q.Participant && one.asset == q.Asset && end > m.now-length {
			sum.Add(sum, big.NewInt(one.amount))
		}
	}
	return sum
}

// who are the approvers of a quorum.
func (m *naive) who(q *approval.Quorum) []string {
	people := slices.Clone(q.Approvers)
	for _, group := range m.policy.Groups {
		if slices.Contains(q.Groups, group.Name) {
			people = append(people, group.Members...)
		}
	}
	return people
}

// full tries all ways to give each of the people to one quorum or to none.
func (m *naive) full(quorums []approval.Quorum, people []string) bool {
	if len(people) == 0 {
		for _, q := range quorums {
			if q.Count > 0 {
				return false
			}
		}
		return true
	}
	for n := range quorums {
		if slices.Contains(m.who(&quorums[n]), people[0]) {
			left := slices.Clone(quorums)
			left[n].Count--
			if m.full(left, people[1:]) {
				return true
			}
		}
	}
	return m.full(quorums, people[1:])
}

func (m *naive) mayDecide(c *naiveCase, by string) bool {
	return slices.ContainsFunc(c.rule.Quorums, func(q approval.Quorum) bool { return slices.Contains(m.who(&q), by) })
}

func (m *naive) everybody(quorums []approval.Quorum, but string) []string {
	var people []string
	for n := range quorums {
		people = append(people, m.who(&quorums[n])...)
	}
	slices.Sort(people)
	return slices.DeleteFunc(slices.Compact(people), func(who string) bool { return who == but })
}

// open returns the case, or nil when it is refused.
func (m *naive) open(now int64, q *approval.Request, proposed *approval.Policy) *naiveCase {
	m.now = now
	c := &naiveCase{Request: *q, rule: m.match(q), proposed: proposed}
	c.Expires = now + m.policy.Lifetime
	switch {
	case c.rule == nil || c.rule.Effect == approval.Block:
		m.end(c, approval.Blocked)
	case c.rule.Effect == approval.Pass:
		m.end(c, approval.Passed)
	case !m.full(c.rule.Quorums, m.everybody(c.rule.Quorums, q.Initiator)):
		return nil
	}
	m.cases = append(m.cases, c)
	return c
}

func (m *naive) end(c *naiveCase, state approval.State) {
	c.state = state
	c.decided++
	if state.Released() && c.proposed == nil {
		m.released = append(m.released, release{m.now, c.Amount, c.Participant, c.Asset, c.rule})
	}
}

// approve returns the reason of a refusal.
func (m *naive) decide(now int64, c *naiveCase, by string, verdict approval.Verdict) string {
	m.now = now
	switch {
	case c.state != approval.Waiting:
		return "CASE_DECIDED"
	case by == c.Initiator:
		return "SELF_APPROVAL"
	case now >= c.Expires:
		return "CASE_EXPIRED"
	case !m.mayDecide(c, by):
		return "NOT_AN_APPROVER"
	case verdict == approval.Reject:
		m.end(c, approval.Rejected)
		return ""
	}
	c.approved = append(c.approved, by)
	if m.full(c.rule.Quorums, c.approved) {
		m.judge(c, approval.Approved)
	}
	if c.state == approval.Approved && c.proposed != nil {
		m.policy = *c.proposed
		m.judgeAll()
	}
	return ""
}

func (m *naive) judge(c *naiveCase, passing approval.State) {
	c.rule = m.match(&c.Request)
	switch {
	case c.rule == nil || c.rule.Effect == approval.Block:
		m.end(c, approval.Blocked)
	case c.rule.Effect == approval.Pass:
		m.end(c, passing)
	case m.full(c.rule.Quorums, c.approved):
		m.end(c, approval.Approved)
	}
}

func (m *naive) judgeAll() {
	for _, c := range m.cases {
		switch {
		case c.state != approval.Waiting:
		case m.now >= c.Expires:
			m.end(c, approval.Expired)
		default:
			m.judge(c, approval.Passed)
		}
	}
}

// expire returns how many.
func (m *naive) expire(now int64) int {
	m.now = now
	count := 0
	for _, c := range m.cases {
		if c.state == approval.Waiting && now >= c.Expires {
			m.end(c, approval.Expired)
			count++
		}
	}
	return count
}
