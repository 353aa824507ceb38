package grpcapi

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/presentation/feed"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

func TestInstrumentsAreListedBySymbolWithExactStepsAndTheirSource(t *testing.T) {
	page, next, err := newCatalogue(shop(t)).page(&marketdatav1.ListInstrumentsRequest{})
	require.NoError(t, err)
	assert.Empty(t, next)
	require.Len(t, page, 4)
	assert.True(t, proto.Equal(&marketdatav1.Instrument{
		Symbol: "BTC/USDT", Base: "BTC", Quote: "USDT", TickSize: "0.01", LotSize: "0.01",
		PriceSource: marketdatav1.PriceSource_PRICE_SOURCE_DERIVED, DerivedFrom: []string{"BTC/USD", "USDT/USD"},
	}, page[1]))
	assert.Equal(t, marketdatav1.PriceSource_PRICE_SOURCE_MODELLED, page[0].GetPriceSource())
	assert.Equal(t, marketdatav1.PriceSource_PRICE_SOURCE_PEGGED, page[3].GetPriceSource())
}

func TestPagesOfAnySizeTogetherAreTheWholeList(t *testing.T) {
	var many []instrument.Instrument
	for i := range 250 {
		many = append(many, instrument.Instrument{Symbol: fmt.Sprintf("C%03d/USD", (i*37)%250), Tick: shop(t)[0].Tick, Lot: shop(t)[0].Lot})
	}
	c := newCatalogue(many)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int32Range(0, MaxPageSize).Draw(t, "size")
		var all []string
		request := &marketdatav1.ListInstrumentsRequest{PageSize: size}
		for first := true; first || request.PageToken != ""; first = false {
			page, next, err := c.page(request)
			require.NoError(t, err)
			for _, one := range page {
				all = append(all, one.GetSymbol())
			}
			request.PageToken = next
		}
		require.Equal(t, c.symbols, all)
	})
}

func TestForeignTokensAndImpossibleSizesAreRefused(t *testing.T) {
	c := newCatalogue(shop(t))
	foreign := base64.RawURLEncoding.EncodeToString([]byte("offset=2"))
	gone := pageToken("AAA/USD")
	for _, token := range []string{"2", "!", foreign, gone, pageToken("BTC/USD") + "=", strings.Repeat("x", 10_000)} {
		_, _, err := c.page(&marketdatav1.ListInstrumentsRequest{PageToken: token})
		var refused *errs.Error
		require.ErrorAs(t, err, &refused, token)
		assert.Equal(t, errs.Invalid, refused.Kind)
		assert.Equal(t, "page_token", refused.Metadata["field"])
		assert.Less(t, len(refused.Message), 300)
	}
	for _, size := range []int32{-1, MaxPageSize + 1} {
		_, _, err := c.page(&marketdatav1.ListInstrumentsRequest{PageSize: size})
		require.ErrorContains(t, err, "page_size")
		require.ErrorContains(t, err, "1 to 1000, or 0 for 100")
	}
}

func FuzzStreamPricesRequestIsSoundOrRefused(f *testing.F) {
	for _, request := range []*marketdatav1.StreamPricesRequest{
		{},
		{Symbols: []string{"BTC/USD", "ETH/USD"}, UpdateIntervalMs: 100},
		{Symbols: []string{"BTC/USD", "BTC/USD"}},
		{Symbols: []string{strings.Repeat("é", 100)}, UpdateIntervalMs: 1 << 31},
		{Symbols: []string{"BTC/USD"}, UpdateIntervalMs: 60_001, AfterSequence: 1 << 63},
	} {
		encoded, err := proto.Marshal(request)
		require.NoError(f, err)
		f.Add(encoded)
	}
	c := newCatalogue(shop(f))
	f.Fuzz(func(t *testing.T, encoded []byte) {
		var request marketdatav1.StreamPricesRequest
		if proto.Unmarshal(encoded, &request) != nil {
			return
		}
		wanted, err := c.subscription(&request)
		if err != nil {
			require.Contains(t, []errs.Kind{errs.Invalid, errs.NotFound}, errs.KindOf(err))
			require.Less(t, proto.Size(errs.Status(err, "market-data").Proto()), 2000, "it fits a header")
			return
		}
		require.Len(t, wanted.Instruments, len(request.GetSymbols()))
		require.GreaterOrEqual(t, wanted.Interval, feed.MinInterval)
		require.LessOrEqual(t, wanted.Interval, feed.MaxInterval)
		seen := map[int]bool{}
		for _, position := range wanted.Instruments {
			require.False(t, seen[position])
			seen[position] = true
		}
	})
}
