package grpcapi

import (
	"fmt"
	"strings"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/presentation/feed"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// DefaultInterval is the pace of a stream that does not ask for one.
const DefaultInterval = time.Second

// subscription checks and decodes what a reader wants.
func (c *catalogue) subscription(request *marketdatav1.StreamPricesRequest) (feed.Request, error) {
	wanted := feed.Request{Interval: DefaultInterval, AfterSequence: request.GetAfterSequence(), Trades: request.GetIncludeTrades()}
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
	return wanted, nil
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
