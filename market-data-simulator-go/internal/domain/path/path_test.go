package path

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// twoPairs is a small market of every kind of instrument: two modelled pairs, one of them with a coarse tick, a peg and a
// ratio.
func twoPairs(t require.TestingT) (profile.Profile, []instrument.Instrument) {
	document := instrument.Document{Instruments: []instrument.Entry{
		{Symbol: "BTC/USD", Base: "BTC", Quote: "USD", TickSize: "0.01", LotSize: "0.00001", PriceSource: instrument.Modelled},
		{Symbol: "ADA/BTC", Base: "ADA", Quote: "BTC", TickSize: "0.00000001", LotSize: "0.1", PriceSource: instrument.Modelled},
		{
			Symbol: "USDT/USD", Base: "USDT", Quote: "USD", TickSize: "0.00001", LotSize: "0.01", PriceSource: instrument.Pegged,
			Peg: &instrument.PegEntry{Mean: "1", Bps: 3, HalfLife: "12h"},
		},
		{
			Symbol: "BTC/USDT", Base: "BTC", Quote: "USDT", TickSize: "0.01", LotSize: "0.00001", PriceSource: instrument.Derived,
			Numerator: "BTC/USD", Denominator: "USDT/USD",
		},
	}}
	instruments, err := document.Decode()
	require.NoError(t, err)
	flat := profile.Pair{
		Shock:  profile.Shock{Sigma: 0.001, Alpha: 0.1, Beta: 0.88, Nu: 5, Common: 0.5},
		Volume: profile.Volume{Level: 2, Volatility: 0.8, Shock: 0.5, Persistence: 0.5, Residual: 0.7},
	}
	for hour := range flat.Hours {
		flat.Hours[hour], flat.Volume.Hours[hour] = 1, 1
	}
	btc, ada := flat, flat
	btc.Symbol, btc.Level = "BTC/USD", 50_000
	ada.Symbol, ada.Level, ada.Volume.Level = "ADA/BTC", 0.00004, 8
	return profile.Profile{Name: "test", Pairs: []profile.Pair{btc, ada}, Correlation: [][]float64{{1, 0.3}, {0.3, 1}}}, instruments
}

func newPath(t require.TestingT, seed uint64) *Path {
	fitted, instruments := twoPairs(t)
	p, err := New(fitted, instruments, seed, Epoch)
	require.NoError(t, err)
	return p
}

// quotesAt are the quotes of a tick, in a slice of their own.
func quotesAt(t require.TestingT, p *Path, sequence uint64) []Quote {
	quotes := make([]Quote, len(p.Symbols()))
	require.NoError(t, p.At(sequence, quotes))
	return quotes
}

// collect returns the bars of a period, by instrument.
func collect(t require.TestingT, p *Path, from, to time.Time, interval time.Duration) [][]bar.Bar {
	all := make([][]bar.Bar, len(p.Symbols()))
	require.NoError(t, p.Bars(from, to, interval, func(bars []bar.Bar) bool {
		for i, one := range bars {
			all[i] = append(all[i], one)
		}
		return true
	}))
	return all
}

func TestBarsAreTheFoldOfTheirTicksToTheLastDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPath(t, rapid.Uint64().Draw(t, "seed"))
		from := Epoch.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "minute")) * time.Minute)
		bars := collect(t, p, from, from.Add(time.Minute), time.Minute)
		first := p.Sequence(from)
		folded := make([]bar.Bar, len(bars))
		for tick := range uint64(ticksPerMinute) {
			for i, quote := range quotesAt(t, p, first+tick) {
				if tick == 0 {
					folded[i] = bar.Bar{Time: from, Open: quote.Price, High: quote.Price, Low: quote.Price}
				}
				one := &folded[i]
				one.High, one.Low, one.Close, one.Volume = max(one.High, quote.Price), min(one.Low, quote.Price), quote.Price, quote.MinuteVolume
			}
		}
		for i := range bars {
			require.Equal(t, folded[i], bars[i][0], p.Symbols()[i])
		}
	})
}

func TestLongBarsAreTheFoldOfShortOnes(t *testing.T) {
	p := newPath(t, 11)
	from, to := Epoch.Add(7*time.Hour), Epoch.Add(8*time.Hour)
	long := collect(t, p, from, to, 15*time.Minute)
	for _, interval := range []time.Duration{time.Second, 10 * time.Second, time.Minute, 5 * time.Minute} {
		short, each := collect(t, p, from, to, interval), int(15*time.Minute/interval)
		for i := range long {
			for n, want := range long[i] {
				parts := short[i][n*each : (n+1)*each]
				folded := bar.Bar{Time: parts[0].Time, Open: parts[0].Open, Low: math.Inf(1), Close: parts[each-1].Close}
				for _, one := range parts {
					folded.High, folded.Low = max(folded.High, one.High), min(folded.Low, one.Low)
					folded.Volume += one.Volume
				}
				require.InDelta(t, want.Volume, folded.Volume, 1e-6*want.Volume+1e-9, "sums of doubles")
				folded.Volume = want.Volume
				require.Equal(t, want, folded, "%s in bars of %s", p.Symbols()[i], interval)
			}
		}
	}
}

func TestAnyInstantInAnyOrderIsTheInstantOfTheForwardWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		asked := rapid.SliceOfN(rapid.Uint64Range(0, 3*1440*uint64(ticksPerMinute)), 1, 6).Draw(t, "sequences")
		jumping := newPath(t, seed)
		found := map[uint64][]Quote{}
		for _, sequence := range asked {
			found[sequence] = quotesAt(t, jumping, sequence)
		}
		slices.Sort(asked)
		walking := newPath(t, seed)
		for _, sequence := range asked {
			for before := range uint64(3) { // the ticks and minutes before, as a feed would ask for them
				quotesAt(t, walking, sequence-min(sequence, (3-before)*uint64(ticksPerMinute)))
			}
			require.Equal(t, quotesAt(t, walking, sequence), found[sequence])
		}
	})
}

func TestAForkAgreesWithItsPathAndLeavesItAlone(t *testing.T) {
	p := newPath(t, 5)
	late, early := p.Sequence(Epoch.Add(50*time.Hour)), p.Sequence(Epoch.Add(9*time.Hour))
	want := quotesAt(t, p, late)
	fork := p.Fork()
	assert.Equal(t, quotesAt(t, newPath(t, 5), early), quotesAt(t, fork, early))
	assert.Equal(t, want, quotesAt(t, p, late))
	assert.Equal(t, want, quotesAt(t, fork, late))
}

func TestSeedsAndEpochsGiveOtherPrices(t *testing.T) {
	assert.NotEqual(t, quotesAt(t, newPath(t, 1), 90_000), quotesAt(t, newPath(t, 2), 90_000))
}

func TestDayIsTheFoldOfTheLastDayOfBars(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPath(t, rapid.Uint64().Draw(t, "seed"))
		sequence := rapid.Uint64Range(0, 3*1440*uint64(ticksPerMinute)).Draw(t, "sequence")
		quotes := quotesAt(t, p, sequence)
		second := p.Time(sequence).Truncate(time.Second)
		from := second.Truncate(time.Minute).Add(-24 * time.Hour)
		if from.Before(Epoch) {
			from = Epoch
		}
		minutes := collect(t, p, from, second.Truncate(time.Minute), time.Minute)
		seconds := collect(t, p, second.Truncate(time.Minute), second, time.Second)
		for i, quote := range quotes {
			day := Day{Open: quote.Day.Open, High: quote.Price, Low: quote.Price}
			for tick := p.Sequence(second); tick <= sequence; tick++ {
				price := quotesAt(t, p, tick)[i].Price
				day.High, day.Low = max(day.High, price), min(day.Low, price)
			}
			for n, one := range append(minutes[i], seconds[i]...) {
				if n == 0 {
					assert.Equal(t, one.Open, quote.Day.Open)
				}
				day.High, day.Low = max(day.High, one.High), min(day.Low, one.Low)
			}
			for _, one := range minutes[i] {
				day.Volume += one.Volume
			}
			require.InEpsilon(t, 1+day.Volume+quote.MinuteVolume, 1+quote.Day.Volume, 1e-9, "a sum of doubles")
			day.Volume = quote.Day.Volume
			require.Equal(t, day, quote.Day, p.Symbols()[i])
		}
	})
}

func TestDayCarriedForwardIsTheDayBuiltAnew(t *testing.T) {
	walking := newPath(t, 21)
	for minute := range 40 {
		sequence := uint64(1500+minute*(1+minute%3))*uint64(ticksPerMinute) + uint64(minute*71)
		require.Equal(t, quotesAt(t, newPath(t, 21), sequence), quotesAt(t, walking, sequence))
	}
}

func TestQuotesHoldWhatTheyPromise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPath(t, rapid.Uint64().Draw(t, "seed"))
		sequence := rapid.Uint64Range(0, 1440*uint64(ticksPerMinute)).Draw(t, "sequence")
		before := quotesAt(t, p, sequence)
		for i, q := range quotesAt(t, p, sequence+1) {
			one := p.Instruments()[i]
			for _, price := range []float64{q.Price, q.Bid, q.Ask, q.Day.Open, q.Day.High, q.Day.Low} {
				require.Equal(t, one.Tick.Round(price), price, "a multiple of the tick")
				require.Positive(t, price)
			}
			require.Less(t, q.Bid, q.Ask)
			require.True(t, q.Price == q.Bid || q.Price == q.Ask, "the last trade is at bid or ask")
			require.Equal(t, one.Lot.Round(q.MinuteVolume), q.MinuteVolume, "whole lots")
			if (sequence+1)%uint64(ticksPerMinute) != 0 {
				require.GreaterOrEqual(t, q.MinuteVolume, before[i].MinuteVolume)
			}
			require.LessOrEqual(t, q.Day.Low, q.Price)
			require.GreaterOrEqual(t, q.Day.High, q.Price)
		}
	})
}

func TestDerivedPriceIsTheQuotientOfThePublishedOnes(t *testing.T) {
	p := newPath(t, 3)
	btcusdt := p.Instruments()[3]
	for tick := range uint64(5000) {
		quotes := quotesAt(t, p, 700_000+tick)
		require.Equal(t, btcusdt.Price(quotes[0].Price/quotes[2].Price), quotes[3].Price)
	}
}

func TestSpreadIsOneTickMostOfTheTime(t *testing.T) {
	p := newPath(t, 3)
	narrowTicks, widest := 0, 0.0
	const count = 20_000
	for tick := range uint64(count) {
		q := quotesAt(t, p, 30_000+tick)[0]
		if p.Instruments()[0].Tick.Steps(q.Ask-q.Bid) == 1 {
			narrowTicks++
		}
		widest = max(widest, (q.Ask-q.Bid)/q.Price)
	}
	assert.InDelta(t, 0.88, float64(narrowTicks)/count, 0.02)
	assert.Greater(t, widest, 1e-4)
	assert.Less(t, widest, 3e-3)
}

func TestAPathMayBeginBeforeTheEpochOfTheFeed(t *testing.T) {
	fitted, instruments := twoPairs(t)
	start := time.Date(2021, time.September, 20, 0, 0, 0, 0, time.UTC)
	p, err := New(fitted, instruments, 1, start)
	require.NoError(t, err)
	bars := collect(t, p, start, start.Add(time.Hour), time.Minute)
	assert.Equal(t, fitted.Pairs[0].Level, bars[0][0].Open)
	assert.Equal(t, start, bars[0][0].Time)
}

func TestNewRefusesWhatItCannotPrice(t *testing.T) {
	fitted, instruments := twoPairs(t)
	_, err := New(fitted, instruments, 1, Epoch.Add(time.Second))
	require.ErrorContains(t, err, "want a whole minute")
	unknown := slices.Clone(instruments)
	unknown[0].Symbol = "XMR/USD"
	_, err = New(fitted, unknown, 1, Epoch)
	require.ErrorContains(t, err, `profile "test": instrument XMR/USD: the process has no such pair`)
	fitted.Correlation[0][1], fitted.Correlation[1][0] = 1, 1
	_, err = New(fitted, instruments, 1, Epoch)
	require.ErrorContains(t, err, "not positive definite")
}

func TestBarsRefuseWhatTheyCannotFold(t *testing.T) {
	p := newPath(t, 1)
	none := func([]bar.Bar) bool { return true }
	require.ErrorContains(t, p.Bars(Epoch.Add(-time.Minute), Epoch, time.Minute, none), "before the first price")
	require.ErrorContains(t, p.Bars(Epoch.Add(time.Second), Epoch, time.Minute, none), "not on the grid of 1m0s")
	for _, interval := range []time.Duration{0, -time.Minute, 7 * time.Second, 90 * time.Second, 7 * time.Minute, 48 * time.Hour} {
		require.ErrorContains(t, p.Bars(Epoch, Epoch, interval, none), "interval is", interval)
	}
	require.ErrorContains(t, p.At(maxSequence+1, make([]Quote, 4)), "beyond the last one")
	require.ErrorContains(t, p.At(0, nil), "want one for each of the 4 instruments")
}

func TestBarsEndWhenNobodyWantsMore(t *testing.T) {
	count := 0
	require.NoError(t, newPath(t, 1).Bars(Epoch, Epoch.Add(time.Hour), time.Minute, func([]bar.Bar) bool { count++; return count < 3 }))
	assert.Equal(t, 3, count)
}

func TestSequencesAndTimesUndoEachOther(t *testing.T) {
	p := newPath(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		sequence := rapid.Uint64Range(0, 1<<36).Draw(t, "sequence")
		assert.Equal(t, sequence, p.Sequence(p.Time(sequence)))
		assert.Equal(t, sequence, p.Sequence(p.Time(sequence).Add(TickInterval-1)))
	})
	assert.Zero(t, p.Sequence(Epoch.Add(-time.Hour)))
}

func TestAtDoesNotAllocateOnAForwardWalk(t *testing.T) {
	p, sequence := newPath(t, 1), uint64(2_000_000)
	quotes := make([]Quote, 4)
	require.NoError(t, p.At(sequence, quotes))
	assert.Zero(t, testing.AllocsPerRun(500, func() {
		sequence++
		if err := p.At(sequence, quotes); err != nil {
			t.Fatal(err)
		}
	}))
}

func TestTicksOfOneRowAreThoseOfAllRows(t *testing.T) {
	whole, part := newMinuteView(newPath(t, 6)), newMinuteView(newPath(t, 6))
	for _, second := range []int{0, 7, 59} {
		whole.enter(100)
		part.enter(100)
		whole.enterTicks(second)
		part.shapeTicks(second, 2)
		part.shapeTicks(second, 1)
		for tick := range int(ticksPerSecond) {
			for _, row := range []int{1, 2} {
				require.Equal(t, whole.ticks.log(row, tick), part.ticks.log(row, tick))
			}
		}
	}
}
