package calendar

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestATimeThatClocksJumpOverOrShowTwiceIsTheFirstMomentAtWhichTheyShowItOrMore(t *testing.T) {
	for _, c := range []struct{ zone, date, clock, want, why string }{
		{"America/New_York", "2026-03-07", "17:00", "2026-03-07T22:00:00Z", "winter"},
		{"America/New_York", "2026-03-09", "17:00", "2026-03-09T21:00:00Z", "summer"},
		{"America/New_York", "2026-03-08", "02:30", "2026-03-08T07:00:00Z", "jumped over: the jump"},
		{"America/New_York", "2026-03-08", "03:00", "2026-03-08T07:00:00Z", "the first time after the jump"},
		{"America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30:00Z", "twice: the first"},
		{"America/New_York", "2026-11-01", "02:00", "2026-11-01T07:00:00Z", "once, after both"},
		{"Europe/London", "2026-03-29", "01:30", "2026-03-29T01:00:00Z", "jumped over"},
		{"Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:30:00Z", "a jump of half an hour"},
		{"America/Sao_Paulo", "2018-11-04", "00:00", "2018-11-04T03:00:00Z", "a day without midnight"},
		{"America/Sao_Paulo", "2018-11-03", "24:00", "2018-11-04T03:00:00Z", "the same from the other side"},
		{"America/Sao_Paulo", "2018-02-17", "23:30", "2018-02-18T01:30:00Z", "a last hour twice: the first"},
		{"America/St_Johns", "2010-11-06", "24:00", "2010-11-07T02:30:00Z", "a midnight that comes twice: the first"},
		{"Pacific/Apia", "2011-12-30", "17:00", "2011-12-30T10:00:00Z", "a day left out: its end"},
		{"UTC", "2026-06-10", "24:00", "2026-06-11T00:00:00Z", "the end of the day"},
		{"America/New_York", "2060-12-31", "17:00", "2060-12-31T22:00:00Z", "the last day of a leap year beyond the database's table"},
		{"Asia/Kathmandu", "2026-06-10", "12:00", "2026-06-10T06:15:00Z", "quarters of an hour"},
	} {
		clock, err := ParseClock(c.clock)
		require.NoError(t, err)
		assert.Equal(t, c.want, show(clock.Instant(date(t, c.date), zone(t, c.zone))), "%s %s %s: %s", c.zone, c.date, c.clock, c.why)
	}
}

// wire is a domestic wire: until 17:00 in New York.
func wire(t testing.TB, from *Set) *Schedule {
	t.Helper()
	return &Schedule{Days: days(t, from, "us-bank"), CutOff: 17 * 60, Zone: zone(t, "America/New_York"), Delay: 30 * time.Minute}
}

func TestWhatComesAtTheCutOffIsTomorrowsBusiness(t *testing.T) {
	schedule := wire(t, set(t))
	for _, c := range []struct {
		at     string
		lag    int
		date   string
		cutOff string
	}{
		{"2026-11-24T21:59:59Z", 0, "2026-11-24", "2026-11-24T22:00:00Z"},
		{"2026-11-24T22:00:00Z", 0, "2026-11-25", "2026-11-25T22:00:00Z"},
		{"2026-11-24T21:59:59Z", 2, "2026-11-27", "2026-11-27T22:00:00Z"},
		{"2026-11-24T22:00:00Z", 2, "2026-11-30", "2026-11-30T22:00:00Z"},
		{"2026-11-28T12:00:00Z", 0, "2026-11-30", "2026-11-30T22:00:00Z"},
		{"2026-03-06T23:00:00Z", 0, "2026-03-09", "2026-03-09T21:00:00Z"}, // clocks change in between
		{"2026-01-01T02:00:00Z", 0, "2026-01-02", "2026-01-02T22:00:00Z"}, // still 2025 in New York, but after its last cut-off
	} {
		cycle, err := schedule.Cycle(instant(t, c.at), c.lag)
		require.NoError(t, err)
		assert.Equal(t, c.date, cycle.Date.String(), "%s T+%d", c.at, c.lag)
		assert.Equal(t, c.cutOff, show(cycle.CutOff), "%s T+%d", c.at, c.lag)
		assert.Equal(t, cycle.CutOff+int64(30*time.Minute), cycle.Runs)
	}
	_, err := schedule.Cycle(0, -1)
	assert.Error(t, err)
	_, err = schedule.Cycle(instant(t, "2102-01-01T00:00:00Z"), 0)
	assert.ErrorContains(t, err, "no business day within 400 days")
}

func TestAnEarlyCloseOfAnyCalendarMakesTheCutOffEarlier(t *testing.T) {
	definitions := definitions()
	eve := date(t, "2026-12-24")
	definitions[2].EarlyCloses = []EarlyClose{{eve, 14 * 60}, {eve - 1, 19 * 60}} // New York
	definitions[3].EarlyCloses = []EarlyClose{{eve, 12*60 + 30}}                  // London
	all, err := NewSet(definitions, nil)
	require.NoError(t, err)
	for _, c := range []struct {
		names []string
		want  string
	}{
		{[]string{"us-bank"}, "2026-12-24T19:00:00Z"},
		{[]string{"us-bank", "gb"}, "2026-12-24T12:30:00Z"},
		{[]string{"target"}, "2026-12-24T22:00:00Z"},
	} {
		schedule := wire(t, all)
		schedule.Days = days(t, all, c.names...)
		assert.Equal(t, c.want, show(schedule.At(eve).CutOff))
	}
	schedule := wire(t, all)
	assert.Equal(t, "2026-12-23T22:00:00Z", show(schedule.At(eve-1).CutOff), "a close after the cut-off changes nothing")
	cycle, err := schedule.Next(instant(t, "2026-12-24T19:00:00Z"))
	require.NoError(t, err)
	assert.Equal(t, "2026-12-28", cycle.Date.String(), "Christmas and a weekend")
}

func TestAnInjectedHolidayMovesCyclesThatAreAskedForFromThenOn(t *testing.T) {
	all := set(t)
	schedule := wire(t, all)
	at := instant(t, "2026-06-09T12:00:00Z")
	require.NoError(t, all.Injected.Add(date(t, "2026-06-09")))
	require.NoError(t, all.Injected.Add(date(t, "2026-06-11")))
	cycle, err := schedule.Cycle(at, 2)
	require.NoError(t, err)
	assert.Equal(t, "2026-06-15", cycle.Date.String())
	for _, day := range all.Injected.Dates() {
		all.Injected.Remove(day)
	}
	cycle, err = schedule.Cycle(at, 2)
	require.NoError(t, err)
	assert.Equal(t, "2026-06-11", cycle.Date.String())
}

func BenchmarkCycle(b *testing.B) {
	schedule := wire(b, set(b))
	at := instant(b, "2026-11-24T21:59:59Z")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := schedule.Cycle(at, 2); err != nil {
			b.Fatal(err)
		}
	}
}
