package grpcapi

// Trades as everybody sees them: the last ones, and those that come.

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/history"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/presentation/marketfeed"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

const listTrades = "MarketService.ListTrades" // the question of its page tokens, with the symbol

// ListTrades implements exchange.v1.MarketService.
func (s *MarketServer) ListTrades(
	ctx context.Context, request *exchangev1.MarketServiceListTradesRequest,
) (*exchangev1.MarketServiceListTradesResponse, error) {
	n, err := s.instrument(request.GetSymbol())
	if err != nil {
		return nil, err
	}
	size, err := pageSize(request.GetPageSize())
	if err != nil {
		return nil, err
	}
	before, err := pageStart(request.GetPageToken(), listTrades, request.GetSymbol())
	if err != nil {
		return nil, err
	}
	trades, next, err := s.trades.Trades(ctx, n, history.Cursor(before), size)
	if err != nil {
		return nil, err
	}
	response := &exchangev1.MarketServiceListTradesResponse{Trades: make([]*exchangev1.PublicTrade, len(trades))}
	for i := range trades {
		response.Trades[i] = s.writeTrade(n, &trades[i])
	}
	if next != 0 {
		response.NextPageToken = pageToken(uint64(next), listTrades, request.GetSymbol())
	}
	return response, nil
}

// writeTrade writes a trade of an instrument.
func (d *Desk) writeTrade(n int32, trade *history.Trade) *exchangev1.PublicTrade {
	one := &d.Listing.Instruments[n]
	written := &exchangev1.PublicTrade{
		TradeId: trade.ID, Sequence: trade.Sequence, Symbol: one.Symbol, Price: one.FormatPrice(trade.Price),
		Quantity: one.FormatQuantity(trade.Lots), Time: timestamppb.New(time.Unix(0, trade.Time)),
	}
	if !trade.Auction {
		written.TakerSide = sideOf(trade.Taker == book.Buy)
	}
	return written
}

// StreamTrades implements exchange.v1.MarketService.
func (s *MarketServer) StreamTrades(request *exchangev1.StreamTradesRequest, stream exchangev1.MarketService_StreamTradesServer) error {
	wanted, err := s.chosen(request.GetSymbols())
	if err != nil {
		return err
	}
	sender := marketfeed.NewSender(stream)
	return s.feed.StreamEvents(stream.Context(), marketfeed.Request{
		Kind: marketfeed.Trades, From: request.GetFromSequence(), Opened: opened(stream),
		Wants: func(e *venue.Event) bool { return e.Kind == venue.Traded && (wanted == nil || wanted[e.Instrument]) },
		Each: func(item *marketfeed.Item) error {
			return sender.Send(item.Frame(marketfeed.Public, func() proto.Message { return s.streamedTrade(item) }))
		},
	})
}

func (d *Desk) streamedTrade(item *marketfeed.Item) *exchangev1.StreamTradesResponse {
	e := &item.Event
	return &exchangev1.StreamTradesResponse{Trade: d.writeTrade(e.Instrument, &history.Trade{
		ID: e.Trade, Sequence: item.Sequence, Time: item.Business.UnixNano(), Price: e.Price, Lots: e.Lots, Taker: e.Side, Auction: e.Auction,
	})}
}

// chosen reads symbols, each once, into instruments; nil means all.
func (d *Desk) chosen(symbols []string) (instruments map[int32]bool, err error) {
	for _, symbol := range symbols {
		n, err := d.instrument(symbol)
		if err != nil {
			return nil, err
		}
		if instruments[n] {
			return nil, errs.InvalidField("symbols", symbol, "each symbol once")
		}
		if instruments == nil {
			instruments = map[int32]bool{}
		}
		instruments[n] = true
	}
	return instruments, nil
}
