package calendar

// What the clock on the wall shows, and at which instant it does so.

import (
	"fmt"
	"time"
)

// Clock is what a clock on the wall shows, in minutes since midnight: 0 (00:00) to 1440 (24:00, the end of the day).
type Clock int32

// EndOfDay is 24:00, the midnight after the day.
const EndOfDay Clock = 24 * 60

// ParseClock reads a time of day such as 17:30, from 00:00 to 24:00.
func ParseClock(text string) (Clock, error) {
	if text == "24:00" {
		return EndOfDay, nil
	}
	at, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, fmt.Errorf("time of day is %q: want hours and minutes from 00:00 to 24:00, such as 17:30", text)
	}
	return Clock(at.Hour()*60 + at.Minute()), nil
}

func (c Clock) valid() bool { return c >= 0 && c <= EndOfDay }

// String is the time of day, 17:30.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c/60, c%60) }

// widestOffset is more than any zone is away from UTC.
const widestOffset = 26 * time.Hour

// Instant is the first instant (nanoseconds since 1970 UTC) at which clocks of a zone show this time of a day, or a later one. So a
// time that clocks jump over is the instant of the jump, and one that they show twice is the first of the two. The same holds for a
// whole day that a zone left out.
func (c Clock) Instant(date Date, zone *time.Location) int64 {
	wanted := time.Unix(int64(date)*secondsOfDay+int64(c)*60, 0) // as if the zone were UTC
	from := wanted.Add(-widestOffset).In(zone)                   // clocks show less than the wanted time here
	for {
		_, offset := from.Zone()
		reached := wanted.Add(-time.Duration(offset) * time.Second)
		if reached.Before(from) { // clocks jumped over it
			reached = from
		}
		_, end := from.ZoneBounds()
		if !end.IsZero() && !end.After(from) { // the time package counts 365 days in leap years that only a rule describes
			end = from.Add(time.Hour)
		}
		if end.IsZero() || reached.Before(end) {
			return reached.UnixNano()
		}
		from = end
	}
}

// LocalDate is the day that calendars on the wall of a zone show at an instant (nanoseconds since 1970 UTC).
func LocalDate(instant int64, zone *time.Location) Date {
	return DateOf(time.Unix(0, instant).In(zone))
}
