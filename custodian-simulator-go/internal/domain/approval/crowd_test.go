package approval_test

import (
	"slices"
	"strconv"
	"testing"
	"time"
	_ "time/tzdata" // a machine need not have the zones

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/approval"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

var weekdays = [7]bool{false, true, true, true, true, true, false}

// officer works from 9 to 17 two hours west of Greenwich.
func officer(name string) approval.Person {
	return approval.Person{
		Name: name, Zone: time.FixedZone("west", -2*60*60), Days: weekdays, Opens: 9 * 60, Closes: 17 * 60,
		Within: approval.Pace{Median: hour / 4}, Outside: approval.Pace{Median: 8 * hour},
	}
}

func crowd(t require.TestingT, seed uint64, people ...approval.Person) *approval.Crowd {
	c, err := approval.NewCrowd(seed, people)
	require.NoError(t, err)
	return c
}

// asked is a case that waits for these people.
func asked(id string, at int64, people ...string) *approval.Status {
	return &approval.Status{Request: approval.Request{ID: id}, Opened: at, Wants: []approval.Want{{Count: 1, Missing: 1, Of: people}}}
}

func TestAnswersComeAtThePaceOfTheBusinessHour(t *testing.T) {
	c := crowd(t, 1, officer("ops"))
	for name, test := range map[string]struct{ at, wait int64 }{
		"before work on a Friday": {start + 11*hour - 1, 8 * hour},
		"as it begins":            {start + 11*hour, hour / 4},
		"just before it ends":     {start + 19*hour - 1, hour / 4},
		"as it ends":              {start + 19*hour, 8 * hour},
		"on a Saturday":           {start + day + 12*hour, 8 * hour},
	} {
		answers := c.Plan(asked("t", test.at, "ops"), approval.Normal)
		assert.Equal(t, []approval.Answer{{By: "ops", At: test.at + test.wait, Verdict: approval.Approve}}, answers, name)
	}
}

func TestBusinessHoursFollowTheClocksOfTheZone(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	person := officer("ops")
	person.Zone = zone
	c := crowd(t, 1, person)
	for _, test := range []struct {
		at   time.Time
		wait int64
	}{
		{time.Date(2024, 11, 1, 13, 0, 0, 0, time.UTC), hour / 4}, // 9:00, summer time
		{time.Date(2024, 11, 4, 13, 0, 0, 0, time.UTC), 8 * hour}, // 8:00, standard time
		{time.Date(2024, 11, 4, 14, 0, 0, 0, time.UTC), hour / 4},
	} {
		at := test.at.UnixNano()
		assert.Equal(t, at+test.wait, c.Plan(asked("t", at, "ops"), approval.Normal)[0].At, test.at)
	}
}

func TestSlowApproversTakeAMultipleOfTheirTime(t *testing.T) {
	person := officer("ops")
	person.Within.Spread = 1
	c, at := crowd(t, 7, person), start+12*hour
	usual := c.Plan(asked("t", at, "ops"), approval.Normal)[0].At - at
	slow := c.Plan(asked("t", at, "ops"), 10*approval.Normal)[0].At - at
	assert.InDelta(t, 10*usual, slow, 1e7)
}

func TestOnlyThoseWhoAreAskedAndSimulatedAnswerAndEachOnce(t *testing.T) {
	c := crowd(t, 1, officer("a"), officer("b"), officer("c"))
	status := asked("t", start, "real", "b", "a")
	status.Wants = append(status.Wants, approval.Want{Of: []string{"b"}})
	answers := c.Plan(status, approval.Normal)
	require.Len(t, answers, 2)
	assert.Equal(t, []string{"a", "b"}, []string{answers[0].By, answers[1].By})
}

func TestAnswersHaveTheirMedianSpreadAndChanceOfRejection(t *testing.T) {
	const cases = 4000
	person := officer("ops")
	person.Within.Spread, person.Rejects = 0.5, approval.Million/10
	c := crowd(t, 42, person)
	at, rejected := start+12*hour, 0
	waits := make([]int64, cases)
	for n := range waits {
		answer := c.Plan(asked(strconv.Itoa(n), at, "ops"), approval.Normal)[0]
		waits[n] = answer.At - at
		rejected += int(answer.Verdict)
	}
	slices.Sort(waits)
	assert.InEpsilon(t, hour/4, waits[cases/2], 0.05)
	assert.InEpsilon(t, 1.6487, float64(waits[cases*8413/10_000])/float64(waits[cases/2]), 0.08, "one standard deviation up is e^0.5")
	assert.InDelta(t, cases/10, rejected, 80)
}

// What somebody answers follows from the seed, the case and the name, whoever else is asked.
func TestPlansAreDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, id, at := rapid.Uint64().Draw(t, "seed"), rapid.String().Draw(t, "id"), rapid.Int64Range(0, 1<<62).Draw(t, "at")
		a, b := officer("a"), officer("b")
		a.Outside.Spread, b.Outside.Spread, b.Rejects = 3, 1, approval.Million/2
		together := crowd(t, seed, a, b).Plan(asked(id, at, "a", "b"), approval.Normal)
		alone := append(crowd(t, seed, b).Plan(asked(id, at, "b"), approval.Normal), crowd(t, seed, a, b).Plan(asked(id, at, "a"), approval.Normal)...)
		require.ElementsMatch(t, together, alone)
		require.True(t, together[0].At <= together[1].At && together[0].At > at)
	})
}

func TestPeopleThatCannotBeAreRefused(t *testing.T) {
	for name, change := range map[string]func(*approval.Person){
		"name":    func(p *approval.Person) { p.Name = "" },
		"twice":   func(p *approval.Person) { p.Name = "ops" },
		"zone":    func(p *approval.Person) { p.Zone = nil },
		"hours":   func(p *approval.Person) { p.Closes = p.Opens },
		"median":  func(p *approval.Person) { p.Within.Median = 0 },
		"spread":  func(p *approval.Person) { p.Outside.Spread = 3.1 },
		"rejects": func(p *approval.Person) { p.Rejects = approval.Million + 1 },
	} {
		person := officer("other")
		change(&person)
		_, err := approval.NewCrowd(1, []approval.Person{officer("ops"), person})
		require.Error(t, err, name)
		refused(t, err, errs.Invalid, "INVALID_POLICY")
	}
}
