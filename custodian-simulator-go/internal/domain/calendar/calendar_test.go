package calendar

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones, whatever the machine has

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

var weekend = []time.Weekday{time.Saturday, time.Sunday}

// definitions are calendars such as the shipped ones.
func definitions() []Definition {
	return []Definition{
		{Name: "crypto"},
		{Name: "us-federal", Region: USFederal, Weekend: weekend, Zone: "America/New_York"},
		{Name: "us-bank", Region: USBank, Weekend: weekend, Zone: "America/New_York"},
		{Name: "gb", Region: GB, Weekend: weekend, Zone: "Europe/London"},
		{Name: "target", Region: Target, Weekend: weekend, Zone: "Europe/Berlin"},
	}
}

func set(t testing.TB) *Set {
	t.Helper()
	made, err := NewSet(definitions(), nil)
	require.NoError(t, err)
	return made
}

func days(t testing.TB, from *Set, names ...string) *Days {
	t.Helper()
	made, err := from.Days(names...)
	require.NoError(t, err)
	return made
}

func date(t testing.TB, text string) Date {
	t.Helper()
	parsed, err := ParseDate(text)
	require.NoError(t, err)
	return parsed
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	found, err := location(name)
	require.NoError(t, err)
	return found
}

// instant reads a time in RFC 3339.
func instant(t testing.TB, text string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at.UnixNano()
}

// show writes an instant in RFC 3339, UTC.
func show(instant int64) string { return time.Unix(0, instant).UTC().Format(time.RFC3339) }

func TestTheHolidaysOfARegionAreClosed(t *testing.T) {
	for _, c := range []struct{ name, closed string }{
		{"us-federal", "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25"},
		{"us-bank", "01-01 01-19 02-16 05-25 06-19 09-07 10-12 11-11 11-26 12-25"}, // 4 July 2026 is a Saturday
		{"gb", "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"},                  // Boxing Day is a Saturday
		{"target", "01-01 04-03 04-06 05-01 12-25"},
		{"crypto", ""},
	} {
		one := set(t).calendars[c.name]
		var closed []string
		for day := date(t, "2026-01-01"); day <= date(t, "2026-12-31"); day++ {
			onWeekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
			if onWeekend {
				assert.Equal(t, c.name == "crypto", one.Open(day), "%s on %s", c.name, day)
			} else if !one.Open(day) {
				closed = append(closed, day.String()[len("2026-"):])
			}
		}
		assert.Equal(t, c.closed, strings.Join(closed, " "), c.name)
	}
}

func TestANewYearOnASaturdayIsKeptInTheYearBeforeByOfficesAndNotByBanks(t *testing.T) {
	all, eve := set(t), date(t, "2021-12-31")
	assert.False(t, all.calendars["us-federal"].Open(eve))
	assert.True(t, all.calendars["us-bank"].Open(eve))
	assert.False(t, all.calendars["us-bank"].Open(date(t, "2023-01-02")), "from a Sunday it moves")
}

func TestNamedDaysGoBeforeTheRule(t *testing.T) {
	definition := Definition{
		Name: "x", Region: GB, Weekend: weekend, Holidays: []Date{date(t, "2026-06-10")}, Open: []Date{date(t, "2026-12-25"), date(t, "2026-06-13")},
	}
	one, err := New(definition)
	require.NoError(t, err)
	assert.False(t, one.Open(date(t, "2026-06-10")))
	assert.True(t, one.Open(date(t, "2026-12-25")))
	assert.True(t, one.Open(date(t, "2026-06-13")), "a Saturday")
	assert.False(t, one.Open(FirstDate-1))
	assert.False(t, one.Open(LastDate+1))
}

func TestABadCalendarIsRefusedByFieldAndValue(t *testing.T) {
	day := date(t, "2026-06-10")
	for _, c := range []struct {
		definition Definition
		want       string
	}{
		{Definition{}, `name is ""`},
		{Definition{Name: "x", Region: "mars"}, `holidays_of is "mars": want one of gb, target, us-bank, us-federal, or none`},
		{Definition{Name: "x", Zone: "Mars/Olympus"}, `zone is "Mars/Olympus"`},
		{Definition{Name: "x", Zone: "Local"}, `zone is "Local"`},
		{Definition{Name: "x", Holidays: []Date{-1}}, `holidays has 1969-12-31: want a day from 1970-01-01 to 2100-12-31`},
		{Definition{Name: "x", Open: []Date{LastDate + 1}}, `open has 2101-01-01`},
		{Definition{Name: "x", Holidays: []Date{day}, Open: []Date{day}}, `open has 2026-06-10: want a day that holidays has not`},
		{Definition{Name: "x", Holidays: []Date{day}, EarlyCloses: []EarlyClose{{day, 60}}}, `early_closes has 2026-06-10: want a day on which x is open`},
		{Definition{Name: "x", EarlyCloses: []EarlyClose{{day, 60}, {day, 61}}}, `early_closes has 2026-06-10 twice`},
		{Definition{Name: "x", EarlyCloses: []EarlyClose{{day, EndOfDay + 1}}}, `early_closes of 2026-06-10 is 1441 minutes`},
	} {
		_, err := New(c.definition)
		assert.ErrorContains(t, err, c.want)
		_, err = NewSet([]Definition{c.definition}, nil)
		assert.ErrorContains(t, err, "calendars[0] ("+c.definition.Name+"): "+c.want)
	}
	_, err := NewSet([]Definition{{Name: "x"}, {Name: "x"}}, nil)
	assert.ErrorContains(t, err, `calendars[1].name is "x": want one that is not there before`)
}

func TestDaysAreOpenWhenAllTheirCalendarsAre(t *testing.T) {
	joint := days(t, set(t), "us-bank", "target", "us-bank")
	assert.Equal(t, "calendars us-bank, target", joint.String())
	for text, open := range map[string]bool{"2026-05-01": false, "2026-05-25": false, "2026-05-26": true, "2026-05-30": false} {
		assert.Equal(t, open, joint.Open(date(t, text)), text)
	}
	for _, names := range [][]string{nil, {"crypto", "mars"}} {
		_, err := set(t).Days(names...)
		assert.ErrorContains(t, err, "want")
	}
}

func TestAnInjectedBankHolidayClosesAllBanksUntilItIsTakenBack(t *testing.T) {
	all := set(t)
	banks, crypto := days(t, all, "us-bank", "crypto"), days(t, all, "crypto")
	day := date(t, "2026-06-10")
	require.NoError(t, all.Injected.Add(day))
	require.NoError(t, all.Injected.Add(day))
	assert.Equal(t, []Date{day}, all.Injected.Dates())
	assert.False(t, banks.Open(day))
	assert.True(t, crypto.Open(day))
	next, err := banks.Add(day-1, 1)
	require.NoError(t, err)
	assert.Equal(t, day+1, next)
	assert.True(t, all.Injected.Remove(day))
	assert.False(t, all.Injected.Remove(day))
	assert.True(t, banks.Open(day))
	assert.ErrorContains(t, all.Injected.Add(-1), "a bank holiday is 1969-12-31: want a day from")
}

func TestValueDatesPassOverWeekendsAndHolidays(t *testing.T) {
	joint := days(t, set(t), "us-bank")
	for _, c := range []struct {
		from string
		lag  int
		want string
	}{
		{"2026-11-24", 0, "2026-11-24"},
		{"2026-11-24", 1, "2026-11-25"},
		{"2026-11-24", 2, "2026-11-27"}, // Thanksgiving between
		{"2026-11-24", 3, "2026-11-30"}, // and a weekend
		{"2026-11-28", 0, "2026-11-30"}, // a Saturday counts as the Monday
		{"2026-11-28", 1, "2026-12-01"},
		{"2026-12-31", 1, "2027-01-04"},
	} {
		got, err := joint.Add(date(t, c.from), c.lag)
		require.NoError(t, err)
		assert.Equal(t, c.want, got.String(), "%s T+%d", c.from, c.lag)
	}
	before, err := joint.Preceding(date(t, "2026-11-26"))
	require.NoError(t, err)
	assert.Equal(t, "2026-11-25", before.String())
	_, err = joint.Add(0, -1)
	assert.ErrorContains(t, err, "count -1 business days after 1970-01-01: want 0 or more")
}

func TestASearchEndsWithAnErrorThatSaysSo(t *testing.T) {
	never, err := NewSet([]Definition{{Name: "never", Weekend: []time.Weekday{0, 1, 2, 3, 4, 5, 6}}, {Name: "crypto"}}, nil)
	require.NoError(t, err)
	_, err = days(t, never, "never").Following(date(t, "2026-01-01"))
	require.ErrorContains(t, err, "no business day within 400 days on or after 2026-01-01 for calendars never: take injected holidays away")
	assert.Equal(t, errs.FailedPrecondition, errs.KindOf(err))
	_, err = days(t, never, "never").Preceding(date(t, "2026-01-01"))
	require.ErrorContains(t, err, "on or before 2026-01-01")
	_, err = days(t, never, "crypto").Add(LastDate, 1)
	assert.ErrorContains(t, err, "no business day within 400 days on or after 2101-01-01")
}

func TestDatesAndClocksAreReadAndWritten(t *testing.T) {
	assert.Equal(t, "1970-01-01", FirstDate.String())
	assert.Equal(t, "2100-12-31", LastDate.String())
	assert.Equal(t, LastDate, NewDate(2100, time.December, 31))
	for _, text := range []string{"", "2026-02-30", "1969-12-31", "2101-01-01", "24.12.2026", "2026-12-24T00:00:00Z"} {
		_, err := ParseDate(text)
		assert.ErrorContains(t, err, `date is "`+text+`": want a day from 1970-01-01 to 2100-12-31`)
	}
	for text, want := range map[string]Clock{"00:00": 0, "17:30": 1050, "24:00": EndOfDay} {
		got, err := ParseClock(text)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		assert.Equal(t, text, got.String())
	}
	for _, text := range []string{"", "7:30", "24:01", "17:60", "17:30:00"} {
		_, err := ParseClock(text)
		assert.ErrorContains(t, err, `time of day is "`+text+`"`)
	}
}
