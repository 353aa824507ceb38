package calendar

// The calendars that there are, and the bank holidays injected into them.

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Holidays are injected bank holidays: one calendar more, that closes days for all banks. The zero value is ready, and has none.
type Holidays struct{ dates map[Date]struct{} }

// Add closes banks on a day. It fails on a day that calendars do not know; one that is there already stays.
func (h *Holidays) Add(date Date) error {
	if !date.known() {
		return unknown("a bank holiday is", date)
	}
	if h.dates == nil {
		h.dates = map[Date]struct{}{}
	}
	h.dates[date] = struct{}{}
	return nil
}

// Remove takes an injected holiday back; it tells whether there was one.
func (h *Holidays) Remove(date Date) bool {
	_, was := h.dates[date]
	delete(h.dates, date)
	return was
}

// Has tells whether a day is an injected holiday; none is in nil.
func (h *Holidays) Has(date Date) bool {
	if h == nil || len(h.dates) == 0 {
		return false
	}
	_, has := h.dates[date]
	return has
}

// Dates are the injected holidays, in order.
func (h *Holidays) Dates() []Date { return slices.Sorted(maps.Keys(h.dates)) }

// Set is the calendars by name, and the injected bank holidays that close all of them but those that are always open. Make it with NewSet.
type Set struct {
	Injected *Holidays

	calendars map[string]*Calendar
}

// NewSet makes the calendars of definitions, with the injected holidays given; nil starts with none. The error names the calendar.
func NewSet(definitions []Definition, injected *Holidays) (*Set, error) {
	if injected == nil {
		injected = &Holidays{}
	}
	s := &Set{Injected: injected, calendars: make(map[string]*Calendar, len(definitions))}
	for n, definition := range definitions {
		made, err := New(definition)
		if err != nil {
			return nil, fmt.Errorf("calendars[%d] (%s): %w", n, definition.Name, err)
		}
		if _, twice := s.calendars[definition.Name]; twice {
			return nil, fmt.Errorf("calendars[%d].name is %q: want one that is not there before", n, definition.Name)
		}
		s.calendars[definition.Name] = made
	}
	return s, nil
}

// Names are the names of its calendars, in order.
func (s *Set) Names() []string { return slices.Sorted(maps.Keys(s.calendars)) }

// Days are the business days of the calendars of these names together; a name may be there twice. It fails without a name and on an
// unknown one.
func (s *Set) Days(names ...string) (*Days, error) {
	if len(names) == 0 {
		return nil, fmt.Errorf("calendars has none: want at least one of %s", strings.Join(s.Names(), ", "))
	}
	d := &Days{}
	for _, name := range names {
		one, known := s.calendars[name]
		if !known {
			return nil, fmt.Errorf("calendars has %q: want one of %s", name, strings.Join(s.Names(), ", "))
		}
		if slices.Contains(d.calendars, one) {
			continue
		}
		d.calendars = append(d.calendars, one)
		if !one.AlwaysOpen() {
			d.injected = s.Injected
		}
	}
	return d, nil
}
