// This file writes the state as bytes: the same state gives the same bytes.

package approval

import (
	"slices"

	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// snapshotVersion begins each snapshot.
const snapshotVersion = 1

// Equal tells whether two policies are the same, rule by rule.
func (p *Policy) Equal(other *Policy) bool {
	var a, b snapshot.Writer
	p.Encode(&a)
	other.Encode(&b)
	return slices.Equal(a.Bytes, b.Bytes)
}

// Encode appends the policy.
func (p *Policy) Encode(w *snapshot.Writer) {
	w.Int(p.Lifetime)
	w.Count(len(p.Groups))
	for _, group := range p.Groups {
		w.Text(group.Name)
		texts(w, group.Members)
	}
	w.Count(len(p.Rules))
	for n := range p.Rules {
		p.Rules[n].encode(w)
	}
}

func (r *Rule) encode(w *snapshot.Writer) {
	w.Text(r.Name)
	texts(w, r.Types)
	texts(w, r.Assets)
	texts(w, r.Participants)
	w.Int(r.Above, r.UpTo, r.AccumulatedAbove, r.AccumulatedUpTo, r.Window)
	w.Octet(byte(r.Effect))
	w.Count(len(r.Quorums))
	for _, one := range r.Quorums {
		w.Int(int64(one.Count))
		texts(w, one.Approvers)
		texts(w, one.Groups)
	}
}

func texts(w *snapshot.Writer, list []string) {
	w.Count(len(list))
	for _, text := range list {
		w.Text(text)
	}
}

// Encode appends the state.
func (d *Desk) Encode(to []byte) []byte {
	w := &snapshot.Writer{Bytes: append(to, snapshotVersion)}
	w.Int(d.now)
	w.Uint(d.version, d.number)
	d.policy.Encode(w)
	d.released.Encode(w)
	w.Count(len(d.decided))
	for _, c := range d.decided {
		c.encode(w)
	}
	waiting := d.waiting()
	w.Count(len(waiting))
	for _, c := range waiting {
		c.encode(w)
	}
	return w.Bytes
}

func (c *filed) encode(w *snapshot.Writer) {
	c.Request.Encode(w)
	w.Uint(c.number, c.version)
	w.Octet(byte(c.state))
	w.Text(c.rule)
	w.Int(c.opened, c.decided)
	w.Count(len(c.votes))
	for _, v := range c.votes {
		w.Text(v.By)
		w.Int(v.At)
		w.Octet(byte(v.Verdict))
	}
	w.Flag(c.proposed != nil)
	if c.proposed != nil {
		c.proposed.Encode(w)
	}
}

// Encode appends the request.
func (q *Request) Encode(w *snapshot.Writer) {
	w.Text(q.ID)
	w.Text(q.Type)
	w.Text(q.Participant)
	w.Text(q.Asset)
	w.Int(q.Amount)
	w.Text(q.Initiator)
	w.Int(q.Expires)
}
