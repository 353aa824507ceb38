// This file refuses policies that contradict themselves, or that could never be changed again.

package approval

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/window"
)

// Validate tells whether the policy can be put in force: INVALID_POLICY with the field, its value and what is wanted. There must be a rule by which
// approvers can change the policy, whoever proposes it.
func (p *Policy) Validate() error {
	if p.Lifetime <= 0 {
		return invalid("lifetime", p.Lifetime, "nanoseconds above 0")
	}
	groups, err := p.validGroups()
	if err != nil {
		return err
	}
	if len(p.Rules) > MaxRules {
		return invalid("rules", len(p.Rules), fmt.Sprintf("at most %d of them", MaxRules))
	}
	names := map[string]bool{}
	for n := range p.Rules {
		rule, field := &p.Rules[n], fmt.Sprintf("rules[%d]", n)
		if err := rule.validate(field, groups); err != nil {
			return err
		}
		if names[rule.Name] {
			return invalid(field+".name", rule.Name, "a name that no rule before has")
		}
		names[rule.Name] = true
	}
	if err := p.enoughApprovers(); err != nil {
		return err
	}
	anyones := slices.IndexFunc(p.Rules, func(r Rule) bool { return r.ofType(PolicyChange) && len(r.Participants) == 0 })
	if anyones < 0 || p.Rules[anyones].Effect != Ask {
		return invalid("rules", len(p.Rules), "one that asks approvers for "+PolicyChange+", whoever proposes it; without one this policy could never be changed")
	}
	return nil
}

// enoughApprovers wants as many people as quorums ask for, each of whom counts once.
func (p *Policy) enoughApprovers() error {
	resolved := p.resolve()
	for n := range p.Rules {
		quorums := resolved[p.Rules[n].Name]
		if s := seat(quorums, eligible(quorums, "")); !s.full() {
			return invalid(fmt.Sprintf("rules[%d].quorums", n), p.Rules[n].Name, "enough approvers to fill all of them, none of whom counts in two")
		}
	}
	return nil
}

func (p *Policy) validGroups() (map[string]bool, error) {
	if len(p.Groups) > MaxGroups {
		return nil, invalid("groups", len(p.Groups), fmt.Sprintf("at most %d of them", MaxGroups))
	}
	groups := map[string]bool{}
	for n, group := range p.Groups {
		field := fmt.Sprintf("groups[%d]", n)
		if !isName(group.Name) || groups[group.Name] {
			return nil, invalid(field+".name", group.Name, nameWanted+" that no group before has")
		}
		groups[group.Name] = true
		if err := validNames(field+".members", group.Members, nil); err != nil {
			return nil, err
		}
	}
	return groups, nil
}

func (r *Rule) validate(field string, groups map[string]bool) error {
	if !isName(r.Name) {
		return invalid(field+".name", r.Name, nameWanted)
	}
	for _, list := range []struct {
		name  string
		names []string
	}{{".types", r.Types}, {".assets", r.Assets}, {".participants", r.Participants}} {
		if err := validNames(field+list.name, list.names, nil); err != nil {
			return err
		}
	}
	if err := r.validAmounts(field); err != nil {
		return err
	}
	if r.Effect >= effects {
		return invalid(field+".effect", uint8(r.Effect), "block, pass or ask")
	}
	if slices.Contains(r.Types, PolicyChange) && (len(r.Types) > 1 || len(r.Assets) > 0 || r.Effect == Pass) {
		return invalid(field+".types", r.Types, PolicyChange+" in a rule of its own, without assets, that asks or blocks")
	}
	return r.validQuorums(field, groups)
}

func (r *Rule) validAmounts(field string) error {
	for _, bounds := range []struct {
		name        string
		above, upTo int64
	}{{".up_to", r.Above, r.UpTo}, {".accumulated_up_to", r.AccumulatedAbove, r.AccumulatedUpTo}} {
		if bounds.above < 0 || bounds.upTo < 0 || bounds.upTo != 0 && bounds.upTo <= bounds.above {
			return invalid(field+bounds.name, bounds.upTo, fmt.Sprintf("0, or more than the bound below, which is %d and must not be negative", bounds.above))
		}
	}
	bounded := r.Above != 0 || r.UpTo != 0 || r.accumulates()
	if bounded && len(r.Assets) != 1 {
		return invalid(field+".assets", r.Assets, "exactly one with bounds of amounts, since units of different assets cannot be compared")
	}
	if r.accumulates() != window.Valid(r.Window) || !r.accumulates() && r.Window != 0 {
		return invalid(field+".window", r.Window,
			fmt.Sprintf("a multiple of %d ns up to %d with bounds of what accumulates, and 0 without", window.Bucket, window.Longest))
	}
	return nil
}

func (r *Rule) validQuorums(field string, groups map[string]bool) error {
	if (r.Effect == Ask) != (len(r.Quorums) > 0) || len(r.Quorums) > MaxQuorums {
		return invalid(field+".quorums", len(r.Quorums), fmt.Sprintf("1 to %d for a rule that asks, none for one that does not", MaxQuorums))
	}
	for n, one := range r.Quorums {
		place := fmt.Sprintf("%s.quorums[%d]", field, n)
		if err := validNames(place+".approvers", one.Approvers, nil); err != nil {
			return err
		}
		if err := validNames(place+".groups", one.Groups, groups); err != nil {
			return err
		}
		if one.Count < 1 || one.Count > MaxNames {
			return invalid(place+".count", one.Count, fmt.Sprintf("1 to %d", MaxNames))
		}
	}
	return nil
}

// validNames checks a list of different names; known, unless it is nil, has all that are possible.
func validNames(field string, names []string, known map[string]bool) error {
	if len(names) > MaxNames {
		return invalid(field, len(names), fmt.Sprintf("at most %d of them", MaxNames))
	}
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		switch {
		case !isName(name):
			return invalid(field, name, nameWanted)
		case seen[name]:
			return invalid(field, name, "each name once")
		case known != nil && !known[name]:
			return invalid(field, name, "a group of the policy")
		}
		seen[name] = true
	}
	return nil
}

const nameWanted = "a name of 1 to 64 bytes"

func isName(name string) bool {
	return name != "" && len(name) <= MaxNameBytes && utf8.ValidString(name)
}
