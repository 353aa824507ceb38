package liquidity_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
)

// standing is a source whose book is complete after some steps on a reference that does not move.
func standing(t *testing.T, p liquidity.Parameters) (*liquidity.Source, *naiveBook, func() []liquidity.Intention) {
	source, err := liquidity.New(bitcoin, p, 1)
	require.NoError(t, err)
	b := newNaiveBook(p.Makers, p.Takers)
	b.view.Reference = price
	now := int64(0)
	step := func() []liquidity.Intention {
		now += stepTime
		intentions := source.Step(now, b.look(), nil)
		b.execute(0, intentions)
		return intentions
	}
	for range 20 {
		step()
	}
	return source, b, step
}

func quiet() liquidity.Parameters {
	p := liquidity.Default(depth)
	p.Takers = 0
	return p
}

func TestEveryMakerQuotesItsLevelsOnBothSidesOneTickApart(t *testing.T) {
	p := quiet()
	_, b, _ := standing(t, p)
	assert.Len(t, b.orders[liquidity.Buy], p.Makers*p.Levels)
	assert.Len(t, b.orders[liquidity.Sell], p.Makers*p.Levels)
	assert.Equal(t, int64(1), b.best(liquidity.Sell)-b.best(liquidity.Buy))
	assert.InDelta(t, price, float64(b.best(liquidity.Buy)), 1)
}

func TestAStaleReferenceTakesAllQuotesBackAndStopsTheTakers(t *testing.T) {
	p := liquidity.Default(depth)
	for _, stale := range []func(*liquidity.View){
		func(v *liquidity.View) { v.Stale = true },
		func(v *liquidity.View) { v.Reference = 0 },
		func(v *liquidity.View) { v.Reference = math.NaN() },
		func(v *liquidity.View) { v.Reference = math.Inf(1) },
	} {
		_, b, step := standing(t, p)
		stale(&b.view)
		for _, intention := range step() {
			assert.Equal(t, liquidity.Cancel, intention.Kind)
		}
		assert.Empty(t, b.orders[liquidity.Buy])
		assert.Empty(t, b.orders[liquidity.Sell])
		for range 1000 {
			require.Empty(t, step())
		}
		b.view.Stale, b.view.Reference = false, price
		step()
		assert.NotEmpty(t, b.orders[liquidity.Buy], "and a fresh one brings them back")
	}
}

func TestTheOperatorsMultiplierWidensTheSpread(t *testing.T) {
	p := quiet()
	p.SpreadBps = 2
	_, b, step := standing(t, p)
	assert.InDelta(t, price*2e-4, float64(b.best(liquidity.Sell)-b.best(liquidity.Buy)), 1)
	b.view.SpreadMultiplier = 10
	for range 10 {
		step()
	}
	assert.InDelta(t, price*2e-3, float64(b.best(liquidity.Sell)-b.best(liquidity.Buy)), 1)
}

func TestALongMakerLowersItsPrices(t *testing.T) {
	p := quiet()
	p.Makers = 1
	_, b, step := standing(t, p)
	before := b.best(liquidity.Buy)
	b.view.Makers[0].Inventory = int64(p.Inventory*depth/(price*bitcoin.TickLot)) / 2
	for range 10 {
		step()
	}
	shift := before - b.best(liquidity.Buy)
	ofASecond := 0.6 / math.Sqrt(365*24*3600) * price
	assert.InDelta(t, 1.25*ofASecond, float64(shift), 0.5*ofASecond, "half way to the limit of 2.5 standard deviations of a second")
	assert.Equal(t, int64(1), b.best(liquidity.Sell)-b.best(liquidity.Buy))
}

func TestQuotesHeedTheOrdersOfOthers(t *testing.T) {
	_, b, step := standing(t, quiet())
	outside := b.best(liquidity.Sell) + 500
	b.orders[liquidity.Sell] = nil
	b.place(-1, liquidity.Buy, outside, 1000)
	for range 10 {
		step()
	}
	assert.Zero(t, b.dropped)
	assert.Equal(t, outside+1, b.best(liquidity.Sell))
}

func TestAFilledQuoteComesBackAndTheOthersKeepTheirPlace(t *testing.T) {
	p := quiet()
	_, b, step := standing(t, p)
	first := b.orders[liquidity.Buy][0]
	b.trade(liquidity.Intention{Side: liquidity.Sell, Lots: first.Lots, Price: 1})
	placed := 0
	for _, intention := range step() {
		if intention.Kind == liquidity.Place {
			placed++
			assert.Equal(t, first.maker, intention.Participant)
			assert.Equal(t, first.Price, intention.Price)
		}
	}
	assert.Equal(t, 1, placed)
}

func TestFewerMakersMeansThatTheOthersLeave(t *testing.T) {
	p := quiet()
	source, b, step := standing(t, p)
	p.Makers = 0
	require.NoError(t, source.SetParameters(p))
	step()
	assert.Empty(t, b.orders[liquidity.Buy])
	assert.Empty(t, b.orders[liquidity.Sell])
}

func TestAStepIsBoundedHoweverMuchTimeHasPassed(t *testing.T) {
	p := liquidity.Default(depth)
	p.Makers, p.Levels, p.TakesPerSecond = liquidity.MaxMakers, liquidity.MaxLevels, 100
	source, err := liquidity.New(bitcoin, p, 1)
	require.NoError(t, err)
	b := newNaiveBook(p.Makers, p.Takers)
	b.view.Reference = price
	for day := range 100 {
		b.view.Reference *= 1.01
		resting := len(b.orders[0]) + len(b.orders[1])
		intentions := source.Step(int64(day)*24*3600e9, b.look(), nil)
		require.LessOrEqual(t, len(intentions), resting+liquidity.MaxPlaces+liquidity.MaxTakes)
		b.execute(0, intentions)
	}
}

func TestNobodySpendsMoreThanItHas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := liquidity.Default(depth)
		p.TakesPerSecond = 100
		source, err := liquidity.New(bitcoin, p, rapid.Uint64().Draw(t, "seed"))
		require.NoError(t, err)
		b := newNaiveBook(p.Makers, p.Takers)
		have := rapid.Int64Range(0, 5e6)
		for step := range 20 {
			b.view.Reference = price * rapid.Float64Range(0.9, 1.1).Draw(t, "reference")
			view := b.look()
			var free [3][2][2]int64 // by kind, participant and side; makers and takers are at most two here
			for n := range view.Makers[:2] {
				view.Makers[n].CanBuy, view.Makers[n].CanSell = have.Draw(t, "buy"), have.Draw(t, "sell")
				free[liquidity.Place][n] = [2]int64{view.Makers[n].CanBuy, view.Makers[n].CanSell}
				view.Takers[n] = liquidity.Taker{CanBuy: have.Draw(t, "taker buys"), CanSell: have.Draw(t, "taker sells")}
				free[liquidity.Take][n] = [2]int64{view.Takers[n].CanBuy, view.Takers[n].CanSell}
			}
			lots := map[uint64]liquidity.Quote{}
			for _, maker := range view.Makers {
				for _, quote := range maker.Quotes {
					lots[quote.ID] = quote
				}
			}
			intentions := source.Step(int64(step+1)*stepTime, view, nil)
			for _, i := range intentions {
				if i.Participant > 1 {
					continue
				}
				if i.Kind == liquidity.Cancel {
					free[liquidity.Place][i.Participant][lots[i.ID].Side] += lots[i.ID].Lots
					continue
				}
				free[i.Kind][i.Participant][i.Side] -= i.Lots
				require.GreaterOrEqual(t, free[i.Kind][i.Participant][i.Side], int64(0), "%+v", i)
				require.GreaterOrEqual(t, i.Lots, bitcoin.MinLots)
				require.LessOrEqual(t, i.Lots, bitcoin.MaxLots)
				require.GreaterOrEqual(t, float64(i.Lots)*float64(i.Price)*bitcoin.TickLot, bitcoin.MinNotional)
			}
			b.execute(0, intentions)
		}
	})
}

func TestAStepAllocatesNothing(t *testing.T) {
	source, b, _ := standing(t, liquidity.Default(depth))
	intentions := make([]liquidity.Intention, 0, 256)
	now := int64(1e12)
	view := b.look()
	assert.Zero(t, testing.AllocsPerRun(1000, func() {
		now += stepTime
		view.Reference *= 1.0001
		intentions = source.Step(now, view, intentions[:0])
	}))
}

func BenchmarkStep(b *testing.B) {
	source, err := liquidity.New(bitcoin, liquidity.Default(depth), 1)
	require.NoError(b, err)
	book := newNaiveBook(3, 3)
	book.view.Reference = price
	var intentions []liquidity.Intention
	now := int64(1)
	for range 20 {
		now += stepTime
		intentions = source.Step(now, book.look(), intentions[:0])
		book.execute(0, intentions)
	}
	view := book.look()
	b.ReportAllocs()
	for b.Loop() {
		now += stepTime
		intentions = source.Step(now, view, intentions[:0])
	}
}
