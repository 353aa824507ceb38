// This file is what goes in and what comes out.

package approval

import "github.com/trading-ecosystem/custodian-simulator-go/internal/domain/window"

// Request is a transfer that somebody wants to have released.
type Request struct {
	ID          string // of the case, unique
	Type        string // of transfer, e.g. wire-domestic
	Participant string // whose money moves
	Asset       string // code, e.g. USD
	Amount      int64  // units of the asset, above 0
	Initiator   string // who asks for it, and so cannot agree to it
	Expires     int64  // when it is too late to agree, nanoseconds; 0 for the lifetime of the policy from now on
}

func (q *Request) key() window.Key { return window.Key{Participant: q.Participant, Asset: q.Asset} }

// State is where a case stands.
type State uint8

// The states. All but Waiting are final.
const (
	Waiting   State = iota // for approvers
	Passed                 // released, nobody had to agree
	Approved               // released, with all that had to agree
	Blocked                // a rule blocks it, or none matches
	Rejected               // an approver said no
	Expired                // nobody said enough in time
	Cancelled              // taken back
	states
)

var stateNames = [states + 1]string{"waiting", "passed", "approved", "blocked", "rejected", "expired", "cancelled", "unknown"}

// String is the name, in lower case.
func (s State) String() string { return stateNames[min(s, states)] }

// Released tells whether the transfer may go on.
func (s State) Released() bool { return s == Passed || s == Approved }

// Verdict is what an approver says.
type Verdict uint8

// The verdicts.
const (
	Approve Verdict = iota
	Reject
	verdicts
)

// String is the name, in lower case.
func (v Verdict) String() string {
	return [...]string{"approve", "reject", "unknown"}[min(v, verdicts)]
}

// Vote is what one approver has said.
type Vote struct {
	By      string
	At      int64 // nanoseconds
	Verdict Verdict
}

// Status is a case as it stands.
type Status struct {
	Request // as it was opened, with the time at which it expires
	State   State
	Rule    string // that applies, or "" when none matched
	Votes   []Vote // in their order; of Waiting also those that count under no quorum any more, since the rules have changed
	Wants   []Want // of Waiting: for each quorum of the rule
	Opened  int64  // nanoseconds
	Decided int64  // nanoseconds; 0 while it waits
	Version uint64 // version of the policy that applies
}

// Want is what a quorum still waits for.
type Want struct {
	Count   int      // how many it needs in all
	Missing int      // how many of them are missing
	Of      []string // who may still agree, in alphabetical order: neither the initiator nor those who have
}

// Outcome is what a command has done.
type Outcome struct {
	Status            // of the case that it was about
	Affected []Status // the other cases that were decided since a new policy came into force, in the order in which they were opened
}
