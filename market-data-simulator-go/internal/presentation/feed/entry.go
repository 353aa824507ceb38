package feed

import (
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// entry is one published tick: the prices of all symbols, encoded once for all readers. It never changes, but for what the first
// reader of every step leaves to the others.
type entry struct {
	step        uint64    // publishing step since the epoch
	sequence    uint64    // base tick since the epoch
	publishedAt time.Time // wall time
	updates     [][]byte  // by symbol: field `update` of a StreamPricesResponse
	every       atomic.Pointer[batch]
	past        bool     // of the archive: nobody else has it
	trades      []trades // by symbol; nil when the source cannot tell
}

// encoder turns quotes into the shared bytes of an entry. Its messages are filled anew for each tick.
type encoder struct {
	messages []*marketdatav1.StreamPricesResponse
	ticks    []instrument.Increment // by symbol
	scratch  []byte
	lasts    []*marketdatav1.Trade             // by symbol: the last trade, while there is one
	response marketdatav1.StreamPricesResponse // scratch, of trades
}

func newEncoder(instruments []instrument.Instrument) *encoder {
	e := &encoder{}
	for _, one := range instruments {
		e.messages = append(e.messages, &marketdatav1.StreamPricesResponse{Update: &marketdatav1.PriceUpdate{
			Symbol: one.Symbol, BusinessTime: &timestamppb.Timestamp{}, DayChange: &marketdatav1.DayChange{},
		}})
		e.ticks = append(e.ticks, one.Tick)
		e.lasts = append(e.lasts, &marketdatav1.Trade{BusinessTime: &timestamppb.Timestamp{}})
	}
	return e
}

// encode makes the shared bytes of one tick, one allocation for all symbols.
func (e *encoder) encode(sequence uint64, business time.Time, quotes []path.Quote) ([][]byte, error) {
	var err error
	ends := make([]int, len(quotes))
	e.scratch = e.scratch[:0]
	for i := range quotes {
		e.fill(i, sequence, business, &quotes[i])
		if e.scratch, err = (proto.MarshalOptions{}).MarshalAppend(e.scratch, e.messages[i]); err != nil {
			return nil, err
		}
		ends[i] = len(e.scratch)
	}
	shared, start := append([]byte(nil), e.scratch...), 0
	updates := make([][]byte, len(quotes))
	for i, end := range ends {
		updates[i] = shared[start:end:end]
		start = end
	}
	return updates, nil
}

func (e *encoder) fill(i int, sequence uint64, business time.Time, quote *path.Quote) {
	update := e.messages[i].GetUpdate()
	update.Sequence = sequence
	update.BusinessTime.Seconds, update.BusinessTime.Nanos = business.Unix(), int32(business.Nanosecond())
	update.Price, update.Bid, update.Ask = quote.Price, quote.Bid, quote.Ask
	update.MinuteVolume = quote.MinuteVolume
	if update.LastTrade = nil; quote.Last.Size > 0 {
		update.LastTrade = e.lasts[i]
		fillTrade(update.LastTrade, quote.Last)
	}
	amount := e.ticks[i].Round(quote.Price - quote.Day.Open)
	change := update.GetDayChange()
	change.Open, change.High, change.Low = quote.Day.Open, quote.Day.High, quote.Day.Low
	change.Amount, change.Percent, change.Volume = amount, 100*amount/quote.Day.Open, quote.Day.Volume
}

// batch is an entry made ready for readers that were all sent the same update before.
type batch struct {
	entry  *entry
	frames []Frame // by symbol; zero for symbols that were not asked for
}

// newBatch makes the frames of the given symbols for readers that were sent a sequence before; 0 says that they were
// sent none; shared says that there may be more than one of them. Copying an update once for all those readers costs less than having gRPC put two parts together for each.
func newBatch(e *entry, previous uint64, symbols []int, shared bool) *batch {
	var space [readerFieldsSize]byte
	var conflated uint64
	if previous != 0 {
		conflated = e.sequence - previous - 1
	}
	fields := appendReaderFields(space[:0], previous, conflated)
	size := len(symbols) * len(fields)
	for _, symbol := range symbols {
		size += len(e.updates[symbol])
	}
	b := &batch{entry: e, frames: make([]Frame, len(e.updates))}
	buffer := make([]byte, 0, size)
	for _, symbol := range symbols {
		if e.updates[symbol] == nil {
			continue // withheld by a fault
		}
		start := len(buffer)
		buffer = append(append(buffer, e.updates[symbol]...), fields...)
		frame := &b.frames[symbol]
		frame.fill(buffer[start:len(buffer):len(buffer)])
		frame.shared = shared
	}
	return b
}
