// Package simclock maps wall time to business time. The mapping is a pure function, read from a document that all
// daemons share, so that they agree on business time without talking.
package simclock

import (
	"fmt"
	"time"
)

// Mapping says that business time was BusinessAnchor at WallAnchor, and has run Scale times as fast since (and before).
// The JSON form is the `clock` configuration document; times are RFC 3339, UTC.
type Mapping struct {
	WallAnchor     time.Time `json:"wall_anchor"`
	BusinessAnchor time.Time `json:"business_anchor"`
	Scale          float64   `json:"scale"` // business seconds a wall second; 1440 settles T+1 in a minute
}

// MaxScale bounds how fast business time runs: a day a second.
const MaxScale = 86_400

// Validate says what is wrong with a mapping, naming the field and its value.
func (m Mapping) Validate() error {
	switch {
	case m.WallAnchor.IsZero():
		return fmt.Errorf("clock: wall_anchor is not set: want an RFC 3339 time")
	case m.BusinessAnchor.IsZero():
		return fmt.Errorf("clock: business_anchor is not set: want an RFC 3339 time")
	case !(m.Scale > 0 && m.Scale <= MaxScale): // also refuses NaN
		return fmt.Errorf("clock: scale is %v: want above 0, up to %d", m.Scale, MaxScale)
	}
	return nil
}

// Business returns the business time at a wall time, UTC, rounded to the nanosecond. With Scale 1 it is exact.
func (m Mapping) Business(wall time.Time) time.Time {
	return m.BusinessAnchor.Add(scaled(wall.Sub(m.WallAnchor), m.Scale)).UTC()
}

// Wall returns the wall time at which it is (or was) this business time, UTC: the inverse of Business.
func (m Mapping) Wall(business time.Time) time.Time {
	return m.WallAnchor.Add(scaled(business.Sub(m.BusinessAnchor), 1/m.Scale)).UTC()
}

// scaled multiplies whole seconds and the rest apart, so that decades keep their nanoseconds at whole scales.
func scaled(elapsed time.Duration, factor float64) time.Duration {
	if factor == 1 {
		return elapsed
	}
	seconds, rest := elapsed/time.Second, elapsed%time.Second
	whole := float64(seconds) * factor
	floor := time.Duration(whole)
	return floor*time.Second + time.Duration((whole-float64(floor))*float64(time.Second)+float64(rest)*factor)
}
