// Package approval decides who has to agree to a transfer before it is released: ordered rules of which the first that matches says whether it
// passes, is blocked, or waits for so many of these people. What no rule matches is blocked. Changing the rules is itself a case under the rules
// in force.
//
// Amounts are whole units of an asset, times are business time in nanoseconds since 1970 UTC, handed in. All errors are of package errs.
package approval

import (
	"slices"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/window"
	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// PolicyChange is the type of the case that a new policy is; rules match it only when they name it.
const PolicyChange = "policy-change"

// Bounds of a policy.
const (
	MaxRules     = 1000 // rules of a policy
	MaxGroups    = 1000 // groups of a policy
	MaxQuorums   = 16   // quorums of a rule
	MaxNames     = 1000 // names in one list
	MaxNameBytes = 64   // length of a name
)

// Policy says who must agree to what.
type Policy struct {
	Rules    []Rule  // in order: the first that matches counts
	Groups   []Group // of approvers, for quorums
	Lifetime int64   // how long a case may wait, nanoseconds, above 0
}

// Group is a set of approvers with a name.
type Group struct {
	Name    string
	Members []string // approvers, each once
}

// Effect is what a rule does with what it matches.
type Effect uint8

// The effects.
const (
	Block Effect = iota // never released
	Pass                // released at once
	Ask                 // released when the quorums are full
	effects
)

// String is the name as documents have it.
func (e Effect) String() string {
	return [...]string{"block", "pass", "ask", "unknown"}[min(e, effects)]
}

// Rule matches when all of its conditions hold; one that is empty or 0 holds always. Conditions on amounts want exactly one asset, for units of
// different assets cannot be compared.
type Rule struct {
	Name         string   // unique in the policy
	Types        []string // of transfer; a rule with none matches all but a change of the policy
	Assets       []string // codes, e.g. USD
	Participants []string // whose transfer it is

	Above, UpTo int64 // Above < amount <= UpTo, units

	// AccumulatedAbove < sum <= AccumulatedUpTo, units: the sum of what was released for the participant in the asset within the Window before, this
	// one included. They want a Window (see window.Valid), and the other way round.
	AccumulatedAbove, AccumulatedUpTo int64
	Window                            int64 // nanoseconds

	Effect  Effect
	Quorums []Quorum // of Ask, at least one; all must be full, and nobody counts in two of them
}

// Quorum is N of M: so many of these approvers and the members of these groups.
type Quorum struct {
	Count     int // at least 1
	Approvers []string
	Groups    []string
}

// accumulates tells whether the rule looks at a window.
func (r *Rule) accumulates() bool { return r.AccumulatedAbove != 0 || r.AccumulatedUpTo != 0 }

// longest is the longest window of the rules.
func (p *Policy) longest() int64 {
	longest := int64(0)
	for n := range p.Rules {
		longest = max(longest, p.Rules[n].Window)
	}
	return longest
}

// match is the first rule that applies to a request, with what was released before; nil when none does.
func (p *Policy) match(now int64, q *Request, released *window.Sums) *Rule {
	for n := range p.Rules {
		if p.Rules[n].matches(now, q, released) {
			return &p.Rules[n]
		}
	}
	return nil
}

// matches tells whether the rule applies to a request.
func (r *Rule) matches(now int64, q *Request, released *window.Sums) bool {
	return r.ofType(q.Type) && oneOf(r.Assets, q.Asset) && oneOf(r.Participants, q.Participant) &&
		(r.Above == 0 || q.Amount > r.Above) && (r.UpTo == 0 || q.Amount <= r.UpTo) &&
		(!r.accumulates() || r.accumulated(released.Total(now, q.key(), r.Window).Plus(q.Amount).Amount))
}

func (r *Rule) ofType(name string) bool {
	if name == PolicyChange {
		return slices.Contains(r.Types, name)
	}
	return oneOf(r.Types, name)
}

func oneOf(names []string, name string) bool { return len(names) == 0 || slices.Contains(names, name) }

func (r *Rule) accumulated(sum decimal.Wide) bool {
	return (r.AccumulatedAbove == 0 || sum.Compare(decimal.WideOf(r.AccumulatedAbove)) > 0) &&
		(r.AccumulatedUpTo == 0 || sum.Compare(decimal.WideOf(r.AccumulatedUpTo)) <= 0)
}
