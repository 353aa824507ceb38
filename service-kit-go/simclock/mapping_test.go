package simclock_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/service-kit-go/simclock"
)

var (
	anchor   = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	identity = simclock.Mapping{WallAnchor: anchor, BusinessAnchor: anchor, Scale: 1}
)

func TestBusinessTimeIsWallTimeAtScaleOne(t *testing.T) {
	now := anchor.Add(12345*time.Hour + 678*time.Nanosecond)
	assert.Equal(t, now, identity.Business(now))
}

func TestADayPassesInAMinuteAtScale1440(t *testing.T) {
	mapping := simclock.Mapping{WallAnchor: anchor, BusinessAnchor: anchor, Scale: 1440}
	assert.Equal(t, anchor.AddDate(0, 0, 1), mapping.Business(anchor.Add(time.Minute)))
	assert.Equal(t, anchor.Add(time.Minute), mapping.Wall(anchor.AddDate(0, 0, 1)))
}

func TestBusinessTimeNeverRunsBackwards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mapping := simclock.Mapping{
			WallAnchor: anchor, BusinessAnchor: anchor.AddDate(-1, 0, 0),
			Scale: rapid.Float64Range(0.001, 10_000).Draw(t, "scale"),
		}
		earlier := anchor.Add(time.Duration(rapid.Int64Range(0, int64(240*time.Hour)).Draw(t, "earlier")))
		later := earlier.Add(time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "step")))
		assert.False(t, mapping.Business(later).Before(mapping.Business(earlier)))
	})
}

func TestWallIsTheInverseOfBusinessToTheMicrosecond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mapping := simclock.Mapping{WallAnchor: anchor, BusinessAnchor: anchor, Scale: rapid.Float64Range(0.1, 1440).Draw(t, "scale")}
		moment := anchor.Add(time.Duration(rapid.Int64Range(0, int64(1000*time.Hour)).Draw(t, "moment")))
		assert.WithinDuration(t, moment, mapping.Wall(mapping.Business(moment)), time.Microsecond)
	})
}

func TestABadMappingIsRefusedByNameAndValue(t *testing.T) {
	for name, broken := range map[string]simclock.Mapping{
		"wall_anchor is not set":     {BusinessAnchor: anchor, Scale: 1},
		"business_anchor is not set": {WallAnchor: anchor, Scale: 1},
		"scale is 0":                 {WallAnchor: anchor, BusinessAnchor: anchor},
		"scale is -1":                {WallAnchor: anchor, BusinessAnchor: anchor, Scale: -1},
		"scale is 86401":             {WallAnchor: anchor, BusinessAnchor: anchor, Scale: 86401},
	} {
		assert.ErrorContains(t, broken.Validate(), name)
	}
	require.NoError(t, identity.Validate())
}

func TestTheDocumentReadsAsAMapping(t *testing.T) {
	var mapping simclock.Mapping
	document := `{"wall_anchor":"2026-01-01T00:00:00Z","business_anchor":"2026-01-01T00:00:00Z","scale":1}`
	require.NoError(t, json.Unmarshal([]byte(document), &mapping))
	assert.Equal(t, identity, mapping)
}
