// This file is the scenario log: what was asked for, in the order that all replicas share, and what follows from it.

package scenario

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"time"
)

// Entry is one line of the log: a scenario that begins, or one that is to end before its time.
type Entry struct {
	ID        string    `json:"id"`
	Name      string    `json:"name,omitempty"`   // for people; of a scenario of several phases
	Phases    []Phase   `json:"phases,omitempty"` // of a scenario that begins
	Effective time.Time `json:"effective"`        // business time, a whole second
	Fixed     bool      `json:"fixed,omitempty"`  // the caller chose the effective time, so it is part of what was asked for
	Cancel    bool      `json:"cancel,omitempty"`
}

var ids = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$`)

// CheckID says what is wrong with the id of a scenario.
func CheckID(id string) error {
	if !ids.MatchString(id) {
		return &InvalidError{"scenario_id", id, "up to 64 letters, digits and . _ : - that begin with a letter or digit"}
	}
	return nil
}

// Check says what is wrong with an entry: an *InvalidError.
func (e Entry) Check() error {
	if err := CheckID(e.ID); err != nil {
		return err
	}
	if e.Effective.IsZero() || !e.Effective.Equal(e.Effective.Truncate(time.Second)) {
		return &InvalidError{"effective", e.Effective.Format(time.RFC3339Nano), "a whole second"}
	}
	if len(e.Name) > MaxName {
		return &InvalidError{"name", e.Name, fmt.Sprintf("at most %d bytes", MaxName)}
	}
	if e.Cancel {
		if len(e.Phases) > 0 {
			return &InvalidError{"phases", fmt.Sprintf("%d phases", len(e.Phases)), "none in a cancellation"}
		}
		return nil
	}
	return CheckPhases(e.Phases)
}

// Asks tells whether two entries ask for the same thing, so that the second is a repetition and not a conflict.
func (e Entry) Asks(other Entry) bool {
	if e.Fixed || other.Fixed {
		return e.Fixed == other.Fixed && e.Effective.Equal(other.Effective) && e.same(other)
	}
	return e.same(other)
}

func (e Entry) same(other Entry) bool {
	alike := func(a, b Phase) bool {
		symbols := slices.Equal(a.Symbols, b.Symbols)
		a.Symbols, b.Symbols = nil, nil
		return symbols && reflect.DeepEqual(a, b)
	}
	return e.Name == other.Name && e.Cancel == other.Cancel && slices.EqualFunc(e.Phases, other.Phases, alike)
}

// Log is the entries in their order. It never changes: a longer log is another one.
type Log []Entry

// Scenario is what the log says of one id.
type Scenario struct {
	Entry
	Cancelled time.Time // business time from which on it ends; zero when it was not cancelled
}

// Scenarios folds the log, in its order. Of several entries that begin the same id the first counts, and so it is with those
// that cancel one; a cancellation of what is not there is nothing.
func (l Log) Scenarios() []Scenario {
	var all []Scenario
	known := map[string]int{}
	for _, entry := range l {
		at, is := known[entry.ID]
		switch {
		case !entry.Cancel && !is:
			known[entry.ID] = len(all)
			all = append(all, Scenario{Entry: entry})
		case entry.Cancel && is && all[at].Cancelled.IsZero() && entry.Effective.Before(all[at].End()):
			all[at].Cancelled = entry.Effective
		}
	}
	return all
}

// End is the business time at which nothing of the scenario acts any more; when it was cancelled before it began, that is
// when it would have begun.
func (s Scenario) End() time.Time {
	end := s.Effective
	for _, phase := range s.Phases {
		act := timing(phase, 0)
		if !s.Cancelled.IsZero() {
			act.cut(int64(s.Cancelled.Sub(s.Effective) / time.Second))
		}
		if !act.never() {
			end = latest(end, s.Effective.Add(time.Duration(act.over())*time.Second))
		}
	}
	return end
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Changed is the earliest business time at which another log can make other prices than l, given that both begin alike as
// far as they do; false when they say the same.
func (l Log) Changed(other Log) (from time.Time, changed bool) {
	common := 0
	for common < len(l) && common < len(other) && reflect.DeepEqual(l[common], other[common]) {
		common++
	}
	for _, entry := range slices.Concat(l[common:], other[common:]) {
		if !changed || entry.Effective.Before(from) {
			from, changed = entry.Effective, true
		}
	}
	return from, changed
}
