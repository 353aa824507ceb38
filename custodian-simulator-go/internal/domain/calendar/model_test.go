package calendar

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// The zones of the properties: with and without changes of the clocks, of an hour and less, at midnight, and with a day left out.
var zones = []string{
	"UTC", "America/New_York", "Europe/London", "Europe/Berlin", "Asia/Tokyo", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo",
	"America/Havana", "America/St_Johns", "Pacific/Apia", "Pacific/Chatham",
}

// reached goes through the minutes of a zone from two days before, until its clocks show a time of a day or more.
func reached(date Date, clock Clock, zone *time.Location) time.Time {
	wanted := date.midnight().Add(time.Duration(clock) * time.Minute)
	for at := wanted.Add(-48 * time.Hour); ; at = at.Add(time.Minute) {
		local := at.In(zone)
		shown := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), 0, time.UTC)
		if !shown.Before(wanted) {
			return at
		}
	}
}

func TestInstantsAreThoseOfAClockThatIsWatchedMinuteByMinute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, err := location(rapid.SampledFrom(zones).Draw(t, "zone"))
		require.NoError(t, err)
		day := Date(rapid.IntRange(int(NewDate(1975, 1, 1)), int(NewDate(2040, 1, 1))).Draw(t, "day"))
		if rapid.Bool().Draw(t, "at a change of the clocks") {
			if _, change := day.midnight().In(zone).ZoneBounds(); !change.IsZero() {
				day = DateOf(change.In(zone)) + Date(rapid.IntRange(-1, 1).Draw(t, "beside"))
			}
		}
		clock := Clock(rapid.IntRange(0, int(EndOfDay)).Draw(t, "clock"))
		if got, want := clock.Instant(day, zone), reached(day, clock, zone).UnixNano(); got != want {
			t.Fatalf("%s %s in %s is %s, want %s", day, clock, zone, show(got), show(want))
		}
	})
}

type ofYear struct {
	region string
	year   int
}

var kept = map[ofYear][]Date{}

// ruled are the days that the holidays of a year and of those beside it close. They are kept: the model asks for each day anew.
func ruled(region string, year int) []Date {
	dates, known := kept[ofYear{region, year}]
	if known {
		return dates
	}
	for _, holiday := range regions[region] {
		for n := year - 1; n <= year+1; n++ {
			actual, observed := holiday.Calc(n)
			for _, at := range []time.Time{actual, observed} {
				if !at.IsZero() {
					dates = append(dates, DateOf(at))
				}
			}
		}
	}
	kept[ofYear{region, year}] = dates
	return dates
}

// naive is a calendar of the model: weekends, the days on which a rule says closed, and nothing precomputed.
func naive(definitions []Definition, injected []Date, day Date) bool {
	banks := false
	for _, one := range definitions {
		if slices.Contains(one.Weekend, day.Weekday()) || slices.Contains(one.Holidays, day) {
			return false
		}
		if slices.Contains(ruled(one.Region, day.midnight().Year()), day) {
			return false
		}
		banks = banks || one.Region != "" || len(one.Weekend)+len(one.Holidays) > 0
	}
	return !banks || !slices.Contains(injected, day)
}

// world is drawn calendars with a schedule of them, and what the model knows of it.
type world struct {
	definitions []Definition
	injected    []Date
	schedule    *Schedule
	from, upTo  Date
}

func draw(t *rapid.T) *world {
	w := &world{from: NewDate(rapid.IntRange(1990, 2060).Draw(t, "year"), 1, 1)}
	w.upTo = w.from + 370
	day := rapid.Map(rapid.IntRange(0, 370), func(n int) Date { return w.from + Date(n) })
	w.definitions = rapid.SliceOfNDistinct(rapid.SampledFrom(definitions()), 1, 3, func(d Definition) string { return d.Name }).Draw(t, "calendars")
	w.injected = rapid.SliceOfNDistinct(day, 0, 6, rapid.ID).Draw(t, "injected")
	for n := range w.definitions {
		w.definitions[n].Holidays = rapid.SliceOfNDistinct(day, 0, 3, rapid.ID).Draw(t, "holidays")
		w.definitions[n].Zone = rapid.SampledFrom(zones).Draw(t, "zone of the calendar")
		closes := day.Filter(func(d Date) bool { return naive(w.definitions[n:n+1], nil, d) })
		for _, at := range rapid.SliceOfNDistinct(closes, 0, 4, rapid.ID).Draw(t, "early closes") {
			w.definitions[n].EarlyCloses = append(w.definitions[n].EarlyCloses, EarlyClose{at, Clock(rapid.IntRange(0, 1440).Draw(t, "at"))})
		}
	}
	w.make(t)
	return w
}

func (w *world) make(t *rapid.T) {
	all, err := NewSet(w.definitions, nil)
	require.NoError(t, err)
	names := make([]string, len(w.definitions))
	for n, one := range w.definitions {
		names[n] = one.Name
	}
	joint, err := all.Days(names...)
	require.NoError(t, err)
	for _, date := range w.injected {
		require.NoError(t, all.Injected.Add(date))
	}
	zone, err := location(rapid.SampledFrom(zones).Draw(t, "zone"))
	require.NoError(t, err)
	w.schedule = &Schedule{Days: joint, CutOff: Clock(rapid.IntRange(0, 1440).Draw(t, "cut-off")), Zone: zone}
}

// cutOffs are the cut-offs of the business days from a month before the world's year on, found day by day.
func (w *world) cutOffs() (cycles []Cycle) {
	for day := w.from - 30; day < w.upTo+40; day++ {
		if !naive(w.definitions, w.injected, day) {
			continue
		}
		at := w.schedule.CutOff.Instant(day, w.schedule.Zone)
		for _, one := range w.definitions {
			for _, early := range one.EarlyCloses {
				if zone, _ := location(one.Zone); early.Date == day {
					at = min(at, early.At.Instant(day, zone))
				}
			}
		}
		cycles = append(cycles, Cycle{Date: day, CutOff: at, Runs: at})
	}
	return cycles
}

func TestWholeYearsOfCyclesAreThoseOfANaiveModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		cycles := w.cutOffs()
		at := w.from.midnight().UnixNano() + rapid.Int64Range(0, 370*24*int64(time.Hour)).Draw(t, "instant")
		if rapid.Bool().Draw(t, "at a cut-off") {
			at = rapid.SampledFrom(cycles[:len(cycles)-15]).Draw(t, "of").CutOff + rapid.Int64Range(-1, 1).Draw(t, "beside")
		}
		lag := rapid.IntRange(0, 3).Draw(t, "lag")
		first := slices.IndexFunc(cycles, func(c Cycle) bool { return c.CutOff > at })
		got, err := w.schedule.Cycle(at, lag)
		require.NoError(t, err)
		if want := cycles[first+lag]; got != want {
			t.Fatalf("%s T+%d is %s until %s, want %s until %s", show(at), lag, got.Date, show(got.CutOff), want.Date, show(want.CutOff))
		}
	})
}

func TestWholeYearsOfBusinessDaysAreThoseOfANaiveModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		joint, count := w.schedule.Days, 0
		for day := w.from; day <= w.upTo; day++ {
			open := naive(w.definitions, w.injected, day)
			require.Equal(t, open, joint.Open(day), day)
			if open && day > w.from {
				count++
			}
		}
		require.Equal(t, count, joint.Between(w.from, w.upTo))
		require.Equal(t, -count, joint.Between(w.upTo, w.from))
		start, lag := w.from+Date(rapid.IntRange(0, 300).Draw(t, "start")), rapid.IntRange(0, 40).Draw(t, "lag")
		first, err := joint.Following(start)
		require.NoError(t, err)
		end, err := joint.Add(start, lag)
		require.NoError(t, err)
		require.Equal(t, lag, joint.Between(first, end), "adding and counting are one another's reverse")
		last, err := joint.Preceding(end)
		require.NoError(t, err)
		require.Equal(t, end, last)
	})
}

func TestAPlanAndInjectedHolidaysReadBackAsTheyWereWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		plan := Plan{
			Calendars: w.definitions, Assets: [][]string{nil, {w.definitions[0].Name}},
			Rails: []Rail{{Name: "ach", Calendars: []string{w.definitions[0].Name}, CutOff: w.schedule.CutOff, Zone: w.schedule.Zone.String(), Delay: time.Hour}},
		}
		timetable, err := NewTimetable(plan, w.schedule.Days.injected)
		require.NoError(t, err)
		var written, again snapshot.Writer
		plan.Encode(&written)
		timetable.Calendars.Injected.Encode(&written)
		reader := snapshot.NewReader(written.Bytes)
		decoded := DecodePlan(&reader)
		holidays := DecodeHolidays(&reader)
		reader.End()
		require.NoError(t, reader.Err())
		decoded.Encode(&again)
		holidays.Encode(&again)
		require.Equal(t, written.Bytes, again.Bytes)
		_, err = NewTimetable(decoded, holidays)
		require.NoError(t, err)
	})
}

func FuzzPlansAreReadWithoutPanic(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0})
	f.Fuzz(func(_ *testing.T, bytes []byte) {
		reader := snapshot.NewReader(bytes)
		plan := DecodePlan(&reader)
		holidays := DecodeHolidays(&reader)
		if !reader.Failed() {
			_, _ = NewTimetable(plan, holidays)
		}
	})
}
