package prices

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// archive has hourly bars of two symbols, one a page, whose opens count the hours since noon.
type archive struct {
	marketdatav1.MarketDataServiceClient
	asked []*marketdatav1.GetHistoryRequest
}

func (a *archive) GetPrice(context.Context, *marketdatav1.GetPriceRequest, ...grpc.CallOption) (*marketdatav1.GetPriceResponse, error) {
	return &marketdatav1.GetPriceResponse{Update: &marketdatav1.PriceUpdate{BusinessTime: timestamppb.New(noon.Add(2 * time.Hour))}}, nil
}

func (a *archive) GetHistory(_ context.Context, request *marketdatav1.GetHistoryRequest, _ ...grpc.CallOption) (*marketdatav1.GetHistoryResponse, error) {
	a.asked = append(a.asked, request)
	hour := float64(len(request.GetPageToken()))
	page := &marketdatav1.GetHistoryResponse{}
	for _, symbol := range request.GetSymbols() {
		column := []float64{hour}
		page.Bars = append(page.Bars, &marketdatav1.BarBlock{
			Symbol: symbol, Start: timestamppb.New(noon.Add(time.Duration(hour) * time.Hour)), Open: column, High: column, Low: column, Close: column, Volume: column,
		})
	}
	if hour == 0 {
		page.NextPageToken = "x"
	}
	return page, nil
}

func TestHistoryIsReadPageByPageInOrderOfTime(t *testing.T) {
	var lines []string
	feed := &archive{}
	past := Past{Symbols: []string{"BTC/USD", "ETH/USD"}, Interval: "1h", Since: 2 * time.Hour}
	require.NoError(t, History(t.Context(), feed, past, func(one Bar) error {
		lines = append(lines, BarLine(one, 1))
		return nil
	}))
	assert.Equal(t, []string{
		"2026-03-01T12:00:00Z BTC/USD open 0.0 high 0.0 low 0.0 close 0.0 volume 0.00",
		"2026-03-01T12:00:00Z ETH/USD open 0.0 high 0.0 low 0.0 close 0.0 volume 0.00",
		"2026-03-01T13:00:00Z BTC/USD open 1.0 high 1.0 low 1.0 close 1.0 volume 1.00",
		"2026-03-01T13:00:00Z ETH/USD open 1.0 high 1.0 low 1.0 close 1.0 volume 1.00",
	}, lines)
	assert.Equal(t, noon, feed.asked[0].GetStart().AsTime())
	broken := errors.New("broken pipe")
	require.ErrorIs(t, History(t.Context(), feed, past, func(Bar) error { return broken }), broken)
}
