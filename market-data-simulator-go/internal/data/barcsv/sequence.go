package barcsv

// The rules that a row must keep, alone and after the one before it. Reader and
// writer share them, so that what is written can be read.

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
)

// sequence admits bars in rising order on the grid of an interval.
type sequence struct {
	interval time.Duration
	last     time.Time
	started  bool
	step     int64 // seconds between the last two bars
	steps    int   // how many such steps came one after the other
}

// evenSteps is how many steps of one wrong length, one after the other, are no
// chance. Bars that are absent for want of trades come at random: if every other
// one is, twenty steps of two are as likely as one in a million.
const evenSteps = 20

// admit takes the next bar and returns how many are absent before it, or what is
// wrong with it.
func (s *sequence) admit(next bar.Bar) (missing int, fault *RowError) {
	if fault := s.checkTime(next.Time); fault != nil {
		return 0, fault
	}
	if fault := checkValues(next); fault != nil {
		return 0, fault
	}
	if s.started {
		step := next.Time.Unix() - s.last.Unix()
		if fault := s.checkStep(next.Time, step); fault != nil {
			return 0, fault
		}
		missing = int(step/s.seconds()) - 1
	}
	s.last, s.started = next.Time, true
	return missing, nil
}

func (s *sequence) seconds() int64 { return int64(s.interval / time.Second) }

func (s *sequence) checkTime(open time.Time) *RowError {
	found, want := open.Format(time.RFC3339Nano), ""
	if _, offset := open.Zone(); offset != 0 {
		want = "UTC (Z)"
	} else if open.Unix()%s.seconds() != 0 || open.Nanosecond() != 0 {
		want = fmt.Sprintf("an open time on the grid of %s", FormatInterval(s.interval))
	} else if s.started && open.Equal(s.last) {
		want = "a time after that of the row before, this is its duplicate"
	} else if s.started && open.Before(s.last) {
		want = "a time after that of the row before, " + s.last.Format(time.RFC3339)
	}
	if want == "" {
		return nil
	}
	return &RowError{Column: columns[0], Found: found, Want: want}
}

// checkStep finds bars of another interval than the file's.
func (s *sequence) checkStep(open time.Time, step int64) *RowError {
	if step != s.step {
		s.step, s.steps = step, 0
	}
	s.steps++
	if step == s.seconds() || s.steps < evenSteps {
		return nil
	}
	apart := time.Duration(step) * time.Second
	return &RowError{
		Column: columns[0], Found: fmt.Sprintf("%s, the %dth row in a row that comes %s after the one before", open.Format(time.RFC3339), s.steps, FormatInterval(apart)),
		Want: fmt.Sprintf("rows %s apart, which is the interval in the name of the file", FormatInterval(s.interval)),
	}
}

func checkValues(b bar.Bar) *RowError {
	values := [...]float64{b.Open, b.High, b.Low, b.Close, b.Volume}
	for i, value := range values {
		column := columns[i+1]
		switch {
		case math.IsNaN(value) || math.IsInf(value, 0):
			return fault(column, value, "a finite decimal number")
		case column == "volume" && value < 0:
			return fault(column, value, "0 or more")
		case column != "volume" && value <= 0:
			return fault(column, value, "a price above 0")
		}
	}
	if top := max(b.Open, b.Close); b.High < top {
		return fault("high", b.High, "at least max(open, close) = "+number(top))
	}
	if bottom := min(b.Open, b.Close); b.Low > bottom {
		return fault("low", b.Low, "at most min(open, close) = "+number(bottom))
	}
	return nil
}

func fault(column string, value float64, want string) *RowError {
	return &RowError{Column: column, Found: number(value), Want: want}
}

func number(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }
