// This file is how cases come to an end.

package approval

import (
	"cmp"
	"slices"
)

// Decide takes what an approver says about a case. When that fills the last quorum the rules are asked once more, for the windows may have filled
// since the case was opened: it is then released, blocked, or goes on waiting by the rule that matches now, with the approvals that it has. One
// rejection by anybody who may approve ends it. The same again changes nothing, whatever has become of the case.
// UNKNOWN_CASE, SELF_APPROVAL, NOT_AN_APPROVER, CASE_DECIDED, CASE_EXPIRED.
func (d *Desk) Decide(now int64, id, by string, verdict Verdict) (Outcome, error) {
	now = max(now, d.now)
	c, found := d.cases[id]
	switch {
	case !found:
		return Outcome{}, unknownCase(id)
	case c.said(by, verdict):
		return Outcome{Status: d.status(c)}, nil
	case c.state != Waiting:
		return Outcome{}, alreadyDecided(c)
	case by == c.Initiator:
		return Outcome{}, selfApproval(id, by)
	case now >= c.Expires:
		return Outcome{}, expired(c, now)
	case !slices.ContainsFunc(d.quorums[c.rule], func(q quorum) bool { return q.has(by) }):
		return Outcome{}, notAnApprover(id, by, c.rule)
	}
	d.advance(now)
	affected := d.vote(c, Vote{by, now, verdict})
	return Outcome{d.status(c), affected}, nil
}

// said tells whether somebody has said the same before.
func (c *filed) said(by string, verdict Verdict) bool {
	return slices.ContainsFunc(c.votes, func(v Vote) bool { return v.By == by && v.Verdict == verdict })
}

// vote counts a vote that counts, and returns the other cases that it decides.
func (d *Desk) vote(c *filed, v Vote) []Status {
	c.votes = append(c.votes, v)
	if v.Verdict == Reject {
		d.end(c, Rejected)
		return nil
	}
	if !d.full(c) {
		return nil
	}
	d.judge(c, Approved)
	if c.state != Approved || c.proposed == nil {
		return nil
	}
	d.enforce(*c.proposed)
	return d.judgeAll()
}

// full tells whether the case has the approvals that its rule wants.
func (d *Desk) full(c *filed) bool {
	seated := seat(d.quorums[c.rule], c.approvers())
	return seated.full()
}

// judge asks the rules in force anew about a case that waits, and decides it if they do. Passing is the state it then has when no rule asks for
// approvals any more.
func (d *Desk) judge(c *filed, passing State) {
	rule := d.policy.match(d.now, &c.Request, d.released)
	c.rule, c.version = "", d.version
	if rule != nil {
		c.rule = rule.Name
	}
	switch {
	case rule == nil || rule.Effect == Block:
		d.end(c, Blocked)
	case rule.Effect == Pass:
		d.end(c, passing)
	case d.full(c):
		d.end(c, Approved)
	}
}

// judgeAll asks a new policy about all cases that wait, in the order in which they were opened, and returns those that it decides. Those whose
// time is up expire.
func (d *Desk) judgeAll() []Status {
	var decided []Status
	for _, c := range d.waiting() {
		if d.now >= c.Expires {
			d.end(c, Expired)
		} else {
			d.judge(c, Passed)
		}
		if c.state != Waiting {
			decided = append(decided, d.status(c))
		}
	}
	return decided
}

// waiting are the cases that wait, in the order in which they were opened.
func (d *Desk) waiting() []*filed {
	var waiting []*filed
	for _, c := range d.cases {
		if c.state == Waiting {
			waiting = append(waiting, c)
		}
	}
	slices.SortFunc(waiting, func(a, b *filed) int { return cmp.Compare(a.number, b.number) })
	return waiting
}

// end decides a case that waits.
func (d *Desk) end(c *filed, state State) {
	c.state, c.decided = state, d.now
	d.decided = append(d.decided, c)
	if c == d.proposal {
		d.proposal = nil
	} else if state.Released() {
		d.released.Add(d.now, c.key(), c.Amount)
	}
}

// Cancel takes a case back that waits; whoever is asked for it must make sure that this one may. Once more changes nothing.
// UNKNOWN_CASE, CASE_DECIDED.
func (d *Desk) Cancel(now int64, id string) (Status, error) {
	c, found := d.cases[id]
	if !found {
		return Status{}, unknownCase(id)
	}
	if c.state == Waiting {
		d.advance(max(now, d.now))
		d.end(c, Cancelled)
	}
	if c.state != Cancelled {
		return Status{}, alreadyDecided(c)
	}
	return d.status(c), nil
}

// Expire ends the cases whose time is up, and returns them by their time and then by the order in which they were opened.
func (d *Desk) Expire(now int64) []Status {
	d.advance(max(now, d.now))
	var gone []Status
	for {
		c := d.expiries.first()
		if c == nil || c.Expires > d.now {
			return gone
		}
		d.end(c, Expired)
		gone = append(gone, d.status(c))
	}
}

// Due is when the next case expires, nanoseconds; false when none waits.
func (d *Desk) Due() (int64, bool) {
	if c := d.expiries.first(); c != nil {
		return c.Expires, true
	}
	return 0, false
}

// advance moves the time on, and forgets what was decided long ago.
func (d *Desk) advance(now int64) {
	d.now = now
	gone := 0
	for gone < len(d.decided) && d.decided[gone].decided <= now-Kept {
		delete(d.cases, d.decided[gone].ID)
		d.decided[gone] = nil
		gone++
	}
	d.decided = d.decided[gone:]
}
