package feed

// Trades travel beside the updates: those of a step are encoded once, and appended to the frames of the readers that ask for
// them. Protobuf allows a repeated field in parts, so one after the other they are the field.

import (
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// Trading is a source that can tell the trades behind its prices; a path.Path is one.
type Trading interface {
	// Trades yields the trades of an instrument at the base ticks after one, up to and including another, oldest first.
	Trades(instrument int, after, until uint64, yield func(path.Trade) bool)
}

const (
	// MaxTrades is the most trades that an update brings.
	MaxTrades = 1000

	// stepTrades is the most trades of a step that are kept where each base tick is published, and fewestTrades where many base
	// ticks make a step.
	stepTrades, fewestTrades = 512, 8

	tradesOmittedField = 5 // of StreamPricesResponse
)

// tradesKept is the most trades of a step of some base ticks that are kept.
func tradesKept(ticks uint64) int { return max(fewestTrades, stepTrades/int(ticks)) }

// trades are those of one instrument in one step, the latest ones: field `trades` of a StreamPricesResponse.
type trades struct {
	encoded        []byte
	count, omitted int
}

// tradesOf encodes the trades after one base tick, up to another, by instrument, the latest ones of each; nil if the source cannot
// tell.
func (e *encoder) tradesOf(source any, after, until uint64, most int) ([]trades, error) {
	trading, can := source.(Trading)
	if !can {
		return nil, nil
	}
	all := make([]trades, len(e.messages))
	var err error
	for i := range all {
		e.response.Trades = e.response.Trades[:0]
		trading.Trades(i, after, until, func(one path.Trade) bool {
			e.response.Trades = append(e.response.Trades, tradeMessage(one))
			return true
		})
		if all[i].omitted = max(0, len(e.response.Trades)-most); all[i].omitted > 0 {
			e.response.Trades = e.response.Trades[all[i].omitted:]
		}
		if all[i].count = len(e.response.Trades); all[i].count == 0 {
			continue
		}
		if all[i].encoded, err = proto.Marshal(&e.response); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func tradeMessage(one path.Trade) *marketdatav1.Trade {
	message := &marketdatav1.Trade{BusinessTime: &timestamppb.Timestamp{}}
	fillTrade(message, one)
	return message
}

func fillTrade(message *marketdatav1.Trade, one path.Trade) {
	at := path.Epoch.Add(time.Duration(one.Sequence) * path.TickInterval)
	message.Sequence, message.Price, message.Size = one.Sequence, one.Price, one.Size
	message.BusinessTime.Seconds, message.BusinessTime.Nanos = at.Unix(), int32(at.Nanosecond())
	message.AggressorSide = marketdatav1.AggressorSide_AGGRESSOR_SIDE_SELL
	if one.Buy {
		message.AggressorSide = marketdatav1.AggressorSide_AGGRESSOR_SIDE_BUY
	}
}

// appendTrades appends the fields of the trades of an instrument after a step up to and including another, as far as they are
// retained.
func (h *Hub) appendTrades(buffer []byte, instrument int, after, until uint64) []byte {
	first, count, omitted := until+1, 0, 0
	for step := until; step > after; step-- {
		e := h.ring.at(step)
		if e == nil || e.trades == nil {
			break
		}
		one := &e.trades[instrument]
		if omitted += one.omitted; count+one.count > MaxTrades || first > step+1 {
			omitted += one.count
			continue
		}
		first, count = step, count+one.count
	}
	for step := first; step <= until; step++ {
		if e := h.ring.at(step); e != nil {
			buffer = append(buffer, e.trades[instrument].encoded...)
		}
	}
	return appendOmitted(buffer, omitted)
}

func appendOmitted(buffer []byte, omitted int) []byte {
	if omitted > 0 {
		buffer = protowire.AppendTag(buffer, tradesOmittedField, protowire.VarintType)
		buffer = protowire.AppendVarint(buffer, uint64(omitted))
	}
	return buffer
}

// withTrades is the frames of an entry for a reader that wants the trades since a step. An entry of the archive brings its own.
func (h *Hub) withTrades(ready *batch, symbols []int, after uint64) *batch {
	for _, symbol := range symbols {
		frame := &ready.frames[symbol]
		switch {
		case frame.bytes == nil:
		case !ready.entry.past:
			frame.fill(h.appendTrades(frame.bytes, symbol, after, ready.entry.step))
		case ready.entry.trades != nil:
			own := &ready.entry.trades[symbol]
			frame.fill(appendOmitted(append(frame.bytes, own.encoded...), own.omitted))
		}
	}
	return ready
}
