package calendar

// Cut-offs, and the cycles that they end.

import (
	"time"
)

// Cycle is one settlement cycle: all that is due on a business day.
type Cycle struct {
	Date   Date  // the business day
	CutOff int64 // instant from which on nothing is taken into it; nanoseconds since 1970 UTC
	Runs   int64 // instant at which it settles, not before the cut-off; nanoseconds since 1970 UTC
}

// Schedule is the cycles of a rail for an asset: one on each business day. What comes before the cut-off of a day is that day's
// business, what comes at it or later is the next business day's.
type Schedule struct {
	Days   *Days
	CutOff Clock          // on the wall of the zone; earlier on days on which a calendar closes early
	Zone   *time.Location // must be there
	Delay  time.Duration  // from the cut-off to the settling
}

// At is the cycle of a business day. It says nothing of whether the day is one.
func (s *Schedule) At(date Date) Cycle {
	at := s.CutOff.Instant(date, s.Zone)
	if early, closes := s.Days.EarlyClose(date); closes {
		at = min(at, early)
	}
	return Cycle{Date: date, CutOff: at, Runs: at + int64(s.Delay)}
}

// Next is the first cycle whose cut-off comes after an instant (nanoseconds since 1970 UTC): the one that takes what comes then. It fails
// when there is no business day within MaxSearch days.
func (s *Schedule) Next(instant int64) (Cycle, error) {
	date := LocalDate(instant, s.Zone) // the cut-off of an earlier day was at its end at the latest
	for {
		day, err := s.Days.Following(date)
		if err != nil {
			return Cycle{}, err
		}
		if cycle := s.At(day); cycle.CutOff > instant {
			return cycle, nil
		}
		date = day + 1
	}
}

// Cycle is the cycle in which a trade of an instant (nanoseconds since 1970 UTC) settles with a lag of so many business days: T+lag,
// counted from the business day that the instant belongs to. It fails on a negative lag, and when a search for a business day does.
func (s *Schedule) Cycle(trade int64, lag int) (Cycle, error) {
	today, err := s.Next(trade)
	if err != nil {
		return Cycle{}, err
	}
	date, err := s.Days.Add(today.Date, lag)
	if err != nil {
		return Cycle{}, err
	}
	return s.At(date), nil
}
