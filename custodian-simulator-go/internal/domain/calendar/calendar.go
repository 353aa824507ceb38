package calendar

// One calendar: the days on which its place does business, and those on which it closes early.

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/ecb"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/us"
)

// The regions whose holidays are known by rule.
const (
	USFederal = "us-federal" // offices of the federal government: a holiday on a Saturday is kept on the Friday before
	USBank    = "us-bank"    // Federal Reserve banks, Fedwire and FedACH: a holiday on a Saturday is not kept on another day
	GB        = "gb"         // bank holidays of England
	Target    = "target"     // the euro's T2, by the European Central Bank
)

var regions = map[string][]*cal.Holiday{
	USFederal: us.Holidays, USBank: keptBySunday(us.Holidays), GB: gb.Holidays, Target: ecb.Holidays,
}

// keptBySunday is the rule of the Federal Reserve: only from Sundays do holidays move, to the Monday
// (https://www.frbservices.org/about/holiday-schedules).
func keptBySunday(holidays []*cal.Holiday) []*cal.Holiday {
	kept := make([]*cal.Holiday, len(holidays))
	for n, holiday := range holidays {
		kept[n] = holiday.Clone(nil)
		if len(holiday.Observed) > 0 {
			kept[n].Observed = []cal.AltDay{{Day: time.Sunday, Offset: 1}}
		}
	}
	return kept
}

// Regions are the names of the regions whose holidays are known by rule, in order.
func Regions() []string { return slices.Sorted(maps.Keys(regions)) }

// Definition says what a calendar is.
type Definition struct {
	Name        string
	Region      string         // whose holidays it keeps, one of Regions; "" keeps none by rule
	Weekend     []time.Weekday // the days of a week on which it is closed; none is open on all of them
	Zone        string         // IANA name of the zone in which its early closes are meant, e.g. Europe/London; "" is UTC
	Holidays    []Date         // closed days beside those
	Open        []Date         // open days whatever the rest says
	EarlyCloses []EarlyClose   // each day once
}

// EarlyClose is an open day on which nothing is taken from a time of the calendar's zone on.
type EarlyClose struct {
	Date Date
	At   Clock
}

// Calendar is the days of business of one place. It does not change. Make it with New.
type Calendar struct {
	name   string
	zone   *time.Location
	closed bits
	always bool
	early  map[Date]Clock
}

// New makes a calendar. It fails without a name, on an unknown region or zone, on days beyond those that calendars know, and on a day
// that is said to be two things. Zones are those of the time package.
func New(definition Definition) (*Calendar, error) {
	holidays, known := regions[definition.Region]
	if definition.Name == "" {
		return nil, fmt.Errorf("name is %q: want the name of a calendar, such as us-bank", definition.Name)
	}
	if !known && definition.Region != "" {
		return nil, fmt.Errorf("holidays_of is %q: want one of %s, or none", definition.Region, strings.Join(Regions(), ", "))
	}
	zone, err := location(definition.Zone)
	if err != nil {
		return nil, err
	}
	c := &Calendar{
		name: definition.Name, zone: zone, closed: newBits(), early: make(map[Date]Clock, len(definition.EarlyCloses)),
		always: definition.Region == "" && len(definition.Weekend) == 0 && len(definition.Holidays) == 0,
	}
	c.closeBy(holidays)
	c.closeOn(definition.Weekend)
	if err := c.except(&definition); err != nil {
		return nil, err
	}
	return c, c.closeEarly(definition.EarlyCloses)
}

// location is the zone of an IANA name. That of the machine is none: answers would differ between machines.
func location(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || zone == time.Local {
		return nil, fmt.Errorf("zone is %q: want the name of a zone in the IANA database, such as Europe/London", name)
	}
	return zone, nil
}

// closeBy closes the calendar on the days on which holidays fall or are kept. Those of a year may be kept in the year before.
func (c *Calendar) closeBy(holidays []*cal.Holiday) {
	for year := FirstDate.midnight().Year(); year <= LastDate.midnight().Year()+1; year++ {
		for _, holiday := range holidays {
			actual, observed := holiday.Calc(year)
			for _, day := range []time.Time{actual, observed} {
				if !day.IsZero() {
					c.closed.set(DateOf(day), true)
				}
			}
		}
	}
}

func (c *Calendar) closeOn(weekend []time.Weekday) {
	for date := FirstDate; date <= LastDate; date++ {
		if slices.Contains(weekend, date.Weekday()) {
			c.closed.set(date, true)
		}
	}
}

// except applies the days that are named one by one.
func (c *Calendar) except(definition *Definition) error {
	for _, date := range definition.Holidays {
		if !date.known() {
			return unknown("holidays has", date)
		}
		c.closed.set(date, true)
	}
	for _, date := range definition.Open {
		if !date.known() {
			return unknown("open has", date)
		}
		if slices.Contains(definition.Holidays, date) {
			return fmt.Errorf("open has %s: want a day that holidays has not", date)
		}
		c.closed.set(date, false)
	}
	return nil
}

func (c *Calendar) closeEarly(closes []EarlyClose) error {
	for _, one := range closes {
		if !c.Open(one.Date) {
			return fmt.Errorf("early_closes has %s: want a day on which %s is open", one.Date, c.name)
		}
		if _, twice := c.early[one.Date]; twice {
			return fmt.Errorf("early_closes has %s twice: want each day once", one.Date)
		}
		if !one.At.valid() {
			return fmt.Errorf("early_closes of %s is %d minutes after midnight: want 0 to %d", one.Date, one.At, EndOfDay)
		}
		c.early[one.Date] = one.At
	}
	return nil
}

func unknown(what string, date Date) error {
	return fmt.Errorf("%s %s: want a day from %s to %s", what, date, FirstDate, LastDate)
}

// Name is what it is called.
func (c *Calendar) Name() string { return c.name }

// Open tells whether business is done on a day. Days beyond those that calendars know are closed.
func (c *Calendar) Open(date Date) bool { return date.known() && !c.closed.has(date) }

// AlwaysOpen tells that it has no closed day at all: no bank takes part, so that no bank holiday closes it.
func (c *Calendar) AlwaysOpen() bool { return c.always }

// EarlyClose is the instant (nanoseconds since 1970 UTC) from which on nothing is taken on a day, and false when it closes as usual.
func (c *Calendar) EarlyClose(date Date) (instant int64, early bool) {
	at, early := c.early[date]
	if !early {
		return 0, false
	}
	return at.Instant(date, c.zone), true
}

// bits has one bit for each day that calendars know.
type bits []uint64

func newBits() bits { return make(bits, LastDate/64+1) }

func (b bits) has(date Date) bool { return b[date/64]&(1<<(date%64)) != 0 }

// set ignores the days that calendars do not know.
func (b bits) set(date Date, on bool) {
	switch {
	case !date.known():
	case on:
		b[date/64] |= 1 << (date % 64)
	default:
		b[date/64] &^= 1 << (date % 64)
	}
}
