package feed

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/service-kit-go/simclock"
)

func scheduleAt(scale float64) Schedule {
	wall := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return NewSchedule(simclock.Mapping{WallAnchor: wall, BusinessAnchor: path.Epoch.Add(48 * time.Hour), Scale: scale}, path.Epoch)
}

func TestAboveScaleOneOnlyEveryCeilScaleTickIsPublished(t *testing.T) {
	for _, c := range []struct {
		scale float64
		ticks uint64
		step  time.Duration // wall time
	}{
		{0.5, 1, 40 * time.Millisecond},
		{1, 1, 20 * time.Millisecond},
		{1.6, 2, 25 * time.Millisecond},
		{60, 60, 20 * time.Millisecond},
		{1440, 1440, 20 * time.Millisecond},
	} {
		s := scheduleAt(c.scale)
		assert.Equal(t, 7*c.ticks, s.Sequence(7), "scale %v", c.scale)
		assert.InDelta(t, c.step, s.Wall(1001).Sub(s.Wall(1000)), float64(time.Microsecond), "scale %v", c.scale)
	}
}

func TestAStepIsDueAtItsWallTimeAndNotBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := scheduleAt(rapid.Float64Range(0.01, simclock.MaxScale).Draw(t, "scale"))
		const year = 365 * 24 * time.Hour // of wall time and of business time: a Duration holds 292
		step := rapid.Uint64Range(1, uint64(year/path.TickInterval)/s.ticks).Draw(t, "step")
		due, ok := s.Due(s.Wall(step))
		require.True(t, ok)
		require.Equal(t, step, due)
		due, _ = s.Due(s.Wall(step).Add(-10 * time.Microsecond))
		require.Equal(t, step-1, due)
	})
}

func TestNothingIsDueBeforeTheEpoch(t *testing.T) {
	s := scheduleAt(1)
	_, ok := s.Due(s.Wall(0).Add(-time.Second))
	assert.False(t, ok)
	due, ok := s.Due(s.Wall(0))
	assert.True(t, ok)
	assert.Zero(t, due)
}

func TestAnIntervalIsRoundedToWholeSteps(t *testing.T) {
	s := scheduleAt(1)
	assert.Equal(t, uint64(1), s.Steps(20*time.Millisecond))
	assert.Equal(t, uint64(1), s.Steps(29*time.Millisecond))
	assert.Equal(t, uint64(2), s.Steps(30*time.Millisecond))
	assert.Equal(t, uint64(50), s.Steps(time.Second))
	assert.Equal(t, uint64(1), scheduleAt(0.01).Steps(20*time.Millisecond), "an interval below a step is a step")
	assert.Equal(t, uint64(50), scheduleAt(1440).Steps(time.Second), "an interval is wall time")
}
