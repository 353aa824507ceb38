package calendar

// Business days joint over several calendars.

import (
	"fmt"
	"strings"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// MaxSearch is the most days that a search for a business day looks at.
const MaxSearch = 400

// ReasonNoBusinessDay is the reason of the error of a search that found no business day.
const ReasonNoBusinessDay = "NO_BUSINESS_DAY"

// Days are the business days of several calendars together: a day on which all of them are open, and no bank holiday is injected. Make
// them with Set.Days; they follow what is injected later.
type Days struct {
	calendars []*Calendar
	injected  *Holidays // nil when no bank takes part
}

// Open tells whether a day is a business day.
func (d *Days) Open(date Date) bool {
	if !date.known() || d.injected.Has(date) {
		return false
	}
	for _, one := range d.calendars {
		if !one.Open(date) {
			return false
		}
	}
	return true
}

// Following is the first business day on a day or after it. It fails when there is none within MaxSearch days.
func (d *Days) Following(date Date) (Date, error) { return d.search(date, 1) }

// Preceding is the last business day on a day or before it. It fails when there is none within MaxSearch days.
func (d *Days) Preceding(date Date) (Date, error) { return d.search(date, -1) }

func (d *Days) search(from, step Date) (Date, error) {
	for n := range Date(MaxSearch) {
		if date := from + n*step; d.Open(date) {
			return date, nil
		}
	}
	way := "after"
	if step < 0 {
		way = "before"
	}
	return 0, errs.New(errs.FailedPrecondition, ReasonNoBusinessDay, "no business day within %d days on or %s %s for %s: take injected holidays away, or open a day in the calendars",
		MaxSearch, way, from, d).With("date", from.String())
}

// Add is the n-th business day after a day: T+n for a trade of that day. With n = 0 it is Following; a day that is no business day
// counts as the business day that follows it. It fails when n is negative or a search does.
func (d *Days) Add(date Date, n int) (Date, error) {
	if n < 0 {
		return 0, fmt.Errorf("count %d business days after %s: want 0 or more", n, date)
	}
	date, err := d.Following(date)
	for ; n > 0 && err == nil; n-- {
		date, err = d.Following(date + 1)
	}
	return date, err
}

// Between is the number of business days after one day up to and with another; it is negative when the second is the earlier. Days
// that calendars do not know count as closed.
func (d *Days) Between(after, upTo Date) int {
	if upTo < after {
		return -d.Between(upTo, after)
	}
	count := 0
	for date := max(after+1, FirstDate); date <= min(upTo, LastDate); date++ {
		if d.Open(date) {
			count++
		}
	}
	return count
}

// EarlyClose is the instant from which on nothing is taken on a day, the earliest of the calendars, and false when none closes early.
func (d *Days) EarlyClose(date Date) (instant int64, early bool) {
	for _, one := range d.calendars {
		if at, closes := one.EarlyClose(date); closes && (!early || at < instant) {
			instant, early = at, true
		}
	}
	return instant, early
}

// String names the calendars.
func (d *Days) String() string {
	names := make([]string, len(d.calendars))
	for n, one := range d.calendars {
		names[n] = one.name
	}
	return "calendars " + strings.Join(names, ", ")
}
