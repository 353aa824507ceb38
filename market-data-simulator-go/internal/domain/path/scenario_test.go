package path

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
)

// inject is an entry of one phase; what it leaves out are the defaults.
func inject(t require.TestingT, id string, at time.Time, draft scenario.Draft) scenario.Entry {
	phase, err := draft.Phase()
	require.NoError(t, err)
	entry := scenario.Entry{ID: id, Phases: []scenario.Phase{phase}, Effective: at}
	require.NoError(t, entry.Check())
	return entry
}

func cancel(id string, at time.Time) scenario.Entry {
	return scenario.Entry{ID: id, Effective: at, Cancel: true}
}

// drawEntry draws a scenario that begins within a period: any kind, named pairs or all, of up to a few minutes.
func drawEntry(t *rapid.T, id string, from time.Time, within time.Duration) scenario.Entry {
	whole := func(name string, most int) time.Duration {
		return time.Duration(rapid.IntRange(0, most).Draw(t, name)) * time.Second
	}
	duration := time.Second + whole("duration", 300)
	onset, recovery, share := min(duration, whole("onset", 200)), whole("recovery", 300), rapid.Float64Range(0, 1).Draw(t, "share")
	draft := scenario.Draft{
		Kind: rapid.SampledFrom(scenario.Kinds()).Draw(t, "kind"), Intensity: rapid.Float64Range(0.01, 5).Draw(t, "intensity"),
		Duration: duration, Onset: &onset, Recovery: &recovery, Share: &share,
	}
	if rapid.Bool().Draw(t, "named") {
		draft.Symbols = []string{rapid.SampledFrom([]string{"BTC/USD", "ADA/BTC", "USDT/USD"}).Draw(t, "symbol")}
	}
	return inject(t, id, from.Add(whole("begins", int(within/time.Second))), draft)
}

// drawLog draws a log of scenarios and cancellations within a period.
func drawLog(t *rapid.T, from time.Time, within time.Duration) scenario.Log {
	var log scenario.Log
	for n := range rapid.IntRange(1, 4).Draw(t, "entries") {
		log = append(log, drawEntry(t, fmt.Sprint("s", n), from, within))
		if rapid.Bool().Draw(t, "cancelled") {
			after := time.Duration(rapid.IntRange(-60, 400).Draw(t, "after")) * time.Second
			log = append(log, cancel(fmt.Sprint("s", n), log[len(log)-1].Effective.Add(after)))
		}
	}
	return log
}

// following is a new path under a log.
func following(t require.TestingT, seed uint64, log scenario.Log) *Path {
	p := newPath(t, seed)
	p.Follow(log)
	return p
}

func TestBarsUnderScenariosAreTheFoldOfTheirTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, from := rapid.Uint64().Draw(t, "seed"), Epoch.Add(time.Duration(rapid.IntRange(0, 500).Draw(t, "minute"))*time.Minute)
		p := following(t, seed, drawLog(t, from.Add(-4*time.Minute), 5*time.Minute))
		bars := collect(t, p, from, from.Add(time.Minute), time.Minute)
		first, folded := p.Sequence(from), make([]bar.Bar, len(bars))
		for tick := range uint64(ticksPerMinute) {
			for i, quote := range quotesAt(t, p, first+tick) {
				if tick == 0 {
					folded[i] = bar.Bar{Time: from, Open: quote.Price, High: quote.Price, Low: quote.Price}
				}
				one := &folded[i]
				one.High, one.Low, one.Close, one.Volume = max(one.High, quote.Price), min(one.Low, quote.Price), quote.Price, quote.MinuteVolume
				require.Less(t, quote.Bid, quote.Ask)
				require.Positive(t, quote.Bid)
			}
		}
		for i := range bars {
			require.Equal(t, folded[i], bars[i][0], p.Symbols()[i])
		}
	})
}

func TestLongBarsUnderScenariosAreTheFoldOfShortOnes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := Epoch.Add(7 * time.Hour)
		p := following(t, 11, drawLog(t, from, 10*time.Minute))
		long, short := collect(t, p, from, from.Add(15*time.Minute), 15*time.Minute), collect(t, p, from, from.Add(15*time.Minute), time.Second)
		for i := range long {
			folded := short[i][0]
			for _, one := range short[i][1:] {
				folded.High, folded.Low, folded.Close = max(folded.High, one.High), min(folded.Low, one.Low), one.Close
				folded.Volume += one.Volume
			}
			require.InEpsilon(t, 1+long[i][0].Volume, 1+folded.Volume, 1e-6, "sums of doubles")
			folded.Volume = long[i][0].Volume
			require.Equal(t, long[i][0], folded, p.Symbols()[i])
		}
	})
}

func TestAnyInstantUnderScenariosIsTheInstantOfTheForwardWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, log := rapid.Uint64().Draw(t, "seed"), drawLog(t, Epoch.Add(time.Hour), 26*time.Hour)
		asked := rapid.SliceOfN(rapid.Uint64Range(0, 28*60*uint64(ticksPerMinute)), 1, 5).Draw(t, "sequences")
		for _, entry := range log { // most instants say nothing of scenarios, so some are near them
			asked = append(asked, newPath(t, 1).Sequence(entry.Effective)+rapid.Uint64Range(0, 30_000).Draw(t, "near"))
		}
		jumping := following(t, seed, log)
		found := map[uint64][]Quote{}
		for _, sequence := range asked {
			found[sequence] = quotesAt(t, jumping, sequence)
		}
		slices.Sort(asked)
		walking := following(t, seed, log)
		for _, sequence := range asked {
			for before := range uint64(3) {
				quotesAt(t, walking, sequence-min(sequence, (3-before)*uint64(ticksPerMinute)))
			}
			require.Equal(t, quotesAt(t, walking, sequence), found[sequence])
			require.Equal(t, quotesAt(t, jumping.Fork(), sequence), found[sequence])
		}
	})
}

// A feed learns of a scenario while it publishes, an other one starts later and knows the whole log from the beginning.
func TestALogThatGrowsOnTheWayGivesWhatTheWholeLogGivesFromTheStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, log := rapid.Uint64().Draw(t, "seed"), drawLog(t, Epoch.Add(time.Hour), 20*time.Minute)
		slices.SortStableFunc(log, func(a, b scenario.Entry) int { return a.Effective.Compare(b.Effective) })
		whole, growing := following(t, seed, log), newPath(t, seed)
		step := rapid.Uint64Range(1, 9000).Draw(t, "step")
		sequence, known := growing.Sequence(Epoch.Add(59*time.Minute)), 0
		for range 60 {
			for known < len(log) && log[known].Effective.Sub(growing.Time(sequence)) <= 2*time.Second {
				known++
				growing.Follow(log[:known])
			}
			if known == len(log) || log[known].Effective.After(growing.Time(sequence)) {
				require.Equal(t, quotesAt(t, whole, sequence), quotesAt(t, growing, sequence), "sequence %d", sequence)
			}
			next := sequence + step
			for _, entry := range log[known:] { // stop two seconds before the next entry, where the feed hears of it
				if heard := growing.Sequence(entry.Effective.Add(-2 * time.Second)); heard > sequence && heard < next {
					next = heard
				}
			}
			sequence = next
		}
	})
}

func TestAnEntryChangesNothingBeforeItIsEffective(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, log := rapid.Uint64().Draw(t, "seed"), drawLog(t, Epoch.Add(time.Hour), 10*time.Minute)
		later := drawEntry(t, "later", Epoch.Add(65*time.Minute), 10*time.Minute)
		before, after := following(t, seed, log), following(t, seed, append(slices.Clone(log), later))
		effective := before.Sequence(later.Effective)
		for range 10 {
			sequence := effective - rapid.Uint64Range(1, 6000).Draw(t, "earlier")
			require.Equal(t, quotesAt(t, before, sequence), quotesAt(t, after, sequence))
		}
		from := later.Effective.Add(-time.Minute).Truncate(time.Minute)
		seconds := later.Effective.Sub(from)
		require.Equal(t, collect(t, before, from, from.Add(seconds), time.Second), collect(t, after, from, from.Add(seconds), time.Second))
	})
}

func TestWithoutScenariosOrOnPairsThatNoneTouchesPricesAreThoseOfTheMarketToTheLastDigit(t *testing.T) {
	at := Epoch.Add(3 * time.Hour)
	log := scenario.Log{inject(t, "only-ada", at, scenario.Draft{Kind: scenario.Crash, Symbols: []string{"ADA/BTC"}, Intensity: 3})}
	plain, empty, touched := newPath(t, 3), following(t, 3, scenario.Log{}), following(t, 3, log)
	for tick := range uint64(400) {
		sequence := plain.Sequence(at) - 1000 + 97*tick
		want := quotesAt(t, plain, sequence)
		require.Equal(t, want, quotesAt(t, empty, sequence))
		got := quotesAt(t, touched, sequence)
		for _, untouched := range []int{0, 2, 3} {
			require.Equal(t, want[untouched], got[untouched], touched.Symbols()[untouched])
		}
		if tick > 100 {
			require.NotEqual(t, want[1].Price, got[1].Price)
		}
	}
}

func TestAMonthAfterItsScenariosAMarketIsWhereItWouldBe(t *testing.T) {
	at := Epoch.Add(3 * time.Hour)
	log := scenario.Log{
		inject(t, "a", at, scenario.Draft{Kind: scenario.Crash, Intensity: 5}),
		inject(t, "b", at.Add(time.Minute), scenario.Draft{Kind: scenario.VolatilitySpike, Intensity: 5}),
	}
	plain, bent := newPath(t, 3), following(t, 3, log)
	day, month := plain.Sequence(at.Add(25*time.Hour)), plain.Sequence(at.Add(35*24*time.Hour))
	assert.Less(t, quotesAt(t, bent, day)[0].Price, 0.9*quotesAt(t, plain, day)[0].Price, "half of the half of a large crash is left after a day")
	assert.Equal(t, quotesAt(t, plain, month), quotesAt(t, bent, month))
}

func TestTheDayUnderScenariosIsTheFoldOfItsBars(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := following(t, rapid.Uint64().Draw(t, "seed"), drawLog(t, Epoch.Add(time.Hour), 30*time.Hour))
		minute := Epoch.Add(time.Duration(rapid.IntRange(60, 36*60).Draw(t, "minute")) * time.Minute)
		from := minute.Add(-24 * time.Hour)
		if from.Before(Epoch) {
			from = Epoch
		}
		minutes := collect(t, p.Fork(), from, minute, time.Minute)
		for i, quote := range quotesAt(t, p, p.Sequence(minute)) {
			day := Day{Open: minutes[i][0].Open, High: quote.Price, Low: quote.Price}
			for _, one := range minutes[i] {
				day.High, day.Low, day.Volume = max(day.High, one.High), min(day.Low, one.Low), day.Volume+one.Volume
			}
			require.InEpsilon(t, 1+day.Volume+quote.MinuteVolume, 1+quote.Day.Volume, 1e-9, "a sum of doubles")
			day.Volume = quote.Day.Volume
			require.Equal(t, day, quote.Day, p.Symbols()[i])
		}
	})
}
