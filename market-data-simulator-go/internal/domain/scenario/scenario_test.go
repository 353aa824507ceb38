package scenario

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var origin = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

func phase(t require.TestingT, draft Draft) Phase {
	made, err := draft.Phase()
	require.NoError(t, err)
	return made
}

func begin(t require.TestingT, id string, after time.Duration, drafts ...Draft) Entry {
	entry := Entry{ID: id, Effective: origin.Add(after)}
	for _, draft := range drafts {
		entry.Phases = append(entry.Phases, phase(t, draft))
	}
	require.NoError(t, entry.Check())
	return entry
}

func TestADraftIsFilledWithTheDefaultsOfItsKind(t *testing.T) {
	assert.Equal(t, Phase{
		Kind: Crash, Intensity: 1, Duration: 10 * time.Minute, Onset: time.Minute, Recovery: 20 * time.Minute, Share: 0.5,
	}, phase(t, Draft{Kind: Crash}))
	sudden, share := time.Duration(0), 0.25
	assert.Equal(t, Phase{
		Kind: Rally, Symbols: []string{"BTC/USD"}, Intensity: 2, Duration: time.Hour, Recovery: time.Minute, Share: 0.25,
	}, phase(t, Draft{
		Kind: Rally, Symbols: []string{"BTC/USD"}, Intensity: 2, Duration: time.Hour, Onset: &sudden, Recovery: new(time.Minute), Share: &share,
	}))
	assert.Equal(t, MaxDuration, phase(t, Draft{Kind: Crash, Duration: 24 * time.Hour}).Recovery, "a default keeps the limits")
}

func TestWhatCannotBeIsRefusedNamingFieldValueAndRange(t *testing.T) {
	long, half := 2*time.Minute, 1500*time.Millisecond
	for want, draft := range map[string]Draft{
		`type is "BOOM": want one of RALLY, CRASH, DIVERGENCE, MEAN_REVERTING,`: {Kind: "BOOM"},
		`intensity is "5.5": want above 0 up to 5, or 0 for 1`:                  {Kind: Crash, Intensity: 5.5},
		`intensity is "NaN"`: {Kind: Crash, Intensity: math.NaN()},
		`intensity is "-1"`:  {Kind: Crash, Intensity: -1},
		`duration is "1.5s": want whole seconds, 1s to 24h0m0s`: {Kind: Crash, Duration: half},
		`duration is "-1s"`:                               {Kind: Crash, Duration: -time.Second},
		`duration is "25h0m0s"`:                           {Kind: Crash, Duration: 25 * time.Hour},
		`onset is "2m0s": want whole seconds, 0s to 1m0s`: {Kind: Crash, Duration: time.Minute, Onset: &long},
		`recovery is "1.5s"`:                              {Kind: Crash, Recovery: &half},
		`start is "-1s"`:                                  {Kind: Crash, Start: -time.Second},
		`recovery_share is "2": want 0 to 1`:              {Kind: Crash, Share: new(2.0)},
		`symbols is "65 symbols": want at most 64`:        {Kind: Crash, Symbols: make([]string, 65)},
	} {
		_, err := draft.Phase()
		require.ErrorContains(t, err, want)
		var invalid *InvalidError
		require.ErrorAs(t, err, &invalid)
	}
	err := CheckPhases([]Phase{phase(t, Draft{Kind: Crash}), {Kind: Rally}})
	require.ErrorContains(t, err, `phases[1].intensity is "0"`)
	require.ErrorContains(t, CheckPhases(nil), "want 1 to 32")
	require.ErrorContains(t, CheckID("-"), "scenario_id")
	require.ErrorContains(t, Entry{ID: "a", Effective: origin.Add(time.Millisecond)}.Check(), "a whole second")
	require.ErrorContains(t, Entry{ID: "a", Effective: origin, Cancel: true, Phases: make([]Phase, 1)}.Check(), "none in a cancellation")
	require.ErrorContains(t, Entry{ID: "a", Effective: origin, Name: strings.Repeat("x", 65)}.Check(), "at most 64 bytes")
}

func TestAKindIsReadAsPeopleWriteIt(t *testing.T) {
	for _, text := range []string{"flash-crash", "FLASH_CRASH", "Flash_Crash"} {
		kind, err := ParseKind(text)
		require.NoError(t, err)
		assert.Equal(t, FlashCrash, kind)
	}
	_, err := ParseKind("boom")
	require.ErrorContains(t, err, "RALLY, CRASH, DIVERGENCE")
}

// Whatever its times are, a phase makes all of its move and gives its share back, and its force stays between nothing and full.
func TestAPhaseMakesItsMoveAndGivesItsShareBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		duration := rapid.IntRange(1, 400).Draw(t, "duration")
		onset := time.Duration(rapid.IntRange(0, duration).Draw(t, "onset")) * time.Second
		recovery := time.Duration(rapid.IntRange(0, 300).Draw(t, "recovery")) * time.Second
		share := rapid.Float64Range(0, 1).Draw(t, "share")
		a := timing(phase(t, Draft{
			Kind: rapid.SampledFrom(Kinds()).Draw(t, "kind"), Duration: time.Duration(duration) * time.Second,
			Onset: &onset, Recovery: &recovery, Share: &share,
		}), 1000)
		cut := rapid.Int64Range(900, 2000).Draw(t, "cut")
		if rapid.Bool().Draw(t, "cancelled") {
			a.cut(cut)
		}
		total, peak := 0.0, 0.0
		for second := int64(900); second < 2000; second++ {
			if !a.acts(second) {
				continue
			}
			require.True(t, second >= 1000 && second < a.over())
			require.GreaterOrEqual(t, a.force(second), 0.0)
			require.LessOrEqual(t, a.force(second), 1.0)
			total += a.step(second)
			peak = max(peak, total)
		}
		if a.never() {
			require.Zero(t, total)
			return
		}
		made := a.moved(float64(a.length))
		require.InDelta(t, made, peak, 1e-9)
		if a.length == a.planned {
			require.InDelta(t, 1, made, 1e-9)
		}
		if a.fade > 0 {
			require.InDelta(t, made*(1-share), total, 1e-9)
		}
	})
}

func TestTheFirstEntryOfAnIdCountsAndSoDoesItsFirstCancellation(t *testing.T) {
	first, second := begin(t, "a", time.Hour, Draft{Kind: Crash}), begin(t, "a", 2*time.Hour, Draft{Kind: Rally})
	log := Log{
		{ID: "nobody", Effective: origin, Cancel: true},
		first, second,
		{ID: "a", Effective: origin.Add(65 * time.Minute), Cancel: true},
		{ID: "a", Effective: origin.Add(63 * time.Minute), Cancel: true},
		begin(t, "b", 0, Draft{Kind: Rally}),
	}
	all := log.Scenarios()
	require.Len(t, all, 2)
	assert.Equal(t, Scenario{Entry: first, Cancelled: origin.Add(65 * time.Minute)}, all[0])
	assert.Equal(t, origin.Add(85*time.Minute), all[0].End(), "the recovery begins at once")
	assert.Equal(t, origin.Add(30*time.Minute), all[1].End())
	over := Log{first, {ID: "a", Effective: origin.Add(90 * time.Minute), Cancel: true}}
	assert.Zero(t, over.Scenarios()[0].Cancelled, "what is over cannot be cancelled")
	never := Log{first, {ID: "a", Effective: origin, Cancel: true}}
	assert.Equal(t, first.Effective, never.Scenarios()[0].End())
}

func TestARepetitionAsksForTheSameWhateverItsEffectiveTimeUnlessThatWasAskedFor(t *testing.T) {
	one, later := begin(t, "a", 0, Draft{Kind: Crash}), begin(t, "a", time.Hour, Draft{Kind: Crash})
	assert.True(t, one.Asks(later))
	later.Fixed = true
	assert.False(t, one.Asks(later))
	one.Fixed = true
	assert.False(t, one.Asks(later))
	assert.False(t, begin(t, "a", 0, Draft{Kind: Crash}).Asks(begin(t, "a", 0, Draft{Kind: Crash, Intensity: 2})))
}

func TestLogsDifferFromTheEarliestEntryOnThatOneOfThemLacks(t *testing.T) {
	a, b, c := begin(t, "a", time.Hour, Draft{Kind: Crash}), begin(t, "b", time.Minute, Draft{Kind: Crash}), begin(t, "c", 0, Draft{Kind: Crash})
	_, changed := Log{a, b}.Changed(Log{a, b})
	assert.False(t, changed)
	from, changed := Log{a}.Changed(Log{a, b})
	assert.True(t, changed)
	assert.Equal(t, b.Effective, from)
	from, _ = Log{c, a}.Changed(Log{a})
	assert.Equal(t, c.Effective, from)
}

func TestSpansHoldWhatOverlapsAndNothingElse(t *testing.T) {
	none := time.Duration(0)
	short := Draft{Kind: MeanReverting, Duration: 30 * time.Second, Recovery: &none}
	market := Market{Rows: []Row{{Symbol: "BTC/USD", Base: "BTC", Quote: "USD"}}, Correlation: [][]float64{{1}}}
	var log Log
	for n, after := range []time.Duration{10 * time.Minute, 10*time.Minute + 20*time.Second, 11*time.Minute + 10*time.Second, time.Hour, -time.Hour} {
		log = append(log, begin(t, fmt.Sprint(n), after, short))
	}
	o := New(log, market, origin)
	require.Len(t, o.spans, 3)
	assert.True(t, o.Quiet(9))
	assert.False(t, o.Quiet(10))
	assert.False(t, o.Quiet(11))
	assert.True(t, o.Quiet(12))
	assert.True(t, o.Untouched(9))
	assert.Equal(t, int64(60), o.Next(12, 100))
	assert.Equal(t, int64(30), o.Next(12, 30))
	assert.Equal(t, int64(61), o.End(60))
	var acting []string
	o.During(0, 10*60+25, func(a Acting) { acting = append(acting, a.ID) })
	assert.Equal(t, []string{"0", "1"}, acting)
}

func TestACoordinatedMoveLeavesRatesBetweenMovedAssetsAlone(t *testing.T) {
	market := Market{Rows: []Row{
		{Symbol: "BTC/USD", Base: "BTC", Quote: "USD"},
		{Symbol: "ADA/BTC", Base: "ADA", Quote: "BTC"},
		{Symbol: "USDT/USD", Base: "USDT", Quote: "USD", Pegged: true},
		{Symbol: "SOL/USDT", Base: "SOL", Quote: "USDT"},
	}}
	assert.Equal(t, []float64{1, 0, 0, 1}, market.weights())
	all, named := market.aim(phase(t, Draft{Kind: Crash})), market.aim(phase(t, Draft{Kind: Crash, Symbols: []string{"ADA/BTC"}}))
	assert.Equal(t, []bool{true, true, false, true}, all.touched)
	assert.Zero(t, all.move[1])
	assert.Equal(t, math.Log(0.8), named.move[1])
	assert.Equal(t, []bool{false, true, false, false}, named.touched)
}

// Mixing changes how alike moves are and never how large they are.
func TestMixingKeepsVariancesAndReachesTheExtremes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const rows = 5
		correlation := identity(rows)
		for i := range rows {
			for j := range i {
				correlation[i][j] = 0.2 + 0.6*float64((i*7+j*3)%5)/5*rapid.Float64Range(0, 0.5).Draw(t, "rho")
				correlation[j][i] = correlation[i][j]
			}
		}
		everyone := &target{effect: Effect{Common: rapid.Float64Range(0.01, 1).Draw(t, "common")}, joined: []float64{1, 1, 1, 1, 0}}
		alone := &target{effect: Effect{Own: rapid.Float64Range(0.01, 1).Draw(t, "own")}, joined: []float64{0, 1, 1, 1, 1}, leaver: []bool{true, false, false, false, false}}
		var m mixer
		m.add(0, everyone, rapid.Float64Range(0.1, 5).Draw(t, "force"))
		if rapid.Bool().Draw(t, "both") {
			m.add(1, alone, rapid.Float64Range(0.1, 5).Draw(t, "force of own"))
		}
		mixed := m.matrix(correlation)
		after := times(times(mixed, correlation), transposed(mixed))
		for i := range rows {
			require.InDelta(t, 1, after[i][i], 1e-9)
		}
	})
	one := &target{effect: Effect{Common: 1}, joined: []float64{1, 1}}
	var m mixer
	m.add(0, one, 1)
	half := [][]float64{{1, 0.5}, {0.5, 1}}
	mixed := m.matrix(half)
	assert.InDelta(t, 1, times(times(mixed, half), transposed(mixed))[0][1], 1e-9, "all the way to one")
}
