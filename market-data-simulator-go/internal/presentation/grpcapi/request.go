package grpcapi

import (
	"fmt"
	"strings"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/barcsv"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/presentation/feed"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// DefaultInterval is the pace of a stream that does not ask for one.
const DefaultInterval = time.Second

// subscription checks and decodes what a reader wants.
func (c *catalogue) subscription(request *marketdatav1.StreamPricesRequest) (feed.Request, error) {
	wanted := feed.Request{Interval: DefaultInterval, AfterSequence: request.GetAfterSequence(), Heartbeats: request.GetHeartbeats(), Trades: request.GetIncludeTrades()}
	if len(request.GetSymbols()) == 0 {
		return wanted, errs.InvalidField("symbols", "", "at least one symbol; known are "+c.known)
	}
	var err error
	if wanted.Instruments, err = c.positionsOf(request.GetSymbols()); err != nil {
		return wanted, err
	}
	if given := request.GetUpdateIntervalMs(); given != 0 {
		wanted.Interval = time.Duration(given) * time.Millisecond
		if wanted.Interval < feed.MinInterval || wanted.Interval > feed.MaxInterval {
			return wanted, errs.InvalidField("update_interval_ms", given, fmt.Sprintf("%d to %d, or 0 for %d",
				feed.MinInterval.Milliseconds(), feed.MaxInterval.Milliseconds(), DefaultInterval.Milliseconds()))
		}
	}
	if err := readMode(request, &wanted); err != nil {
		return wanted, err
	}
	return wanted, readStart(request, &wanted)
}

// readMode decodes what the mode of a stream is about, and refuses fields that it does not have.
func readMode(request *marketdatav1.StreamPricesRequest, wanted *feed.Request) (err error) {
	paced := request.GetUpdateIntervalMs() != 0
	switch mode := request.GetMode(); mode {
	case marketdatav1.StreamMode_STREAM_MODE_UNSPECIFIED, marketdatav1.StreamMode_STREAM_MODE_CONFLATED:
	case marketdatav1.StreamMode_STREAM_MODE_LOSSLESS:
		wanted.Lossless = true
		if paced {
			return errs.InvalidField("update_interval_ms", request.GetUpdateIntervalMs(), "nothing: a lossless stream has every tick")
		}
	case marketdatav1.StreamMode_STREAM_MODE_BARS:
		wanted.ClosedOnly = request.GetClosedBarsOnly()
		if paced && wanted.ClosedOnly {
			return errs.InvalidField("update_interval_ms", request.GetUpdateIntervalMs(), "nothing: closed bars are sent when they close")
		}
		if wanted.Trades {
			return errs.InvalidField("include_trades", true, "nothing with STREAM_MODE_BARS")
		}
		wanted.Bars, err = barInterval("bar_interval", request.GetBarInterval())
		return err
	default:
		return errs.InvalidField("mode", mode, "STREAM_MODE_CONFLATED, STREAM_MODE_LOSSLESS or STREAM_MODE_BARS")
	}
	if request.GetBarInterval() != "" {
		return errs.InvalidField("bar_interval", shown(request.GetBarInterval()), "nothing without STREAM_MODE_BARS")
	}
	if request.GetClosedBarsOnly() {
		return errs.InvalidField("closed_bars_only", true, "nothing without STREAM_MODE_BARS")
	}
	return nil
}

// readStart decodes where a stream starts.
func readStart(request *marketdatav1.StreamPricesRequest, wanted *feed.Request) error {
	start := request.GetStartTime()
	if start == nil {
		return nil
	}
	if wanted.AfterSequence != 0 {
		return errs.InvalidField("start_time", start.AsTime().Format(time.RFC3339Nano), "nothing beside after_sequence")
	}
	wanted.StartTime = start.AsTime()
	if !start.IsValid() || !wanted.StartTime.After(path.Epoch) {
		return errs.InvalidField("start_time", wanted.StartTime.Format(time.RFC3339Nano), "a time after "+path.Epoch.Format(time.RFC3339)+", when prices begin")
	}
	return nil
}

// barInterval decodes the length of bars; field is where the request has it.
func barInterval(field, text string) (time.Duration, error) {
	if text == "" {
		return time.Minute, nil
	}
	offered := make([]string, len(feed.BarIntervals))
	for i, interval := range feed.BarIntervals {
		if offered[i] = barcsv.FormatInterval(interval); offered[i] == text {
			return interval, nil
		}
	}
	return 0, errs.InvalidField(field, shown(text), "one of "+strings.Join(offered, ", ")+", or nothing for 1m")
}

// positionsOf returns the positions of symbols in the feed. As each must be known and may be given once, no more are looked
// at than there are instruments.
func (c *catalogue) positionsOf(symbols []string) (positions []int, err error) {
	given := make([]bool, len(c.symbols))
	for i, symbol := range symbols {
		field := fmt.Sprintf("symbols[%d]", i)
		position, err := c.find(field, symbol)
		if err != nil {
			return nil, err
		}
		if given[position] {
			return nil, errs.InvalidField(field, symbol, "each symbol once")
		}
		given[position] = true
		positions = append(positions, position)
	}
	return positions, nil
}

// longestShown is how much of a caller's own text an error repeats: it travels in a header.
const longestShown = 64

func shown(text string) string {
	if len(text) <= longestShown {
		return text
	}
	return strings.ToValidUTF8(text[:longestShown], "") + "..."
}
