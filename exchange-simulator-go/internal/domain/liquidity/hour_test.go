package liquidity_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
)

// The ranges stand around the figures of the tick sample that the constants were fitted to; BTC/USD, ETH/USD in brackets.
func TestAnHourLooksLikeTheSample(t *testing.T) {
	p := liquidity.Default(depth)
	p.TakesPerSecond = 9.4
	h := runHour(t, bitcoin, price, p, perHour, func(int) float64 { return ordinary })
	filled, large, share := h.fills()
	for _, figure := range []struct {
		what            string
		seen, low, high float64
	}{
		{"share of time with a spread of one tick, 0.99 (0.99)", h.oneTick, 0.95, 1},
		{"spread that 99 % of time lies below, basis points, 1.2 of quote changes (0.8)", quantile(h.spreads, 0.99), 0, 1.2},
		{"share of time with quotes on both sides", h.sides, 0.999, 1},
		{"share of seconds in which the middle stands, 0.60 (0.50)", h.standing, 0.4, 0.7},
		{"size at the touch over its mean", mean(h.touches) / depth, 0.9, 1.4},
		{"the 5 % quantile of it, 0.05 (0.11)", quantile(h.touches, 0.05) / depth, 0.03, 0.35},
		{"the median of it, 0.91 (0.79)", quantile(h.touches, 0.5) / depth, 0.7, 1.3},
		{"the 95 % quantile of it, 2.4 (2.6)", quantile(h.touches, 0.95) / depth, 1.8, 3.2},
		{"takes a second, 9.4", float64(len(h.taken)) / 3600, 8.4, 10.4},
		{"share of a take that is filled", filled, 0.99, 1.000001},
		{"share of takes as large as the touch, 0.028 (0.055)", large, 0.005, 0.06},
		{"median take over the touch, 0.0029 (0.0070)", share, 0.0015, 0.007},
		{"autocorrelation of signs at lag 1, 0.36 (0.50)", h.signs(1), 0.3, 0.5},
		{"autocorrelation of signs at lag 10, 0.175 (0.11)", h.signs(10), 0.1, 0.25},
		{"dispersion of arrivals in 0.1 s, 5.0 (4.1)", h.dispersion(0.1, perHour), 3, 5.5},
		{"dispersion of arrivals in 1 s, 13.4 (8.0)", h.dispersion(1, perHour), 8, 17},
		{"dispersion of arrivals in 10 s, 25.5 (12.3)", h.dispersion(10, perHour), 12, 32},
		{"orders and cancels of makers a step", h.orders, 0.5, 5},
		{"largest inventory of a maker over its limit", h.largest, 0, 0.8},
		{"quotes that would have traded", float64(h.dropped), 0, 0},
	} {
		t.Logf("%-80s %.4f", figure.what, figure.seen)
		assert.GreaterOrEqual(t, figure.seen, figure.low, figure.what)
		assert.LessOrEqual(t, figure.seen, figure.high, figure.what)
	}
}

// fills returns the mean share of a take that was filled, the share of takes not smaller than the touch, and the median of
// a take over the touch.
func (h *hour) fills() (filled, large, median float64) {
	var shares []float64
	for _, take := range h.taken {
		filled += float64(take.fills) / float64(take.wants) / float64(len(h.taken))
		shares = append(shares, float64(take.wants)/float64(take.touch))
		if take.wants >= take.touch {
			large += 1 / float64(len(h.taken))
		}
	}
	return filled, large, quantile(shares, 0.5)
}

func TestACrashWidensTheSpreadAndBringsMoreTakers(t *testing.T) {
	const minute = 600
	crash := func(step int) float64 {
		if step/minute == 20 {
			return 12
		}
		return ordinary
	}
	h := runHour(t, bitcoin, price, liquidity.Default(depth), 30*minute, crash)
	count := func(from int) (takes float64) {
		for _, take := range h.taken {
			if int(take.second)/60 == from {
				takes++
			}
		}
		return takes
	}
	calm, wide := mean(h.spreads[10*minute:20*minute]), mean(h.spreads[20*minute+100:21*minute])
	t.Logf("spread %.4f bps before and %.1f in it; takes a minute %.0f before, %.0f in it", calm, wide, count(19), count(20))
	assert.Less(t, calm, 0.1)
	assert.Greater(t, wide, 5.0)
	assert.Greater(t, count(20), 1.5*60)
	assert.Less(t, mean(h.spreads[29*minute:]), 0.1, "and it is over when it is over")
}

func TestCoarseTicksAndLowPricesHaveABookToo(t *testing.T) {
	for _, one := range []struct {
		symbol                 string
		instrument             liquidity.Instrument
		price, depth, yearly   float64
		leastOneTick, standing float64
	}{
		{"ADA/BTC", liquidity.Instrument{TickLot: 1e-8 * 0.1, MinLots: 10, MaxLots: 1e9, MinNotional: 0.0001}, 1500, 0.3, 0.7, 0.7, 0.5},
		{"SOL/USD", liquidity.Instrument{TickLot: 0.01 * 0.01, MinLots: 1, MaxLots: 1e8, MinNotional: 5}, 2500, 20_000, 1.2, 0.7, 0.3},
		{"DOT/USD", liquidity.Instrument{TickLot: 0.001 * 0.01, MinLots: 1, MaxLots: 1e8, MinNotional: 5}, 6000, 8000, 1.1, 0.7, 0.3},
		{"USDT/USD", liquidity.Instrument{TickLot: 0.00001 * 0.01, MinLots: 1, MaxLots: 1e10, MinNotional: 5}, 100_000, 500_000, 0.007, 0.9, 0.5},
	} {
		p := liquidity.Default(one.depth)
		p.Volatility = one.yearly
		h := runHour(t, one.instrument, one.price, p, perHour, func(int) float64 { return one.yearly })
		t.Logf("%s: one tick %.3f, both sides %.4f, middle stands %.3f, touch %.2f, orders %.2f, inventory %.2f, takes a second %.2f, dropped %d",
			one.symbol, h.oneTick, h.sides, h.standing, mean(h.touches)/one.depth, h.orders, h.largest, float64(len(h.taken))/3600, h.dropped)
		assert.Greater(t, h.oneTick, one.leastOneTick, one.symbol)
		assert.Greater(t, h.standing, one.standing, one.symbol)
		assert.Greater(t, h.sides, 0.999, one.symbol)
		assert.Less(t, h.largest, 0.8, one.symbol)
		assert.Less(t, h.orders, 5.0, one.symbol)
		assert.InDelta(t, 1, float64(len(h.taken))/3600, 0.3, one.symbol)
		assert.InDelta(t, 1.2, mean(h.touches)/one.depth, 0.9, one.symbol)
		assert.Zero(t, h.dropped, one.symbol)
	}
}

func TestInventoryStaysWithinItsLimitUnderOneSidedFlow(t *testing.T) {
	p := liquidity.Default(depth)
	p.Inventory = 10
	source, err := liquidity.New(bitcoin, p, 3)
	require.NoError(t, err)
	b := newNaiveBook(p.Makers, p.Takers)
	b.view.Reference = price
	var intentions []liquidity.Intention
	for step := range perHour {
		intentions = source.Step(int64(step+1)*stepTime, b.look(), intentions[:0])
		b.execute(0, intentions)
		b.trade(liquidity.Intention{Side: liquidity.Sell, Lots: 50_000, Price: 1}) // half a bitcoin from outside
		for _, maker := range b.view.Makers {
			require.LessOrEqual(t, float64(maker.Inventory)*price*bitcoin.TickLot, p.Inventory*p.Depth*1.001)
		}
	}
	assert.Empty(t, b.orders[liquidity.Buy], "none wants more")
	assert.NotEmpty(t, b.orders[liquidity.Sell])
}
