package realism

// Score 5, confidence: of the facts known of the real market, how many does the
// simulation share within what chance allows?

import (
	"fmt"
	"math"
)

const (
	// tolerance in standard errors: a two-sided 5 % test of the difference of two
	// samples that err alike.
	tolerance   = 1.96 * math.Sqrt2
	familyFloor = 0.05
)

// Check is one fact held against the real one.
type Check struct {
	Family    Family  `json:"family"`
	Pair      string  `json:"pair"` // one symbol, or two
	Fact      string  `json:"fact"`
	Simulated float64 `json:"simulated"`
	Real      float64 `json:"real"`
	Allowed   float64 `json:"allowed"` // distance from the real value within which a check passes
}

// Passes says whether the simulation shares the fact.
func (c Check) Passes() bool { return math.Abs(c.Simulated-c.Real) <= c.Allowed }

// String is one line for people.
func (c Check) String() string {
	return fmt.Sprintf("%s: %s: %.4g, real %.4g +- %.2g", c.Pair, c.Fact, c.Simulated, c.Real, c.Allowed)
}

// confidenceScore is the geometric mean over the families of the share of checks
// that pass, each share floored. Families without checks (cross-asset, of a
// single pair) are left out. It also returns the checks that failed.
func confidenceScore(checks []Check) (score float64, failed []Check) {
	logSum, counted := 0.0, 0
	for _, family := range families {
		passed, total := 0, 0
		for _, check := range checks {
			if check.Family != family {
				continue
			}
			total++
			if check.Passes() {
				passed++
			} else {
				failed = append(failed, check)
			}
		}
		if total > 0 {
			counted++
			logSum += math.Log(max(familyFloor, float64(passed)/float64(total)))
		}
	}
	return math.Exp(logSum / float64(counted)), failed
}
