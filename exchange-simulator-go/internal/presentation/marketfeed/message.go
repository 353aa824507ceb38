package marketfeed

import (
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/depth"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// MaxEntries is how many levels or orders a message brings at most: less than 2 MB, half of what gRPC clients take by default.
const MaxEntries = 50_000

// snapshotFrames are the messages of a whole book: the snapshot, and what does not fit into it as changes of the same sequence.
func snapshotFrames(one *instrument.Instrument, s *snapshot) (frames []*Frame) {
	rest := s.page
	for {
		part, previous := rest.cut(MaxEntries), s.sequence
		if len(frames) == 0 {
			previous = 0
		}
		first := len(frames) == 0
		frame := &Frame{make: func() proto.Message {
			message := bookMessage(one, part, s.sequence, previous, s.time)
			message.Snapshot = first
			return message
		}}
		if frames = append(frames, frame); rest.isEmpty() {
			return frames
		}
	}
}

// cut takes the first entries out of a page.
func (p *page) cut(entries int) (part page) {
	part.levels, p.levels = split(p.levels, entries)
	part.orders, p.orders = split(p.orders, entries)
	return part
}

func split[E any](all []E, at int) (first, rest []E) {
	at = min(at, len(all))
	return all[:at], all[at:]
}

func bookMessage(one *instrument.Instrument, p page, sequence, previous uint64, at time.Time) *exchangev1.StreamOrderBookResponse {
	message := &exchangev1.StreamOrderBookResponse{Sequence: sequence, PreviousSequence: previous, Time: timestamppb.New(at)}
	for n := range p.levels {
		level := &p.levels[n]
		if level.Side == book.Buy {
			message.Bids = append(message.Bids, LevelMessage(one, level))
		} else {
			message.Asks = append(message.Asks, LevelMessage(one, level))
		}
	}
	if len(p.orders) > 0 {
		message.Orders = make([]*exchangev1.BookOrder, len(p.orders))
	}
	for n := range p.orders {
		message.Orders[n] = orderMessage(one, &p.orders[n])
	}
	return message
}

// LevelMessage writes a level.
func LevelMessage(one *instrument.Instrument, level *depth.Level) *exchangev1.Level {
	return &exchangev1.Level{
		Price: one.FormatPrice(level.Price), Quantity: one.FormatQuantity(level.Lots), Orders: uint32(level.Orders),
	}
}

func orderMessage(one *instrument.Instrument, o *depth.Order) *exchangev1.BookOrder {
	side := exchangev1.Side_SIDE_BUY
	if o.Side == book.Sell {
		side = exchangev1.Side_SIDE_SELL
	}
	return &exchangev1.BookOrder{OrderId: o.ID, Side: side, Price: one.FormatPrice(o.Price), Quantity: one.FormatQuantity(o.Lots)}
}
