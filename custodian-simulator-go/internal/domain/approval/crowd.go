// This file is people who approve in a simulation: each answers after a time of their own, which depends on whether the request reaches them at work.

package approval

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Pace is how long somebody takes to answer: a log-normal time.
type Pace struct {
	Median int64   // nanoseconds, above 0
	Spread float64 // standard deviation of the logarithm of the time, 0 to 3; 0 is always the median, 1 lets a third be beyond 2.7 times or a 2.7th of it
}

// Person is a simulated approver.
type Person struct {
	Name    string
	Zone    *time.Location // of their business hours
	Days    [7]bool        // on which they work, from Sunday on
	Opens   int            // when work begins, minutes of the local day
	Closes  int            // when it ends, minutes of the local day, above Opens, up to 1440
	Within  Pace           // when the request comes while they are at work
	Outside Pace           // when it does not
	Rejects uint32         // of a million, how many requests they reject
}

// Million is the whole of Person.Rejects.
const Million = 1_000_000

// maxWait bounds an answer, so that no time overflows: 10 years.
const maxWait = float64(10 * 365 * day)

const day = int64(24 * time.Hour)

// Answer is what a simulated approver is going to say.
type Answer struct {
	By      string
	At      int64 // nanoseconds, after the case was opened
	Verdict Verdict
}

// Crowd is all simulated approvers. What one of them does about a case follows from the seed, the id of the case and the name alone.
type Crowd struct {
	seed   uint64
	people map[string]*Person
}

// NewCrowd makes the simulated approvers. It fails with INVALID_POLICY on people that cannot be.
func NewCrowd(seed uint64, people []Person) (*Crowd, error) {
	c := &Crowd{seed, make(map[string]*Person, len(people))}
	for n := range people {
		one, field := people[n], fmt.Sprintf("people[%d]", n)
		if err := one.validate(field); err != nil {
			return nil, err
		}
		if c.people[one.Name] != nil {
			return nil, invalid(field+".name", one.Name, "a name that nobody before has")
		}
		c.people[one.Name] = &one
	}
	return c, nil
}

func (p *Person) validate(field string) error {
	switch {
	case !isName(p.Name):
		return invalid(field+".name", p.Name, nameWanted)
	case p.Zone == nil:
		return invalid(field+".zone", p.Zone, "a time zone")
	case p.Opens < 0 || p.Closes <= p.Opens || p.Closes > 24*60:
		return invalid(field+".opens", fmt.Sprintf("%d to %d", p.Opens, p.Closes), "minutes of a day, the second above the first")
	case p.Rejects > Million:
		return invalid(field+".rejects", p.Rejects, "0 to 1000000, of a million")
	}
	if err := p.Within.validate(field + ".within"); err != nil {
		return err
	}
	return p.Outside.validate(field + ".outside")
}

func (p *Pace) validate(field string) error {
	if p.Median <= 0 || float64(p.Median) > maxWait {
		return invalid(field+".median", p.Median, "nanoseconds above 0, up to 10 years")
	}
	if !(p.Spread >= 0 && p.Spread <= 3) {
		return invalid(field+".spread", p.Spread, "0 to 3")
	}
	return nil
}

// Normal is the factor of Plan that changes nothing.
const Normal = 100

// Plan is what the simulated ones among those who may still decide a case are going to say, by time and then by name; slow is the percentage of
// their usual times that they take, Normal without a fault. A case that goes on by another rule is planned anew: whoever was planned before is planned
// the same, and a time that is over by then means at once. Some of it comes too late, when others have decided
// before; Decide then refuses it with CASE_DECIDED.
func (c *Crowd) Plan(status *Status, slow uint32) []Answer {
	var answers []Answer
	for n := range status.Wants {
		for _, name := range status.Wants[n].Of {
			if person := c.people[name]; person != nil {
				answers = append(answers, c.answer(person, status.ID, status.Opened, slow))
			}
		}
	}
	slices.SortFunc(answers, func(a, b Answer) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.By, b.By)) })
	return slices.Compact(answers) // those in several quorums
}

func (c *Crowd) answer(p *Person, id string, opened int64, slow uint32) Answer {
	random := c.random(id, p.Name)
	draw, verdict := random.NormFloat64(), Approve
	if random.Uint32N(Million) < p.Rejects {
		verdict = Reject
	}
	pace := p.Outside
	if p.atWork(opened) {
		pace = p.Within
	}
	return Answer{p.Name, soon(opened, pace.take(draw, slow)), verdict}
}

// random is the generator of one person's view of one case.
func (c *Crowd) random(id, name string) *rand.Rand {
	sum := fnv.New64a()
	_, _ = fmt.Fprintf(sum, "%q %q", id, name) // it never fails
	return rand.New(rand.NewPCG(c.seed, sum.Sum64()))
}

// take is the time for a draw of the standard normal distribution, in whole milliseconds from 1 on: the last bits of an exponential differ between
// processors.
func (p *Pace) take(draw float64, slow uint32) int64 {
	wait := float64(p.Median) * math.Exp(p.Spread*draw) * float64(slow) / Normal
	return max(int64(min(wait, maxWait))/1e6, 1) * 1e6
}

// atWork tells whether a time is within somebody's business hours.
func (p *Person) atWork(now int64) bool {
	local := time.Unix(0, now).In(p.Zone)
	minute := local.Hour()*60 + local.Minute()
	return p.Days[local.Weekday()] && minute >= p.Opens && minute < p.Closes
}
