package grpcapi

import (
	"context"
	"encoding/base64"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/presentation/feed"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// hoursOpen is a source whose bars open at the number of hours since the epoch.
type hoursOpen struct{ entered, leave chan struct{} }

func (h hoursOpen) BarsOf(chosen []int, from, to time.Time, interval time.Duration, yield func([]bar.Bar) bool) error {
	if h.entered != nil {
		h.entered <- struct{}{}
		<-h.leave
	}
	bars := make([]bar.Bar, len(chosen))
	for open := from; !open.Add(interval).After(to); open = open.Add(interval) {
		for i := range bars {
			bars[i] = bar.Bar{Time: open, Open: open.Sub(path.Epoch).Hours(), Volume: float64(chosen[i])}
		}
		if !yield(bars) {
			break
		}
	}
	return nil
}

// historyNow is the business time of these tests: 50 hours and a second after the first price.
func historyNow() time.Time { return path.Epoch.Add(50*time.Hour + time.Second) }

func historian(t testing.TB) *Server {
	s := NewServer(nil, shop(t), nil)
	s.History = NewHistory(hoursOpen{}, historyNow)
	return s
}

func at(since time.Duration) *timestamppb.Timestamp { return timestamppb.New(path.Epoch.Add(since)) }

func TestHistoryWithoutASpanIsTheLatestPage(t *testing.T) {
	got, err := historian(t).GetHistory(t.Context(), &marketdatav1.GetHistoryRequest{Symbols: []string{"ETH/USD"}, Interval: "1h", PageSize: 3})
	require.NoError(t, err)
	require.Len(t, got.GetBars(), 1)
	assert.Equal(t, []float64{47, 48, 49}, got.GetBars()[0].GetOpen(), "the fiftieth hour is not over")
	assert.Equal(t, path.Epoch.Add(47*time.Hour), got.GetBars()[0].GetStart().AsTime())
	assert.Equal(t, "1h", got.GetBars()[0].GetInterval())
	assert.Empty(t, got.GetNextPageToken())
	got, err = historian(t).GetHistory(t.Context(), &marketdatav1.GetHistoryRequest{Interval: "4h"})
	require.NoError(t, err)
	require.Len(t, got.GetBars(), 4, "all symbols")
	assert.Equal(t, "BTC/USD", got.GetBars()[0].GetSymbol())
	assert.Len(t, got.GetBars()[0].GetOpen(), 12, "from the first price on")
}

func TestASpanBeginsAndEndsWithWholeBars(t *testing.T) {
	got, err := historian(t).GetHistory(t.Context(), &marketdatav1.GetHistoryRequest{
		Symbols: []string{"BTC/USD"}, Interval: "1h", Start: at(90 * time.Minute), End: at(239 * time.Minute),
	})
	require.NoError(t, err)
	assert.Equal(t, []float64{2}, got.GetBars()[0].GetOpen())
	got, err = historian(t).GetHistory(t.Context(), &marketdatav1.GetHistoryRequest{Interval: "1d", Start: at(time.Hour), End: at(47 * time.Hour)})
	require.NoError(t, err)
	assert.Empty(t, got.GetBars(), "no day fits")
}

func TestPagesOfHistoryTogetherAreTheWholeSpan(t *testing.T) {
	s := historian(t)
	rapid.Check(t, func(t *rapid.T) {
		first := time.Duration(rapid.IntRange(0, 3000).Draw(t, "start")) * time.Minute
		last := time.Duration(rapid.IntRange(int(first/time.Minute), 3000).Draw(t, "end")) * time.Minute
		interval := rapid.SampledFrom(feed.BarIntervals[2:]).Draw(t, "interval")
		request := &marketdatav1.GetHistoryRequest{
			Symbols: []string{"BTC/USD", "ETH/USD"}, Interval: strings.TrimSuffix(strings.TrimSuffix(interval.String(), "0s"), "0m"),
			Start: at(first), End: at(last), PageSize: rapid.Int32Range(0, 400).Draw(t, "size"),
		}
		if interval == 24*time.Hour {
			request.Interval = "1d"
		}
		var opens []float64
		for more := true; more; more = request.PageToken != "" {
			page, err := s.GetHistory(context.Background(), request)
			require.NoError(t, err)
			for _, block := range page.GetBars()[:min(1, len(page.GetBars()))] {
				opens = append(opens, block.GetOpen()...)
			}
			request.PageToken = page.GetNextPageToken()
		}
		var want []float64
		for open := path.Epoch.Add(first + interval - 1).Truncate(interval); !open.Add(interval).After(path.Epoch.Add(last)); open = open.Add(interval) {
			want = append(want, open.Sub(path.Epoch).Hours())
		}
		require.Equal(t, want, opens)
	})
}

func TestHistoryRefusesWhatItDoesNotHaveAndNamesTheFieldAndItsRange(t *testing.T) {
	s := historian(t)
	for name, test := range map[string]struct {
		request *marketdatav1.GetHistoryRequest
		says    string
	}{
		"before the epoch":   {&marketdatav1.GetHistoryRequest{Start: at(-time.Second)}, `start is "2025-12-31T23:59:59Z": want 2026-01-01T00:00:00Z, where prices begin, to 2026-01-03T02:00:01Z`},
		"ends before it":     {&marketdatav1.GetHistoryRequest{End: at(-time.Second)}, "end is"},
		"in the future":      {&marketdatav1.GetHistoryRequest{Start: at(0), End: at(51 * time.Hour)}, "to 2026-01-03T02:00:01Z, or nothing for the latter"},
		"begins there":       {&marketdatav1.GetHistoryRequest{Start: at(51 * time.Hour)}, "start is"},
		"upside down":        {&marketdatav1.GetHistoryRequest{Start: at(2 * time.Hour), End: at(time.Hour)}, "start is"},
		"no time at all":     {&marketdatav1.GetHistoryRequest{Start: &timestamppb.Timestamp{Seconds: math.MaxInt64}}, "start is"},
		"another interval":   {&marketdatav1.GetHistoryRequest{Interval: "7m"}, `interval is "7m": want one of 1s, 1m, 5m, 15m, 1h, 4h, 1d`},
		"too many bars":      {&marketdatav1.GetHistoryRequest{Symbols: []string{"BTC/USD"}, PageSize: 10_001}, "page_size is 10001: want 1 to 10000 bars of each of 1 symbols"},
		"of no symbols":      {&marketdatav1.GetHistoryRequest{PageSize: -1}, "page_size is -1"},
		"a symbol twice":     {&marketdatav1.GetHistoryRequest{Symbols: []string{"BTC/USD", "BTC/USD"}}, `symbols[1] is "BTC/USD": want each symbol once`},
		"somebody's token":   {&marketdatav1.GetHistoryRequest{PageToken: "x"}, `page_token is "x"`},
		"an old one's":       {&marketdatav1.GetHistoryRequest{PageToken: base64.RawURLEncoding.EncodeToString([]byte("bars:1:2:"))}, "page_token is"},
		"an endless token's": {&marketdatav1.GetHistoryRequest{PageToken: strings.Repeat("x", 10_000)}, "page_token is"},
	} {
		_, err := s.GetHistory(t.Context(), test.request)
		refused := requireRefused(t, err, codes.InvalidArgument, "INVALID_FIELD")
		assert.Contains(t, refused.Message(), test.says, name)
	}
	_, err := s.GetHistory(t.Context(), &marketdatav1.GetHistoryRequest{Symbols: []string{"BTC/EUR"}})
	assert.Contains(t, requireRefused(t, err, codes.NotFound, "UNKNOWN_SYMBOL").Message(), "known are BTC/USD")
}

func TestATokenIsOfOneQuestion(t *testing.T) {
	s := historian(t)
	request := &marketdatav1.GetHistoryRequest{Symbols: []string{"BTC/USD"}, Interval: "1h", Start: at(0), PageSize: 2}
	first, err := s.GetHistory(t.Context(), request)
	require.NoError(t, err)
	request.PageToken = first.GetNextPageToken()
	for _, change := range []func(*marketdatav1.GetHistoryRequest){
		func(r *marketdatav1.GetHistoryRequest) { r.Interval = "5m" },
		func(r *marketdatav1.GetHistoryRequest) { r.Symbols = []string{"ETH/USD"} },
	} {
		other := proto.CloneOf(request)
		change(other)
		_, err = s.GetHistory(t.Context(), other)
		requireRefused(t, err, codes.InvalidArgument, "INVALID_FIELD")
	}
	s.History.now = func() time.Time { return path.Epoch.Add(time.Hour) }
	_, err = s.GetHistory(t.Context(), request)
	requireRefused(t, err, codes.InvalidArgument, "INVALID_FIELD")
}

func TestOneCallComputesAndTooManyAreRefused(t *testing.T) {
	s := historian(t)
	source := hoursOpen{entered: make(chan struct{}), leave: make(chan struct{})}
	s.History = NewHistory(source, historyNow)
	answers := make(chan error, MaxHistoryCalls)
	for range MaxHistoryCalls {
		go func() {
			_, err := s.GetHistory(t.Context(), &marketdatav1.GetHistoryRequest{})
			answers <- err
		}()
	}
	<-source.entered
	require.Eventually(t, func() bool { return len(s.History.calls) == MaxHistoryCalls }, 10*time.Second, time.Millisecond)
	_, err := s.GetHistory(t.Context(), &marketdatav1.GetHistoryRequest{})
	assert.Equal(t, errs.ResourceExhausted, errs.KindOf(err))
	source.leave <- struct{}{}
	for range MaxHistoryCalls - 1 {
		<-source.entered
		source.leave <- struct{}{}
	}
	for range MaxHistoryCalls {
		require.NoError(t, <-answers)
	}
}
