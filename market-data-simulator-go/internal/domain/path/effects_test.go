package path

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
)

// The instruments of a market in which a common factor can be seen: four pairs in USD, correlated by a half, a cross pair, a
// peg and a ratio.
const (
	btc = iota
	eth
	sol
	dot
	adaBTC
	usdt
	btcUSDT
)

func wideMarket(t require.TestingT, seed uint64) *Path {
	fitted, instruments := twoPairs(t)
	pair, cross := fitted.Pairs[0], fitted.Pairs[1]
	fitted.Pairs, fitted.Correlation = nil, nil
	listed := []instrument.Instrument{}
	for i, base := range []string{"BTC", "ETH", "SOL", "DOT"} {
		pair.Symbol = base + "/USD"
		fitted.Pairs = append(fitted.Pairs, pair)
		one := instruments[0]
		one.Symbol, one.Base = pair.Symbol, base
		listed = append(listed, one)
		row := []float64{0.5, 0.5, 0.5, 0.5, 0}
		row[i] = 1
		fitted.Correlation = append(fitted.Correlation, row)
	}
	fitted.Pairs, fitted.Correlation = append(fitted.Pairs, cross), append(fitted.Correlation, []float64{0, 0, 0, 0, 1})
	p, err := New(profile.Profile{Name: "wide", Pairs: fitted.Pairs, Correlation: fitted.Correlation}, append(listed, instruments[1:]...), seed, Epoch)
	require.NoError(t, err)
	return p
}

// course is what one scenario does over several seeds, measured second by second beside the same markets without it.
type course struct {
	usual, bent [][][]float64 // [seed][instrument][second]: log price when the second ends
	volume      []float64     // by instrument: traded under the scenario in the measured part, over what is usual
	spread      []float64     // by instrument: mean distance of bid and ask relative to the price, over what is usual
	full        [2]int        // seconds of the measured part: the force is full
	seeds       int
}

var scenarioStart = Epoch.Add(2*time.Hour + 17*time.Second)

// follow measures a draft until some time after its start; the force is full from one second to another.
func follow(t *testing.T, draft scenario.Draft, seeds int, until time.Duration, full [2]int) course {
	c := course{full: full, seeds: seeds, volume: make([]float64, btcUSDT+1), spread: make([]float64, btcUSDT+1)}
	log := scenario.Log{inject(t, "one", scenarioStart, draft)}
	usualVolume, usualSpread := make([]float64, btcUSDT+1), make([]float64, btcUSDT+1)
	for seed := range uint64(seeds) {
		p := wideMarket(t, seed)
		usual := c.read(t, p, until, usualVolume, usualSpread)
		p.Follow(log)
		c.usual, c.bent = append(c.usual, usual), append(c.bent, c.read(t, p, until, c.volume, c.spread))
	}
	for i := range c.volume {
		c.volume[i] /= usualVolume[i]
		c.spread[i] /= usualSpread[i]
	}
	return c
}

func (c course) read(t *testing.T, p *Path, until time.Duration, volume, spread []float64) [][]float64 {
	logs, quotes, view := make([][]float64, len(p.listings)), make([]Quote, len(p.listings)), newMinuteView(p)
	first, lots := int64(p.Sequence(scenarioStart))/ticksPerSecond, make([]float64, secondsPerMinute)
	for at := first; at < first+int64(until/time.Second); at++ {
		view.enter(at / secondsPerMinute)
		k := int(at % secondsPerMinute)
		for i := range logs {
			logs[i] = append(logs[i], math.Log(view.priceAt(i, k+1)))
			if second := int(at - first); second >= c.full[0] && second < c.full[1] {
				p.secondLots(i, view.minute, lots)
				volume[i] += lots[k] - lots[max(0, k-1)]
			}
		}
	}
	for second := c.full[0]; second < c.full[1]; second++ {
		require.NoError(t, p.At(p.Sequence(scenarioStart)+uint64(second)*50+uint64(second%50), quotes))
		for i, quote := range quotes {
			spread[i] += (quote.Ask - quote.Bid) / quote.Price
		}
	}
	return logs
}

// change is the mean log change of an instrument over the scenario's market and the usual one, until a second ends.
func (c course) change(i, second int) float64 {
	sum := 0.0
	for seed := range c.seeds {
		sum += c.bent[seed][i][second] - c.usual[seed][i][second]
	}
	return sum / float64(c.seeds)
}

// moves are the log returns of an instrument over a number of seconds while the force is full, less their mean.
func (c course) moves(logs [][][]float64, i, every int) []float64 {
	var all []float64
	for seed := range c.seeds {
		var own []float64
		for second := c.full[0]; second+every < c.full[1]; second += every {
			own = append(own, logs[seed][i][second+every]-logs[seed][i][second])
		}
		mean := stat.Mean(own, nil)
		for _, move := range own {
			all = append(all, move-mean)
		}
	}
	return all
}

// volatility is the standard deviation of the one-second returns of an instrument, over what is usual.
func (c course) volatility(i int) float64 {
	return stat.StdDev(c.moves(c.bent, i, 1), nil) / stat.StdDev(c.moves(c.usual, i, 1), nil)
}

// correlation is the mean correlation of the ten-second returns of pairs of instruments.
func (c course) correlation(pairs ...[2]int) float64 {
	sum := 0.0
	for _, pair := range pairs {
		sum += stat.Correlation(c.moves(c.bent, pair[0], 10), c.moves(c.bent, pair[1], 10), nil)
	}
	return sum / float64(len(pairs))
}

var inUSD = [][2]int{{btc, eth}, {btc, sol}, {btc, dot}, {eth, sol}, {eth, dot}, {sol, dot}}

// stress checks the factors that a kind states, at an intensity.
func (c course) stress(t *testing.T, kind scenario.Kind, intensity float64, i int) {
	t.Helper()
	effect := scenario.EffectOf(kind)
	stated := func(full float64) float64 {
		if full >= 1 {
			return 1 + (full-1)*intensity
		}
		return math.Pow(full, intensity)
	}
	assert.InEpsilon(t, stated(effect.Volatility), c.volatility(i), 0.05, "volatility")
	assert.InEpsilon(t, stated(effect.Volume), c.volume[i], 0.03, "volume")
	assert.InEpsilon(t, stated(effect.Spread), c.spread[i], 0.08, "spread")
}

func TestACrashTakesAFifthOffEveryPriceInUSDAndGivesHalfOfItBack(t *testing.T) {
	for _, intensity := range []float64{1, 2.5} {
		c := follow(t, scenario.Draft{Kind: scenario.Crash, Intensity: intensity}, 12, 30*time.Minute, [2]int{60, 600})
		for i := range adaBTC {
			assert.InDelta(t, intensity*math.Log(0.8), c.change(i, 599), 0.01*intensity, "all of the move after 10 minutes")
			assert.InDelta(t, 0.5*intensity*math.Log(0.8), c.change(i, 1799), 0.02*intensity, "half of it back after 20 more")
			c.stress(t, scenario.Crash, intensity, i)
		}
		assert.GreaterOrEqual(t, c.correlation(inUSD...), 0.85)
		assert.InDelta(t, 0, c.change(adaBTC, 599), 0.01, "both legs of ADA/BTC fall alike")
		assert.InDelta(t, c.change(btc, 599), c.change(btcUSDT, 599), 1e-4)
		assert.InDelta(t, 0, c.change(usdt, 599), 1e-9)
	}
}

func TestARallyAddsAQuarterToEveryPriceInUSDAndGivesHalfOfItBack(t *testing.T) {
	c := follow(t, scenario.Draft{Kind: scenario.Rally}, 12, 30*time.Minute, [2]int{60, 600})
	for i := range adaBTC {
		assert.InDelta(t, math.Log(1.25), c.change(i, 599), 0.01)
		assert.InDelta(t, 0.5*math.Log(1.25), c.change(i, 1799), 0.01)
		c.stress(t, scenario.Rally, 1, i)
	}
	assert.GreaterOrEqual(t, c.correlation(inUSD...), 0.6)
}

func TestADivergenceDrivesCrossRatesApartAndUncouplesThePair(t *testing.T) {
	c := follow(t, scenario.Draft{Kind: scenario.Divergence, Symbols: []string{"ETH/USD"}}, 12, 30*time.Minute, [2]int{60, 600})
	assert.InDelta(t, math.Log(1.1), c.change(eth, 599), 0.01)
	for _, other := range []int{btc, sol, dot, adaBTC} {
		assert.InDelta(t, math.Log(0.95), c.change(other, 599), 0.01)
		assert.InDelta(t, math.Log(1.1)-math.Log(0.95), c.change(eth, 599)-c.change(other, 599), 0.01, "the cross rate rises by 15.8 percent")
		assert.InDelta(t, 0, c.change(eth, 1799)-c.change(other, 1799), 0.01, "all of it comes back")
	}
	c.stress(t, scenario.Divergence, 1, eth)
	assert.InDelta(t, 0, c.correlation([2]int{eth, btc}, [2]int{eth, sol}, [2]int{eth, dot}), 0.1)
	assert.InDelta(t, 0.5, c.correlation([2]int{btc, sol}, [2]int{btc, dot}, [2]int{sol, dot}), 0.1, "the others stay as they are")
}

func TestAMeanRevertingPriceLosesHalfOfItsDistanceInAMinute(t *testing.T) {
	c := follow(t, scenario.Draft{Kind: scenario.MeanReverting}, 12, 30*time.Minute, [2]int{120, 1800})
	var now, later []float64
	for seed := range c.seeds {
		logs := c.bent[seed][sol]
		start := c.usual[seed][sol][0] // within a second of the anchor
		for second := 120; second+60 < 1800; second++ {
			now, later = append(now, logs[second]-start), append(later, logs[second+60]-start)
		}
	}
	assert.InDelta(t, 0.5, stat.Covariance(now, later, nil)/stat.Variance(now, nil), 0.08)
	c.stress(t, scenario.MeanReverting, 1, sol)
}

func TestAVolatilitySpikeTreblesTheMovesAndHasNoDirection(t *testing.T) {
	for _, intensity := range []float64{0.5, 1, 3} {
		c := follow(t, scenario.Draft{Kind: scenario.VolatilitySpike, Intensity: intensity}, 12, 20*time.Minute, [2]int{60, 600})
		for _, i := range []int{btc, dot} {
			c.stress(t, scenario.VolatilitySpike, intensity, i)
		}
		assert.InDelta(t, 0.5, c.correlation(inUSD...), 0.1, "as usual")
	}
}

func TestAConsolidationHoldsPricesInANarrowRange(t *testing.T) {
	c := follow(t, scenario.Draft{Kind: scenario.Consolidation}, 12, 30*time.Minute, [2]int{180, 1800})
	for _, i := range []int{btc, dot} {
		c.stress(t, scenario.Consolidation, 1, i)
	}
}

func TestAFlashCrashFallsWithinSecondsAndComesBack(t *testing.T) {
	c := follow(t, scenario.Draft{Kind: scenario.FlashCrash}, 60, 5*time.Minute, [2]int{20, 60})
	for i := range adaBTC {
		assert.InDelta(t, 0, c.change(i, 0), 0.01)
		assert.InDelta(t, math.Log(0.85), c.change(i, 19), 0.003, "20 seconds of fall")
		assert.InDelta(t, math.Log(0.85), c.change(i, 59), 0.003, "40 seconds at the bottom")
		assert.InDelta(t, 0.1*math.Log(0.85), c.change(i, 299), 0.005, "nine tenths come back in 4 minutes")
		c.stress(t, scenario.FlashCrash, 1, i)
	}
	assert.GreaterOrEqual(t, c.correlation(inUSD...), 0.8)
}

func TestADepegTakesFiveCentsOffTheDollarAndMovesWhatIsPricedInIt(t *testing.T) {
	c := follow(t, scenario.Draft{Kind: scenario.Depeg}, 6, 60*time.Minute, [2]int{180, 1800})
	for _, second := range []int{179, 1000, 1799} {
		assert.InDelta(t, math.Log(0.95), c.change(usdt, second), 0.002)
		assert.InDelta(t, -math.Log(0.95), c.change(btcUSDT, second), 0.002, "BTC/USDT is BTC/USD divided by USDT/USD")
	}
	assert.Equal(t, c.usual[0][btc], c.bent[0][btc], "BTC/USD does not notice")
	assert.InDelta(t, 0, c.change(usdt, 3599), 0.002, "the peg is back after another 30 minutes")
	effect := scenario.EffectOf(scenario.Depeg)
	assert.InEpsilon(t, effect.Volume, c.volume[usdt], 0.03)
	assert.InEpsilon(t, effect.Spread, c.spread[usdt], 0.08)
	minutely := 3e-4 * math.Sqrt(1-math.Exp2(-2/720.)) // the peg's own, 0.13 bps: less than its tick can show
	assert.InEpsilon(t, effect.Volatility*minutely, stat.StdDev(c.moves(c.bent, usdt, 60), nil), 0.15)
}

func TestScenariosCompose(t *testing.T) {
	log := func(entries ...scenario.Entry) scenario.Log { return entries }
	crash := inject(t, "crash", scenarioStart, scenario.Draft{Kind: scenario.Crash})
	spike := inject(t, "spike", scenarioStart, scenario.Draft{Kind: scenario.VolatilitySpike})
	depeg := inject(t, "depeg", scenarioStart, scenario.Draft{Kind: scenario.Depeg, Duration: 10 * time.Minute})
	end := scenarioStart.Add(10 * time.Minute)
	change := func(seed uint64, log scenario.Log) []float64 {
		p := wideMarket(t, seed)
		before := quotesAt(t, p, p.Sequence(end))
		p.Follow(log)
		changes := []float64{}
		for i, quote := range quotesAt(t, p, p.Sequence(end)) {
			changes = append(changes, math.Log(quote.Price/before[i].Price))
		}
		return changes
	}
	var sum float64
	const seeds = 30
	for seed := range uint64(seeds) {
		both := change(seed, log(crash, spike, depeg))
		sum += both[btc] / seeds
		assert.InDelta(t, math.Log(0.95), both[usdt], 0.01)
		assert.InDelta(t, both[btc]-both[usdt], both[btcUSDT], 1e-4)
	}
	assert.InDelta(t, math.Log(0.8), sum, 0.015, "a spike has no direction of its own")
	twice := scenario.Entry{ID: "twice", Phases: append(crash.Phases, crash.Phases...), Effective: scenarioStart}
	assert.InDelta(t, 2*math.Log(0.8), change(1, log(twice))[btc], 0.04, "moves add up")
}

func TestWhateverIsInjectedPricesStayWithinAFactorOfTwenty(t *testing.T) {
	var log scenario.Log
	for n := range 12 {
		share := 0.0
		log = append(log, inject(t, fmt.Sprint(n), scenarioStart.Add(time.Duration(n)*time.Minute),
			scenario.Draft{Kind: scenario.Crash, Intensity: 5, Duration: time.Minute, Share: &share}))
	}
	p := wideMarket(t, 1)
	at := p.Sequence(scenarioStart.Add(15 * time.Minute))
	before := quotesAt(t, p, at)
	p.Follow(log)
	for i, quote := range quotesAt(t, p, at) {
		assert.InDelta(t, min(0, math.Log(quote.Price/before[i].Price)), math.Log(quote.Price/before[i].Price), 0.5)
		assert.GreaterOrEqual(t, math.Log(quote.Price/before[i].Price), -scenario.MaxOffset-1e-3)
	}
}

func TestACancelledScenarioRecoversFromWhereItIs(t *testing.T) {
	crash := inject(t, "crash", scenarioStart, scenario.Draft{Kind: scenario.Crash, Duration: 10 * time.Minute})
	halfway := scenarioStart.Add(5*time.Minute + 30*time.Second) // with a ramp of one minute, half of the move
	log := scenario.Log{crash, cancel("crash", halfway)}
	var made, left float64
	const seeds = 20
	for seed := range uint64(seeds) {
		p, usual := wideMarket(t, seed), wideMarket(t, seed)
		p.Follow(log)
		change := func(at time.Time) float64 {
			return math.Log(quotesAt(t, p, p.Sequence(at))[btc].Price / quotesAt(t, usual, p.Sequence(at))[btc].Price)
		}
		made += change(halfway) / seeds
		left += change(halfway.Add(20*time.Minute)) / seeds
	}
	assert.InDelta(t, math.Log(0.8)*300/570, made, 0.01)
	assert.InDelta(t, made/2, left, 0.01, "half of what was lost comes back")
	end := log.Scenarios()[0].End()
	assert.Equal(t, halfway.Add(20*time.Minute), end)
}
