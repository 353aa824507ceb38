package grpcapi

// GetHistory: bars of the past, computed when they are asked for.

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/barcsv"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// The sizes of a page of history, in bars.
const (
	DefaultHistoryPage = 100    // of each symbol
	MaxHistoryPage     = 10_000 // of each symbol
	MaxHistoryBars     = 50_000 // of all symbols together: 2 MB
)

// MaxHistoryCalls is how many calls may be under way at once: one computes, the others wait.
const MaxHistoryCalls = 64

// BarSource folds prices into bars; a scenariolog.Prices is one. One goroutine asks it at a time.
type BarSource interface {
	// BarsOf yields bars as path.Path.BarsOf does, under the scenarios that are known now.
	BarsOf(chosen []int, from, to time.Time, interval time.Duration, yield func([]bar.Bar) bool) error
}

// History answers GetHistory. Its source is used by one call at a time, so that history never takes more than one core from
// the feed; a source that was asked for one page is near the next.
type History struct {
	source BarSource
	now    func() time.Time // business time
	calls  chan struct{}
	turn   chan struct{}
}

// NewHistory makes a history of a source; now tells the business time, after which there are no bars.
func NewHistory(source BarSource, now func() time.Time) *History {
	return &History{source: source, now: now, calls: make(chan struct{}, MaxHistoryCalls), turn: make(chan struct{}, 1)}
}

// question is a request decoded.
type question struct {
	chosen   []int
	symbols  []string
	interval time.Duration
	start    time.Time // where the page's first bar opens
	end      time.Time // no bar of any page closes later
	size     int       // bars of each symbol
}

// GetHistory implements marketdata.v1.MarketDataService.
func (s *Server) GetHistory(ctx context.Context, request *marketdatav1.GetHistoryRequest) (*marketdatav1.GetHistoryResponse, error) {
	if s.History == nil {
		return s.UnimplementedMarketDataServiceServer.GetHistory(ctx, request)
	}
	asked, err := s.History.decode(s.catalogue, request)
	if err != nil {
		return nil, err
	}
	return s.History.page(ctx, asked)
}

// page computes the bars of one page.
func (h *History) page(ctx context.Context, asked question) (*marketdatav1.GetHistoryResponse, error) {
	select {
	case h.calls <- struct{}{}:
		defer func() { <-h.calls }()
	default:
		return nil, errs.New(errs.ResourceExhausted, "HISTORY_BUSY", "%d calls for history are under way, which is the limit: try again later", MaxHistoryCalls).
			WithRetryAfter(time.Second)
	}
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	count := min(int64(asked.end.Sub(asked.start)/asked.interval), int64(asked.size))
	if count <= 0 {
		return &marketdatav1.GetHistoryResponse{}, nil
	}
	until := asked.start.Add(time.Duration(count) * asked.interval)
	response := &marketdatav1.GetHistoryResponse{}
	for _, symbol := range asked.symbols {
		response.Bars = append(response.Bars, &marketdatav1.BarBlock{Symbol: symbol, Interval: barcsv.FormatInterval(asked.interval)})
	}
	err := h.source.BarsOf(asked.chosen, asked.start, until, asked.interval, func(bars []bar.Bar) bool {
		for i, one := range bars {
			add(response.Bars[i], one)
		}
		return ctx.Err() == nil
	})
	if err := errors.Join(err, ctx.Err()); err != nil {
		return nil, err
	}
	if !until.Add(asked.interval).After(asked.end) {
		response.NextPageToken = asked.token(until)
	}
	return response, nil
}

func (h *History) decode(known *catalogue, request *marketdatav1.GetHistoryRequest) (asked question, err error) {
	if asked.symbols = request.GetSymbols(); len(asked.symbols) == 0 {
		asked.symbols = known.symbols
	}
	if asked.chosen, err = known.positionsOf(asked.symbols); err != nil {
		return asked, err
	}
	if asked.interval, err = barInterval("interval", request.GetInterval()); err != nil {
		return asked, err
	}
	if asked.size, err = historySize(request.GetPageSize(), len(asked.symbols)); err != nil {
		return asked, err
	}
	if token := request.GetPageToken(); token != "" {
		return asked, asked.resume(token, h.now())
	}
	return asked, asked.span(request, h.now())
}

// span takes the times of a request.
func (q *question) span(request *marketdatav1.GetHistoryRequest, now time.Time) (err error) {
	q.end = now.Truncate(time.Microsecond)
	if request.GetEnd() != nil {
		if q.end, err = timeOf("end", request.GetEnd()); err != nil {
			return err
		}
	}
	if q.end.Before(path.Epoch) || q.end.After(now) {
		return errs.InvalidField("end", q.end.Format(time.RFC3339Nano), historyRange(now)+", or nothing for the latter")
	}
	if request.GetStart() == nil {
		q.start = q.end.Truncate(q.interval).Add(-time.Duration(q.size) * q.interval)
		if q.start.Before(path.Epoch) {
			q.start = path.Epoch
		}
		return nil
	}
	if q.start, err = timeOf("start", request.GetStart()); err != nil {
		return err
	}
	if q.start.Before(path.Epoch) || q.start.After(q.end) {
		return errs.InvalidField("start", q.start.Format(time.RFC3339Nano), historyRange(q.end)+", where the span ends")
	}
	if open := q.start.Truncate(q.interval); !open.Equal(q.start) {
		q.start = open.Add(q.interval)
	}
	return nil
}

// historyRange is the times that a span may begin and end at.
func historyRange(latest time.Time) string {
	return fmt.Sprintf("%s, where prices begin, to %s", path.Epoch.Format(time.RFC3339), latest.UTC().Format(time.RFC3339Nano))
}

func historySize(given int32, symbols int) (int, error) {
	most := min(MaxHistoryPage, MaxHistoryBars/symbols)
	switch size := int(given); {
	case size < 0 || size > most:
		return 0, errs.InvalidField("page_size", size, fmt.Sprintf("1 to %d bars of each of %d symbols, or 0 for %d",
			most, symbols, min(most, DefaultHistoryPage)))
	case size == 0:
		return min(most, DefaultHistoryPage), nil
	default:
		return size, nil
	}
}

// historyToken is what a page token holds: where its page opens (seconds since 1970), where the span ends (microseconds), and
// which bars it is about.
const historyToken = "bars:%d:%d:%s:%s"

func (q *question) token(next time.Time) string {
	text := fmt.Sprintf(historyToken, next.Unix(), q.end.UnixMicro(), barcsv.FormatInterval(q.interval), strings.Join(q.symbols, ","))
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// resume takes the times of a page token, if it is one of the same question.
func (q *question) resume(token string, now time.Time) error {
	var next, end int64
	decoded, _ := base64.RawURLEncoding.DecodeString(token) // what is not ours is found out below
	if _, err := fmt.Sscanf(string(decoded), "bars:%d:%d:", &next, &end); err == nil {
		q.start, q.end = time.Unix(next, 0).UTC(), time.UnixMicro(end).UTC()
	}
	if q.token(q.start) != token || q.start.Before(path.Epoch) || q.end.After(now) || !q.start.Equal(q.start.Truncate(q.interval)) {
		return errs.InvalidField("page_token", shown(token),
			"next_page_token of the page before, with the same symbols and interval, or nothing for the first page")
	}
	return nil
}
