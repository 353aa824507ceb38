package grpcapi

// exchange.v1.MarketService: what can be traded, the books and the trades, for everybody to see.

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/history"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/depth"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/presentation/marketfeed"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Levels of a book that GetOrderBook shows, of each side.
const (
	DefaultDepth = 20
	MaxDepth     = 5000
)

// TradeHistory keeps the last trades of each instrument.
type TradeHistory interface {
	// Trades returns up to most trades of an instrument that are older than a cursor, newest first; 0 stands before the newest. The
	// cursor that it returns is for the next page, and 0 when there is none.
	Trades(ctx context.Context, instrument int32, before history.Cursor, most int) ([]history.Trade, history.Cursor, error)
}

// MarketServer implements exchange.v1.MarketService. Make it with NewMarketServer.
type MarketServer struct {
	exchangev1.UnimplementedMarketServiceServer
	*Desk
	feed   *marketfeed.Feed
	trades TradeHistory
	sorted []int32 // instruments by symbol
}

// NewMarketServer makes the service.
func NewMarketServer(desk *Desk, feed *marketfeed.Feed, trades TradeHistory) *MarketServer {
	s := &MarketServer{Desk: desk, feed: feed, trades: trades}
	for n := range desk.Listing.Instruments {
		s.sorted = append(s.sorted, int32(n))
	}
	slices.SortFunc(s.sorted, func(a, b int32) int {
		return strings.Compare(desk.Listing.Instruments[a].Symbol, desk.Listing.Instruments[b].Symbol)
	})
	return s
}

const listInstruments = "MarketService.ListInstruments" // the question of its page tokens

// ListInstruments implements exchange.v1.MarketService.
func (s *MarketServer) ListInstruments(ctx context.Context, request *exchangev1.ListInstrumentsRequest) (*exchangev1.ListInstrumentsResponse, error) {
	size, err := pageSize(request.GetPageSize())
	if err != nil {
		return nil, err
	}
	start, err := pageStart(request.GetPageToken(), listInstruments)
	if err != nil {
		return nil, err
	}
	if start >= uint64(len(s.sorted)) && start > 0 {
		return nil, notOurs(request.GetPageToken())
	}
	page, response := s.sorted[start:], &exchangev1.ListInstrumentsResponse{}
	if len(page) > size {
		page, response.NextPageToken = page[:size], pageToken(start+uint64(size), listInstruments)
	}
	err = s.read(ctx, func(v *venue.Venue) {
		for _, n := range page {
			response.Instruments = append(response.Instruments, writeInstrument(v.Listing(), n, v.State(n)))
		}
	})
	if err != nil {
		return nil, err
	}
	return response, nil
}

func writeInstrument(listing *instrument.Listing, n int32, now venue.State) *exchangev1.Instrument {
	one := &listing.Instruments[n]
	base, quote := &listing.Assets[one.Base], &listing.Assets[one.Quote]
	return &exchangev1.Instrument{
		Symbol: one.Symbol, Base: base.Code, Quote: quote.Code, TickSize: one.Tick.String(), LotSize: one.Lot.String(),
		MinQuantity: one.FormatQuantity(one.MinLots), MaxQuantity: one.FormatQuantity(one.MaxLots), MinNotional: quote.Format(one.MinNotional),
		MaxOpenOrders: uint32(one.MaxOpenOrders), MaxPriceMultiple: one.PriceUp.String(), MinPriceMultiple: one.PriceDown.String(),
		Phase: statusPhases[now.Phase],
	}
}

// GetOrderBook implements exchange.v1.MarketService. It shows the venue's own book, so that callers see what they were answered.
func (s *MarketServer) GetOrderBook(ctx context.Context, request *exchangev1.GetOrderBookRequest) (*exchangev1.GetOrderBookResponse, error) {
	n, err := s.instrument(request.GetSymbol())
	if err != nil {
		return nil, err
	}
	most := int(request.GetDepth())
	switch {
	case most == 0:
		most = DefaultDepth
	case most > MaxDepth:
		return nil, errs.InvalidField("depth", request.GetDepth(), fmt.Sprintf("1 to %d, or 0 for %d", MaxDepth, DefaultDepth))
	}
	one := &s.Listing.Instruments[n]
	_, business := s.Clock()
	response := &exchangev1.GetOrderBookResponse{Symbol: one.Symbol, Time: timestamppb.New(business)}
	var bids, asks []depth.Level
	err = s.read(ctx, func(v *venue.Venue) {
		shown := v.Engine(n)
		now := v.State(n)
		bids, asks = best(shown.Book(), book.Buy, most), best(shown.Book(), book.Sell, most)
		response.Sequence, response.Phase = v.Sequence(), statusPhases[now.Phase]
		response.LastPrice, response.ReferencePrice = price(one, shown.Last()), referencePrice(one, now.Reference)
	})
	if err != nil {
		return nil, err
	}
	response.Bids, response.Asks = writeLevels(one, bids), writeLevels(one, asks)
	return response, nil
}

// best copies the best levels of a side.
func best(of *book.Book, side book.Side, most int) (levels []depth.Level) {
	for level := range of.Levels(book.Shelf(side)) {
		if len(levels) == most {
			break
		}
		levels = append(levels, depth.Level{Side: side, Price: level.Price, Lots: level.Lots, Orders: level.Orders})
	}
	return levels
}

func writeLevels(one *instrument.Instrument, levels []depth.Level) []*exchangev1.Level {
	written := make([]*exchangev1.Level, len(levels))
	for n := range levels {
		written[n] = marketfeed.LevelMessage(one, &levels[n])
	}
	return written
}

// StreamOrderBook implements exchange.v1.MarketService.
func (s *MarketServer) StreamOrderBook(request *exchangev1.StreamOrderBookRequest, stream exchangev1.MarketService_StreamOrderBookServer) error {
	n, err := s.instrument(request.GetSymbol())
	if err != nil {
		return err
	}
	return s.feed.StreamBook(stream.Context(), n, request.GetByOrder(), marketfeed.NewSender(stream).Send)
}

// opened sends the header of a stream, which tells its caller that nothing can be missed any more.
func opened(stream interface{ SendHeader(metadata.MD) error }) func() error {
	return func() error { return stream.SendHeader(metadata.MD{}) }
}
