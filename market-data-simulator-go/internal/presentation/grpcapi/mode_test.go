package grpcapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

const (
	lossless = marketdatav1.StreamMode_STREAM_MODE_LOSSLESS
	bars     = marketdatav1.StreamMode_STREAM_MODE_BARS
)

func TestAFieldThatTheModeOfAStreamDoesNotHaveIsRefused(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		for _, c := range []struct {
			request *marketdatav1.StreamPricesRequest
			field   string
			message string
		}{
			{&marketdatav1.StreamPricesRequest{Mode: 9}, "mode", "STREAM_MODE_CONFLATED, STREAM_MODE_LOSSLESS or STREAM_MODE_BARS"},
			{&marketdatav1.StreamPricesRequest{Mode: lossless, UpdateIntervalMs: 20}, "update_interval_ms", "a lossless stream has every tick"},
			{&marketdatav1.StreamPricesRequest{Mode: bars, ClosedBarsOnly: true, UpdateIntervalMs: 20}, "update_interval_ms", "closed bars are sent when they close"},
			{&marketdatav1.StreamPricesRequest{Mode: bars, BarInterval: "2m"}, "bar_interval", "one of 1s, 1m, 5m, 15m, 1h, 4h, 1d, or nothing for 1m"},
			{&marketdatav1.StreamPricesRequest{BarInterval: "1m"}, "bar_interval", "nothing without STREAM_MODE_BARS"},
			{&marketdatav1.StreamPricesRequest{Mode: bars, IncludeTrades: true}, "include_trades", "nothing with STREAM_MODE_BARS"},
			{&marketdatav1.StreamPricesRequest{ClosedBarsOnly: true}, "closed_bars_only", "nothing without STREAM_MODE_BARS"},
			{&marketdatav1.StreamPricesRequest{StartTime: timestamppb.New(path.Epoch)}, "start_time", "a time after 2026-01-01T00:00:00Z"},
			{&marketdatav1.StreamPricesRequest{StartTime: &timestamppb.Timestamp{Seconds: 1 << 40, Nanos: -1}}, "start_time", "a time after"},
			{&marketdatav1.StreamPricesRequest{StartTime: timestamppb.New(path.Epoch.Add(time.Hour)), AfterSequence: 1}, "start_time", "nothing beside after_sequence"},
		} {
			c.request.Symbols = []string{"BTC/USD"}
			refused := requireRefused(t, firstOf(t, api, c.request), codes.InvalidArgument, "INVALID_FIELD")
			assert.Contains(t, refused.Message(), c.message)
			require.Len(t, refused.bad.GetFieldViolations(), 1)
			assert.Equal(t, c.field, refused.bad.GetFieldViolations()[0].GetField())
		}
	})
}

func TestALosslessStreamFromThePastSendsEveryTickOverTheWire(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		stream, err := api.StreamPrices(t.Context(), &marketdatav1.StreamPricesRequest{
			Symbols: []string{"BTC/USD", "ETH/USD"}, Mode: lossless, StartTime: timestamppb.New(path.Epoch.Add(58 * time.Minute)),
		})
		require.NoError(t, err)
		for i := range uint64(2 * 6100) {
			response, err := stream.Recv()
			require.NoError(t, err)
			require.Equal(t, hourTicks-6000+i/2, response.GetUpdate().GetSequence())
			require.Zero(t, response.GetConflatedTicks())
		}
	})
}

func TestBarsAreStreamedOverTheWire(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		stream, err := api.StreamPrices(t.Context(), &marketdatav1.StreamPricesRequest{
			Symbols: []string{"BTC/USD"}, Mode: bars, BarInterval: "5m", StartTime: timestamppb.New(path.Epoch.Add(30 * time.Minute)), UpdateIntervalMs: 100,
		})
		require.NoError(t, err)
		for i := range 8 {
			response, err := stream.Recv()
			require.NoError(t, err)
			b := response.GetBar()
			assert.Equal(t, "5m", b.GetInterval())
			assert.Equal(t, i < 6, b.GetClosed())
			assert.Equal(t, path.Epoch.Add(time.Duration(30+5*min(i, 6))*time.Minute), b.GetStart().AsTime())
		}
	})
}
