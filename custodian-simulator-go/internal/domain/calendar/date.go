// Package calendar answers when business is done: on which days, until which moment of a day, and to which day and cut-off
// an instruction belongs. It knows no clock: every answer follows from the arguments, the definitions and the injected holidays.
package calendar

import (
	"fmt"
	"time"
)

// Date is a day of the civil calendar wherever it is: the number of days since 1970-01-01. The zero Date is that day.
type Date int32

// The days that calendars know. Beyond them every day counts as closed, and searches fail.
const (
	FirstDate Date = 0      // 1970-01-01
	LastDate  Date = 47_846 // 2100-12-31
)

const (
	secondsOfDay = 24 * 60 * 60
	dateLayout   = time.DateOnly
)

// NewDate is the day of a year, a month and a day of the month. A day beyond the month's end runs into the next one, as in time.Date.
func NewDate(year int, month time.Month, day int) Date {
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsOfDay)
}

// ParseDate reads a day such as 2026-12-24. It fails on what is no day from 1970-01-01 to 2100-12-31.
func ParseDate(text string) (Date, error) {
	day, err := time.Parse(dateLayout, text)
	if err == nil {
		if date := DateOf(day); date.known() {
			return date, nil
		}
	}
	return 0, fmt.Errorf("date is %q: want a day from %s to %s, such as 2026-12-24", text, FirstDate, LastDate)
}

// DateOf is the day that a time shows in its own zone.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return NewDate(year, month, day)
}

// String is the day as in ISO 8601, 2026-12-24.
func (d Date) String() string { return d.midnight().Format(dateLayout) }

// Weekday is its day of the week.
func (d Date) Weekday() time.Weekday { return d.midnight().Weekday() }

func (d Date) midnight() time.Time { return time.Unix(int64(d)*secondsOfDay, 0).UTC() }

func (d Date) known() bool { return d >= FirstDate && d <= LastDate }
