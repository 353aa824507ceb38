// This file is the shape of the `calendars` configuration document and what must hold in it.

package documents

import (
	"fmt"
	"strings"
	"time"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/calendar"
)

// Calendars is the `calendars` configuration document.
type Calendars struct {
	Calendars []Calendar `json:"calendars"`
}

// Calendar is one calendar of the document. Dates are as 2026-12-24.
type Calendar struct {
	Name        string       `json:"name"`
	HolidaysOf  string       `json:"holidays_of"`  // one of calendar.Regions; none when missing
	Weekend     []string     `json:"weekend"`      // days of the week, e.g. saturday; none when missing
	Zone        string       `json:"zone"`         // of early closes, IANA name; UTC when missing
	Holidays    []string     `json:"holidays"`     // further closed dates
	Open        []string     `json:"open"`         // dates that are open whatever the rest says
	EarlyCloses []EarlyClose `json:"early_closes"` // dates on which nothing is taken from a time on
}

// EarlyClose is one date on which a calendar closes early.
type EarlyClose struct {
	Date string `json:"date"`
	At   string `json:"at"` // time of the calendar's zone, e.g. 12:30
}

// Validate says what is wrong with the document.
func (d *Calendars) Validate() error {
	definitions, err := d.Definitions()
	if err == nil {
		_, err = calendar.NewSet(definitions, nil)
	}
	return err
}

// Definitions turns the document into definitions of calendars. The error names the field and its value; what calendars want of each
// other's fields is for calendar.NewSet to say.
func (d *Calendars) Definitions() ([]calendar.Definition, error) {
	definitions := make([]calendar.Definition, len(d.Calendars))
	for n := range d.Calendars {
		var err error
		if definitions[n], err = d.Calendars[n].decode(); err != nil {
			return nil, fmt.Errorf("calendars[%d] (%s): %w", n, d.Calendars[n].Name, err)
		}
	}
	return definitions, nil
}

func (c *Calendar) decode() (d calendar.Definition, err error) {
	d.Name, d.Region, d.Zone = c.Name, c.HolidaysOf, c.Zone
	for n, name := range c.Weekend {
		day, err := weekday(name)
		if err != nil {
			return d, fmt.Errorf("weekend[%d] %w", n, err)
		}
		d.Weekend = append(d.Weekend, day)
	}
	if d.Holidays, err = dates("holidays", c.Holidays); err != nil {
		return d, err
	}
	if d.Open, err = dates("open", c.Open); err != nil {
		return d, err
	}
	for n, one := range c.EarlyCloses {
		var early calendar.EarlyClose
		if early.Date, err = calendar.ParseDate(one.Date); err != nil {
			return d, fmt.Errorf("early_closes[%d].%w", n, err)
		}
		if early.At, err = calendar.ParseClock(one.At); err != nil {
			return d, fmt.Errorf("early_closes[%d].at: %w", n, err)
		}
		d.EarlyCloses = append(d.EarlyCloses, early)
	}
	return d, nil
}

func weekday(name string) (time.Weekday, error) {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if strings.ToLower(day.String()) == name {
			return day, nil
		}
	}
	return 0, fmt.Errorf("is %q: want a day of the week, such as saturday", name)
}

func dates(field string, texts []string) (all []calendar.Date, err error) {
	for n, text := range texts {
		date, err := calendar.ParseDate(text)
		if err != nil {
			return nil, fmt.Errorf("%s[%d]: %w", field, n, err)
		}
		all = append(all, date)
	}
	return all, nil
}
