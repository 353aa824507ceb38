// This file is the desk: it keeps the policy in force, the cases, and what was released.

package approval

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/window"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

const (
	keptDays = 30
	// Kept is how long a case is known after it was decided, nanoseconds.
	Kept = int64(keptDays * 24 * time.Hour)
)

// Desk decides cases. A time before the last one it was handed counts as that one. It is not safe for use by several goroutines.
type Desk struct {
	now      int64
	policy   Policy
	version  uint64              // of the policy, from 1 on
	quorums  map[string][]quorum // of the policy, by rule
	cases    map[string]*filed
	number   uint64       // of the last case
	proposal *filed       // the waiting change of the policy, or nil
	expiries expiries     // of those that wait, and of some that no longer do
	decided  []*filed     // in their order
	released *window.Sums // of transfers
}

// filed is a case as the desk keeps it.
type filed struct {
	Request
	number   uint64 // order of opening
	state    State
	rule     string
	version  uint64
	votes    []Vote
	opened   int64
	decided  int64
	proposed *Policy // of a change of the policy
}

// New makes a desk with a policy in force. INVALID_POLICY.
func New(policy Policy) (*Desk, error) {
	if err := policy.Validate(); err != nil {
		return nil, err
	}
	d := &Desk{cases: map[string]*filed{}, released: window.New(0)}
	d.enforce(policy)
	return d, nil
}

// enforce puts a valid policy in force.
func (d *Desk) enforce(policy Policy) {
	d.policy, d.quorums = policy, policy.resolve()
	d.version++
	d.released.Retain(policy.longest())
}

// Policy is the one in force, and its version, counted from 1; it must not be changed.
func (d *Desk) Policy() (Policy, uint64) { return d.policy, d.version }

// Proposal is the policy that waits for approval, and its case; false when none does.
func (d *Desk) Proposal() (Policy, Status, bool) {
	if d.proposal == nil {
		return Policy{}, Status{}, false
	}
	return *d.proposal.proposed, d.status(d.proposal), true
}

// Find is a case by its id. Those that passed or were blocked as they were opened are not kept, for nobody can decide them; the others are until
// Kept after their decision.
func (d *Desk) Find(id string) (Status, bool) {
	c, found := d.cases[id]
	if !found {
		return Status{}, false
	}
	return d.status(c), true
}

// Released is what was released for a participant in an asset within a window (see window.Valid) that ends now.
func (d *Desk) Released(now int64, participant, asset string, length int64) window.Total {
	return d.released.Total(max(now, d.now), window.Key{Participant: participant, Asset: asset}, length)
}

// Open opens a case: it passes, is blocked, or waits. The same request again gives the status of the case that it opened, if that is known (see
// Find); one that passed at once would pass and count again, so the caller must know its own transfers by their ids.
// INVALID_FIELD, CASE_ID_REUSED, NOT_ENOUGH_APPROVERS.
func (d *Desk) Open(now int64, request Request) (Status, error) {
	now = max(now, d.now)
	if err := request.validate(); err != nil {
		return Status{}, err
	}
	return d.file(now, request, nil)
}

// Propose opens the case of a new policy, which comes into force with its approval; the participant of its request is the one who proposes it.
// INVALID_POLICY, INVALID_FIELD, CASE_ID_REUSED, NOT_ENOUGH_APPROVERS, POLICY_CHANGE_PENDING.
func (d *Desk) Propose(now int64, id, by string, policy Policy) (Status, error) {
	now = max(now, d.now)
	request := Request{ID: id, Type: PolicyChange, Participant: by, Initiator: by}
	if err := request.validateNames(); err != nil {
		return Status{}, err
	}
	if err := policy.Validate(); err != nil {
		return Status{}, err
	}
	if d.proposal != nil && d.proposal.ID != id {
		return Status{}, changePending(d.proposal.ID)
	}
	return d.file(now, request, &policy)
}

// file opens a case of a request that is valid.
func (d *Desk) file(now int64, request Request, proposed *Policy) (Status, error) {
	if before, known := d.cases[request.ID]; known {
		if !before.same(&request, proposed) {
			return Status{}, idReused(request.ID)
		}
		return d.status(before), nil
	}
	c := &filed{Request: request, opened: now, version: d.version, proposed: proposed}
	switch {
	case c.Expires == 0:
		c.Expires = soon(now, d.policy.Lifetime)
	case c.Expires <= now:
		return Status{}, errs.InvalidField("expires", c.Expires, fmt.Sprintf("a time after now, which is %d, or 0 for the lifetime of the policy", now))
	}
	rule := d.policy.match(now, &request, d.released)
	if rule == nil || rule.Effect == Block {
		return d.atOnce(now, c, rule, Blocked), nil
	}
	if rule.Effect == Pass {
		return d.atOnce(now, c, rule, Passed), nil
	}
	quorums := d.quorums[rule.Name]
	if all := seat(quorums, eligible(quorums, request.Initiator)); !all.full() {
		return Status{}, notEnough(&request, rule.Name)
	}
	d.advance(now)
	d.number++
	c.rule, c.number = rule.Name, d.number
	d.wait(c)
	return d.status(c), nil
}

// atOnce decides a case as it is opened; it is not kept.
func (d *Desk) atOnce(now int64, c *filed, rule *Rule, state State) Status {
	d.advance(now)
	if rule != nil {
		c.rule = rule.Name
	}
	c.state, c.decided = state, now
	if state.Released() {
		d.released.Add(now, c.key(), c.Amount)
	}
	return d.status(c)
}

// wait keeps a case that waits.
func (d *Desk) wait(c *filed) {
	d.cases[c.ID] = c
	d.expiries.add(c)
	if c.proposed != nil {
		d.proposal = c
	}
}

// soon is a time and what is added to it, or the end of time.
func soon(now, more int64) int64 {
	if now > math.MaxInt64-more {
		return math.MaxInt64
	}
	return now + more
}

// same tells whether a request that comes again is the one that opened the case.
func (c *filed) same(q *Request, proposed *Policy) bool {
	if q.Expires == 0 { // whatever it became
		again := *q
		again.Expires = c.Expires
		q = &again
	}
	if c.Request != *q || (c.proposed == nil) != (proposed == nil) {
		return false
	}
	return proposed == nil || c.proposed.Equal(proposed)
}

func (q *Request) validate() error {
	if err := q.validateNames(); err != nil {
		return err
	}
	switch {
	case q.Type == PolicyChange || !isName(q.Type):
		return errs.InvalidField("type", q.Type, nameWanted+" other than "+PolicyChange+", which is proposed")
	case !isName(q.Participant):
		return errs.InvalidField("participant", q.Participant, nameWanted)
	case !isName(q.Asset):
		return errs.InvalidField("asset", q.Asset, nameWanted)
	case q.Amount <= 0:
		return errs.InvalidField("amount", q.Amount, "units above 0")
	}
	return nil
}

func (q *Request) validateNames() error {
	if !isName(q.ID) {
		return errs.InvalidField("case_id", q.ID, nameWanted)
	}
	if !isName(q.Initiator) {
		return errs.InvalidField("initiator", q.Initiator, nameWanted)
	}
	return nil
}

// status shows a case.
func (d *Desk) status(c *filed) Status {
	s := Status{
		Request: c.Request, State: c.state, Rule: c.rule, Votes: slices.Clone(c.votes), Opened: c.opened, Decided: c.decided, Version: c.version,
	}
	if c.state == Waiting {
		s.Wants = d.wants(c)
	}
	return s
}

// wants is what is missing for the case, by quorum.
func (d *Desk) wants(c *filed) []Want {
	quorums := d.quorums[c.rule]
	seated := seat(quorums, c.approvers())
	wants := make([]Want, len(quorums))
	for n := range quorums {
		wants[n] = Want{Count: quorums[n].count, Missing: seated.missing(n), Of: slices.DeleteFunc(slices.Clone(quorums[n].eligible), c.is)}
	}
	return wants
}

// is tells whether somebody cannot agree any more: the initiator, or one who has.
func (c *filed) is(who string) bool {
	return who == c.Initiator || slices.ContainsFunc(c.votes, func(v Vote) bool { return v.By == who })
}

// approvers are those who have agreed, in their order.
func (c *filed) approvers() []string {
	people := make([]string, len(c.votes))
	for n := range c.votes {
		people[n] = c.votes[n].By
	}
	return people
}
