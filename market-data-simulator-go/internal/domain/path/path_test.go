package path

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
		{Symbol: "USDT/USD", Base: "USDT", Quote: "USD", TickSize: "0.00001", LotSize: "0.01", PriceSource: instrument.Pegged,
			Peg: &instrument.PegEntry{Mean: "1", Bps: 3, HalfLife: "12h"}},
		{Symbol: "BTC/USDT", Base: "BTC", Quote: "USDT", TickSize: "0.01", LotSize: "0.00001", PriceSource: instrument.Derived,
			Numerator: "BTC/USD", Denominator: "USDT/USD"},
	}}
	instruments, err := document.Decode()
	require.NoError(t, err)
	flat := profile.Pair{Shock: profile.Shock{Sigma: 0.001, Alpha: 0.1, Beta: 0.88, Nu: 5, Common: 0.5},
		Volume: profile.Volume{Level: 2, Volatility: 0.8, Shock: 0.5, Persistence: 0.5, Residual: 0.7}}
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

func TestBarsAreTheFoldOfTheirTicks(t *testing.T) {
	p := newPath(t, 7)
	quotes := make([]Quote, len(p.Symbols()))
	from := Epoch.Add(3 * time.Hour)
	err := p.Bars(from, from.Add(2*time.Minute), 10*time.Second, func(bars []bar.Bar) bool {
		first := p.Sequence(bars[0].Time)
		for i := range bars {
			folded := bar.Bar{Time: bars[i].Time}
			for tick := range uint64(500) {
				require.NoError(t, p.At(first+tick, quotes))
				q := quotes[i]
				if tick == 0 {
					folded.Open, folded.High, folded.Low = q.Price, q.Price, q.Price
				}
				folded.High, folded.Low, folded.Close = max(folded.High, q.Price), min(folded.Low, q.Price), q.Price
			}
			folded.Volume = bars[i].Volume
			assert.Equal(t, folded, bars[i], p.Symbols()[i])
		}
		return true
	})
	require.NoError(t, err)
}
