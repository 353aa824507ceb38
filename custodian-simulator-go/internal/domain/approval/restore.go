// This file reads a state back from bytes and trusts none of them.

package approval

import (
	"fmt"
	"math"
	"slices"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/window"
	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// DecodePolicy reads a policy; one that is not valid is an error of the reader.
func DecodePolicy(r *snapshot.Reader) Policy {
	p := Policy{Lifetime: r.Int()}
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		p.Groups = append(p.Groups, Group{Name: r.Text(), Members: readTexts(r)})
	}
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		p.Rules = append(p.Rules, readRule(r))
	}
	if !r.Failed() {
		if err := p.Validate(); err != nil {
			r.Want(false, "%w", err)
		}
	}
	return p
}

func readRule(r *snapshot.Reader) Rule {
	rule := Rule{Name: r.Text(), Types: readTexts(r), Assets: readTexts(r), Participants: readTexts(r)}
	for _, bound := range []*int64{&rule.Above, &rule.UpTo, &rule.AccumulatedAbove, &rule.AccumulatedUpTo, &rule.Window} {
		*bound = r.Int()
	}
	rule.Effect = Effect(r.Octet())
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		rule.Quorums = append(rule.Quorums, Quorum{Count: int(r.Within(1, MaxNames)), Approvers: readTexts(r), Groups: readTexts(r)})
	}
	return rule
}

func readTexts(r *snapshot.Reader) []string {
	var list []string
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		list = append(list, r.Text())
	}
	return list
}

// Decode makes a desk from a snapshot. It fails on bytes that Encode cannot have written, and names the place.
func Decode(from []byte) (*Desk, error) {
	r := snapshot.NewReader(from)
	r.Want(r.Octet() == snapshotVersion, "want one of version %d", snapshotVersion)
	d := &Desk{cases: map[string]*filed{}, now: r.Within(0, math.MaxInt64)}
	d.version, d.number = r.Uint(), r.Uint()
	d.policy = DecodePolicy(&r)
	d.quorums = d.policy.resolve()
	d.released = window.Decode(&r)
	d.readDecided(&r)
	d.readWaiting(&r)
	r.End()
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("decode the snapshot of the approvals, %w", err)
	}
	return d, nil
}

func (d *Desk) readDecided(r *snapshot.Reader) {
	last := int64(0)
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		c := d.readCase(r)
		r.Want(c.state != Waiting && c.decided >= max(last, c.opened) && c.decided <= d.now, "case %q is %s at %d, after %d", c.ID, c.state, c.decided, last)
		d.cases[c.ID], d.decided, last = c, append(d.decided, c), c.decided
	}
}

func (d *Desk) readWaiting(r *snapshot.Reader) {
	last := uint64(0)
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		c := d.readCase(r)
		r.Want(!slices.ContainsFunc(c.votes, func(v Vote) bool { return v.Verdict == Reject }), "case %q waits though somebody rejects it", c.ID)
		r.Want(c.state == Waiting && c.decided == 0 && c.number > last, "case %q, number %d, is %s, behind number %d", c.ID, c.number, c.state, last)
		r.Want(len(d.quorums[c.rule]) > 0 && c.version == d.version, "case %q waits by rule %q of version %d, which is not in force", c.ID, c.rule, c.version)
		r.Want(c.proposed == nil || d.proposal == nil, "cases %q and another one both propose a policy", c.ID)
		d.wait(c)
		last = c.number
	}
}

func (d *Desk) readCase(r *snapshot.Reader) *filed {
	c := &filed{Request: DecodeRequest(r), number: r.Uint(), version: r.Uint()}
	c.state, c.rule = State(r.Octet()), r.Text()
	c.opened, c.decided = r.Within(0, d.now), r.Within(0, d.now)
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		v := Vote{By: r.Text(), At: r.Within(c.opened, d.now), Verdict: Verdict(r.Octet())}
		r.Want(v.Verdict < verdicts && !c.said(v.By, v.Verdict) && v.By != c.Initiator, "case %q has a vote of %q that cannot be", c.ID, v.By)
		c.votes = append(c.votes, v)
	}
	if r.Flag() {
		proposed := DecodePolicy(r)
		c.proposed = &proposed
	}
	_, twice := d.cases[c.ID]
	r.Want(!twice && c.state < states && c.number <= d.number && c.version <= d.version, "case %q cannot be", c.ID)
	r.Want((c.proposed != nil) == (c.Type == PolicyChange), "case %q is of type %q, which does not go with what it proposes", c.ID, c.Type)
	return c
}

// DecodeRequest reads a request; it may be one that Open refuses.
func DecodeRequest(r *snapshot.Reader) Request {
	return Request{
		ID: r.Text(), Type: r.Text(), Participant: r.Text(), Asset: r.Text(), Amount: r.Int(), Initiator: r.Text(), Expires: r.Int(),
	}
}
