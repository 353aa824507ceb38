// This file is the shape of the `approvals` configuration document and what must hold in it.

package documents

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/approval"
	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/asset"
)

// Approvals is the `approvals` configuration document: who must agree to what. What no rule matches is blocked.
type Approvals struct {
	Lifetime  string              `json:"lifetime"` // how long a case may wait, e.g. 72h
	Groups    map[string][]string `json:"groups"`   // of approvers, by name
	Rules     []Rule              `json:"rules"`    // in order: the first that matches counts
	Simulated []Person            `json:"simulated_approvers"`
}

// Rule matches when all of its conditions hold; a missing one holds always. Amounts are decimal strings, and want exactly one asset.
type Rule struct {
	Name             string   `json:"name"`
	Types            []string `json:"types"`             // of transfers, or policy-change
	Assets           []string `json:"assets"`            // codes
	Participants     []string `json:"participants"`      // whose transfer it is
	Above            string   `json:"above"`             // the amount is more
	UpTo             string   `json:"up_to"`             // the amount is not more
	AccumulatedAbove string   `json:"accumulated_above"` // with what was released within the window the amount is more
	AccumulatedUpTo  string   `json:"accumulated_up_to"` // with what was released within the window the amount is not more
	Window           string   `json:"window"`            // e.g. 24h: quarters of an hour, up to 31 days
	Effect           string   `json:"effect"`            // block, pass or ask
	Quorums          []Quorum `json:"quorums"`           // of ask: all must be full
}

// Quorum is N of M.
type Quorum struct {
	Count     int      `json:"count"`
	Approvers []string `json:"approvers"`
	Groups    []string `json:"groups"`
}

// Person is a simulated approver.
type Person struct {
	Name    string   `json:"name"`
	Zone    string   `json:"zone"`           // IANA name; UTC when missing
	Days    []string `json:"days"`           // on which they work, e.g. monday
	Opens   string   `json:"opens"`          // when work begins, e.g. 09:00
	Closes  string   `json:"closes"`         // when it ends, e.g. 17:00
	Within  Pace     `json:"within"`         // how long an answer takes when the request comes at work
	Outside Pace     `json:"outside"`        // and when it does not
	Rejects string   `json:"reject_percent"` // up to 4 digits after the point; 0 when missing
}

// Pace is a log-normal time.
type Pace struct {
	Median string  `json:"median"` // e.g. 4m
	Spread float64 `json:"spread"` // standard deviation of its logarithm, 0 to 3
}

// Policy checks the document against the assets and the types of transfers, and turns it into a policy. The error names the field and
// its value.
func (d *Approvals) Policy(listing *asset.Listing, types []Terming) (*approval.Policy, error) {
	policy := &approval.Policy{}
	var err error
	if policy.Lifetime, err = length("lifetime", d.Lifetime); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(d.Groups)) {
		policy.Groups = append(policy.Groups, approval.Group{Name: name, Members: d.Groups[name]})
	}
	for n := range d.Rules {
		rule, err := d.Rules[n].decode(listing, types)
		if err != nil {
			return nil, fmt.Errorf("rules[%d] (%s): %w", n, d.Rules[n].Name, err)
		}
		policy.Rules = append(policy.Rules, rule)
	}
	return policy, policy.Validate()
}

func (r *Rule) decode(listing *asset.Listing, types []Terming) (rule approval.Rule, err error) {
	rule = approval.Rule{Name: r.Name, Types: r.Types, Assets: r.Assets, Participants: r.Participants}
	for n, name := range r.Types {
		known := slices.ContainsFunc(types, func(one Terming) bool { return one.Name == name })
		if !known && name != approval.PolicyChange {
			return rule, fmt.Errorf("types[%d] is %q: want a type of the document settlement, or %s", n, name, approval.PolicyChange)
		}
	}
	for n, code := range r.Assets {
		if _, known := listing.Index(code); !known {
			return rule, fmt.Errorf("assets[%d] is %q: want the code of an asset of the document instruments", n, code)
		}
	}
	if rule.Effect, err = effect(r.Effect); err != nil {
		return rule, err
	}
	if r.Window != "" {
		if rule.Window, err = length("window", r.Window); err != nil {
			return rule, err
		}
	}
	for _, one := range r.Quorums {
		rule.Quorums = append(rule.Quorums, approval.Quorum(one))
	}
	return rule, r.amounts(&rule, listing)
}

// amounts reads the conditions on amounts, in the units of the one asset.
func (r *Rule) amounts(rule *approval.Rule, listing *asset.Listing) error {
	for _, one := range []struct {
		field, said string
		to          *int64
	}{
		{"above", r.Above, &rule.Above},
		{"up_to", r.UpTo, &rule.UpTo},
		{"accumulated_above", r.AccumulatedAbove, &rule.AccumulatedAbove},
		{"accumulated_up_to", r.AccumulatedUpTo, &rule.AccumulatedUpTo},
	} {
		if one.said == "" {
			continue
		}
		if len(r.Assets) != 1 {
			return fmt.Errorf("%s is %q: want exactly one asset in assets, for amounts of different ones cannot be compared", one.field, one.said)
		}
		index, _ := listing.Index(r.Assets[0])
		units, err := listing.At(index).Parse(one.said)
		if err == nil && units <= 0 {
			err = fmt.Errorf("%q: want more than 0, or no such condition", one.said)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", one.field, err)
		}
		*one.to = units
	}
	return nil
}

func effect(name string) (approval.Effect, error) {
	for _, one := range []approval.Effect{approval.Block, approval.Pass, approval.Ask} {
		if one.String() == name {
			return one, nil
		}
	}
	return 0, fmt.Errorf("effect is %q: want block, pass or ask", name)
}

// length reads a duration above 0, nanoseconds.
func length(field, text string) (int64, error) {
	parsed, err := time.ParseDuration(text)
	if err != nil || parsed <= 0 {
		return 0, fmt.Errorf("%s is %q: want a duration above 0, such as 24h", field, text)
	}
	return int64(parsed), nil
}
