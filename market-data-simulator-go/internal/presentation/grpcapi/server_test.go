package grpcapi

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

const known = "BTC/USD, BTC/USDT, ETH/USD, USDT/USD"

func TestGetPriceAnswersWithTheLatestTick(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		time.Sleep(time.Second)
		response, err := api.GetPrice(t.Context(), &marketdatav1.GetPriceRequest{Symbol: "BTC/USD"})
		require.NoError(t, err)
		assert.Equal(t, "BTC/USD", response.GetUpdate().GetSymbol())
		assert.Equal(t, hourTicks+50, response.GetUpdate().GetSequence())
		assert.InDelta(t, 1800.5, response.GetUpdate().GetPrice(), 1e-9)
		assert.InDelta(t, 1700.5, response.GetUpdate().GetDayChange().GetPercent(), 1e-9)
	})
}

func TestAnUnknownSymbolIsRefusedListingTheKnownOnes(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		_, err := api.GetPrice(t.Context(), &marketdatav1.GetPriceRequest{Symbol: "DOGE/USD"})
		refused := requireRefused(t, err, codes.NotFound, "UNKNOWN_SYMBOL")
		assert.Equal(t, `unknown symbol "DOGE/USD": known are `+known, refused.Message())
		assert.Equal(t, map[string]string{"field": "symbol", "value": "DOGE/USD"}, refused.info.GetMetadata())
		err = firstOf(t, api, &marketdatav1.StreamPricesRequest{Symbols: []string{"BTC/USD", "DOGE/USD"}})
		refused = requireRefused(t, err, codes.NotFound, "UNKNOWN_SYMBOL")
		assert.Equal(t, "symbols[1]", refused.info.GetMetadata()["field"])
	})
}

// firstOf opens a stream and returns the error that it answers with, nil when it answers with a price.
func firstOf(t *testing.T, api *served, request *marketdatav1.StreamPricesRequest) error {
	stream, err := api.StreamPrices(t.Context(), request)
	require.NoError(t, err)
	_, err = stream.Recv()
	return err
}

func TestAMalformedStreamRequestIsRefusedNamingTheField(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		btc := []string{"BTC/USD"}
		for _, c := range []struct {
			request *marketdatav1.StreamPricesRequest
			field   string
			message string
		}{
			{&marketdatav1.StreamPricesRequest{}, "symbols", "at least one symbol; known are " + known},
			{&marketdatav1.StreamPricesRequest{Symbols: []string{"BTC/USD", "BTC/USD"}}, "symbols[1]", "each symbol once"},
			{&marketdatav1.StreamPricesRequest{Symbols: []string{"BTC/USD", ""}}, "symbols[1]", "a symbol; known are " + known},
			{&marketdatav1.StreamPricesRequest{Symbols: btc, UpdateIntervalMs: 19}, "update_interval_ms", "20 to 60000, or 0 for 1000"},
			{&marketdatav1.StreamPricesRequest{Symbols: btc, UpdateIntervalMs: 60_001}, "update_interval_ms", "20 to 60000, or 0 for 1000"},
		} {
			refused := requireRefused(t, firstOf(t, api, c.request), codes.InvalidArgument, "INVALID_FIELD")
			assert.Contains(t, refused.Message(), c.message)
			require.Len(t, refused.bad.GetFieldViolations(), 1)
			assert.Equal(t, c.field, refused.bad.GetFieldViolations()[0].GetField())
		}
		for _, interval := range []uint32{0, 20, 60_000} {
			require.NoError(t, firstOf(t, api, &marketdatav1.StreamPricesRequest{Symbols: btc, UpdateIntervalMs: interval}))
		}
	})
}

func TestAPriceOfNothingIsAMalformedRequest(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		_, err := api.GetPrice(t.Context(), &marketdatav1.GetPriceRequest{})
		refused := requireRefused(t, err, codes.InvalidArgument, "INVALID_FIELD")
		assert.Equal(t, `symbol is "": want a symbol; known are `+known, refused.Message())
	})
}

func TestAStreamAnswersInTheOrderOfItsSymbolsAndKeepsItsPace(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		stream, err := api.StreamPrices(t.Context(), &marketdatav1.StreamPricesRequest{
			Symbols: []string{"USDT/USD", "ETH/USD"}, UpdateIntervalMs: 100,
		})
		require.NoError(t, err)
		start := time.Now()
		for i := range uint64(20) {
			response, err := stream.Recv()
			require.NoError(t, err)
			assert.Equal(t, []string{"USDT/USD", "ETH/USD"}[i%2], response.GetUpdate().GetSymbol())
			assert.Equal(t, hourTicks+i/2*5, response.GetUpdate().GetSequence())
			assert.Equal(t, time.Duration(i/2)*100*time.Millisecond, time.Since(start))
		}
	})
}

func TestAStreamResumesOverTheWireAndRefusesTheFuture(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		request := &marketdatav1.StreamPricesRequest{Symbols: []string{"BTC/USD"}, UpdateIntervalMs: 1000, AfterSequence: hourTicks - 500}
		stream, err := api.StreamPrices(t.Context(), request)
		require.NoError(t, err)
		for i := range uint64(10) {
			response, err := stream.Recv()
			require.NoError(t, err)
			assert.Equal(t, hourTicks-450+50*i, response.GetUpdate().GetSequence())
			assert.Equal(t, hourTicks-500+50*i, response.GetPreviousSequence())
			assert.Equal(t, uint64(49), response.GetConflatedTicks())
		}
		request.AfterSequence = hourTicks + 1000
		refused := requireRefused(t, firstOf(t, api, request), codes.OutOfRange, "SEQUENCE_NOT_RETAINED")
		assert.Equal(t, "0", refused.info.GetMetadata()["earliest"])
		assert.Equal(t, "180000", refused.info.GetMetadata()["latest"])
	})
}

func TestOneStreamTooManyIsToldWhenToTryAgain(t *testing.T) {
	serve(t, 1, func(t *testing.T, api *served) {
		request := &marketdatav1.StreamPricesRequest{Symbols: []string{"BTC/USD"}}
		require.NoError(t, firstOf(t, api, request))
		refused := requireRefused(t, firstOf(t, api, request), codes.ResourceExhausted, "TOO_MANY_SUBSCRIBERS")
		assert.Equal(t, 5*time.Second, refused.retry.GetRetryDelay().AsDuration())
		assert.Equal(t, map[string]string{"limit": "1", "setting": "MAX_SUBSCRIBERS"}, refused.info.GetMetadata())
	})
}

func TestShutdownEndsAHundredOpenStreamsAtOnceSayingWhereToResume(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		var streams []marketdatav1.MarketDataService_StreamPricesClient
		for range 100 {
			stream, err := api.StreamPrices(t.Context(), &marketdatav1.StreamPricesRequest{Symbols: []string{"BTC/USD"}})
			require.NoError(t, err)
			_, err = stream.Recv()
			require.NoError(t, err)
			streams = append(streams, stream)
		}
		start := time.Now()
		require.True(t, api.server.StopWithin(stopLimit), "no stream had to be cut off")
		assert.Zero(t, time.Since(start))
		for _, stream := range streams {
			_, err := stream.Recv()
			refused := requireRefused(t, err, codes.Unavailable, "SHUTTING_DOWN")
			assert.Equal(t, "shutting down; resume elsewhere with after_sequence 180000", refused.Message())
		}
	})
}

func TestShutdownIsBoundedAlthoughAReaderNeverReads(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		stream, err := api.StreamPrices(t.Context(), &marketdatav1.StreamPricesRequest{
			Symbols: []string{"BTC/USD", "BTC/USDT", "ETH/USD", "USDT/USD"}, UpdateIntervalMs: 20,
		})
		require.NoError(t, err)
		time.Sleep(2 * time.Minute) // long enough to fill every buffer on the way
		synctest.Wait()
		start := time.Now()
		api.server.StopWithin(stopLimit)
		assert.LessOrEqual(t, time.Since(start), stopLimit)
		for err == nil {
			_, err = stream.Recv()
		}
	})
}
