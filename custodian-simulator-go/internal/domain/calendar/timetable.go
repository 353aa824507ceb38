package calendar

// All cycles that there are: those of each rail, for each asset and each pair of assets.

import (
	"fmt"
	"slices"
	"time"
)

// MaxDelay is the longest time from a cut-off to the settling of its cycle.
const MaxDelay = 24 * time.Hour

// Rail is a way on which assets move: an own book, a chain, a bank's payment system.
type Rail struct {
	Name      string
	Calendars []string // names; open when all of them are
	CutOff    Clock
	Zone      string        // IANA name of the zone of the cut-off, e.g. America/New_York; "" is UTC
	Delay     time.Duration // from the cut-off to the settling of the cycle, up to MaxDelay
}

// Plan says all that a timetable follows from, but for the injected holidays.
type Plan struct {
	Calendars []Definition
	Rails     []Rail
	Assets    [][]string // names of the calendars of each asset, by its index; an asset without any is open every day
}

// Timetable is the schedules of rails and assets. It does not change, but for the holidays injected into it. Make it with NewTimetable.
type Timetable struct {
	Calendars *Set

	rails     []Rail
	class     []int         // of each asset: those with the same calendars have the same schedules
	schedules [][]*Schedule // by rail, and by class of the one asset x classes + class of the other
	classes   int
}

// NewTimetable makes the schedules of a plan, with the injected holidays given; nil starts with none. The error names the field and the value.
func NewTimetable(plan Plan, injected *Holidays) (*Timetable, error) {
	set, err := NewSet(plan.Calendars, injected)
	if err != nil {
		return nil, err
	}
	t := &Timetable{Calendars: set, rails: slices.Clone(plan.Rails), schedules: make([][]*Schedule, len(plan.Rails))}
	classes := t.classify(plan.Assets)
	for _, names := range classes {
		if _, err := set.Days(names...); err != nil && len(names) > 0 {
			return nil, fmt.Errorf("asset_calendars: %w", err)
		}
	}
	for n := range t.rails {
		if err := t.schedule(n, classes); err != nil {
			return nil, fmt.Errorf("rails[%d] (%s): %w", n, t.rails[n].Name, err)
		}
	}
	return t, nil
}

// classify puts assets with the same calendars together, and returns the calendars of each class.
func (t *Timetable) classify(assets [][]string) (classes [][]string) {
	for _, names := range assets {
		class := slices.IndexFunc(classes, func(other []string) bool { return slices.Equal(names, other) })
		if class < 0 {
			class, classes = len(classes), append(classes, names)
		}
		t.class = append(t.class, class)
	}
	t.classes = len(classes)
	return classes
}

// schedule makes the schedules of a rail.
func (t *Timetable) schedule(number int, classes [][]string) error {
	rail := &t.rails[number]
	if err := rail.validate(); err != nil {
		return err
	}
	if at, _ := t.Rail(rail.Name); at != number {
		return fmt.Errorf("name is %q: want one that is not there before", rail.Name)
	}
	zone, err := location(rail.Zone)
	if err != nil {
		return err
	}
	for _, one := range classes {
		for _, other := range classes {
			days, err := t.Calendars.Days(slices.Concat(rail.Calendars, one, other)...)
			if err != nil {
				return err
			}
			t.schedules[number] = append(t.schedules[number], &Schedule{Days: days, CutOff: rail.CutOff, Zone: zone, Delay: rail.Delay})
		}
	}
	return nil
}

func (r *Rail) validate() error {
	switch {
	case r.Name == "":
		return fmt.Errorf("name is %q: want the name of a rail, such as ach", r.Name)
	case len(r.Calendars) == 0:
		return fmt.Errorf("calendars has none: want at least one")
	case !r.CutOff.valid():
		return fmt.Errorf("cut_off is %d minutes after midnight: want 0 to %d", r.CutOff, EndOfDay)
	case r.Delay < 0 || r.Delay > MaxDelay:
		return fmt.Errorf("cycle_delay is %s: want 0s to %s", r.Delay, MaxDelay)
	}
	return nil
}

// Rail is the index of the rail with a name, and false when there is none.
func (t *Timetable) Rail(name string) (index int, known bool) {
	index = slices.IndexFunc(t.rails, func(one Rail) bool { return one.Name == name })
	return index, index >= 0
}

// Schedule is the cycles of a rail for two assets together, of which one may stand twice for itself alone. The indices must be those of a
// rail and of assets of the plan.
func (t *Timetable) Schedule(rail int, one, other int32) *Schedule {
	return t.schedules[rail][t.class[one]*t.classes+t.class[other]]
}
