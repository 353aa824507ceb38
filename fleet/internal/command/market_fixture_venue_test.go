package command

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// smallMarket is the market of the small exchange: one book, which changes once, and five trades.
type smallMarket struct {
	exchangev1.UnimplementedMarketServiceServer
}

func oneLevel(price, quantity string) []*exchangev1.Level {
	return []*exchangev1.Level{{Price: price, Quantity: quantity, Orders: 1}}
}

func (smallMarket) GetOrderBook(_ context.Context, request *exchangev1.GetOrderBookRequest) (*exchangev1.GetOrderBookResponse, error) {
	if request.GetSymbol() != "BTC/USD" {
		return nil, status.Errorf(codes.NotFound, "no symbol %s", request.GetSymbol())
	}
	return &exchangev1.GetOrderBookResponse{
		Symbol: "BTC/USD", Sequence: 7, Bids: oneLevel("43000.00", "1"), Asks: oneLevel("43000.10", "2"), Time: noon,
		Phase: exchangev1.Phase_PHASE_CONTINUOUS, LastPrice: "43000.05",
	}, nil
}

func (smallMarket) StreamOrderBook(request *exchangev1.StreamOrderBookRequest, stream grpc.ServerStreamingServer[exchangev1.StreamOrderBookResponse]) error {
	if request.GetSymbol() != "BTC/USD" {
		return status.Errorf(codes.NotFound, "no symbol %s", request.GetSymbol())
	}
	for _, message := range []*exchangev1.StreamOrderBookResponse{
		{Snapshot: true, Sequence: 7, Bids: oneLevel("43000.00", "1"), Asks: oneLevel("43000.10", "2"), Time: noon},
		{Sequence: 8, PreviousSequence: 7, Bids: oneLevel("43000.00", "0.5"), Time: noon},
	} {
		if err := stream.Send(message); err != nil {
			return err
		}
	}
	<-stream.Context().Done()
	return nil
}

func tradeOf(id uint64) *exchangev1.PublicTrade {
	return &exchangev1.PublicTrade{
		TradeId: id, Sequence: 100 + id/2, Symbol: "BTC/USD", Price: "43000.05", Quantity: "0.25", TakerSide: exchangev1.Side_SIDE_BUY, Time: noon,
	}
}

// ListTrades knows trades 1 to 3.
func (smallMarket) ListTrades(_ context.Context, request *exchangev1.MarketServiceListTradesRequest) (*exchangev1.MarketServiceListTradesResponse, error) {
	all := []*exchangev1.PublicTrade{tradeOf(3), tradeOf(2), tradeOf(1)}
	return &exchangev1.MarketServiceListTradesResponse{Trades: all[:min(len(all), int(request.GetPageSize()))]}, nil
}

// StreamTrades sends trades 1 to 5, as far as they are of the sequences that are wanted.
func (smallMarket) StreamTrades(request *exchangev1.StreamTradesRequest, stream grpc.ServerStreamingServer[exchangev1.StreamTradesResponse]) error {
	for id := range uint64(5) {
		if trade := tradeOf(id + 1); trade.GetSequence() >= request.GetFromSequence() {
			if err := stream.Send(&exchangev1.StreamTradesResponse{Trade: trade}); err != nil {
				return err
			}
		}
	}
	<-stream.Context().Done()
	return nil
}

// smallVenue is the state of the small exchange.
type smallVenue struct {
	exchangev1.UnimplementedVenueServiceServer
}

func (smallVenue) GetVenueStatus(context.Context, *exchangev1.GetVenueStatusRequest) (*exchangev1.GetVenueStatusResponse, error) {
	return &exchangev1.GetVenueStatusResponse{
		Sequence: 12, JournalId: "j-1", BusinessTime: noon, Accounts: 4, OpenOrders: 30, Trades: 5, Symbols: []*exchangev1.SymbolStatus{
			{Symbol: "ADA/BTC", Phase: exchangev1.Phase_PHASE_PRE_OPEN, Since: noon, SpreadMultiplier: 1, ReferenceStale: true},
			{Symbol: "BTC/USD", Phase: exchangev1.Phase_PHASE_CONTINUOUS, Since: noon, SpreadMultiplier: 2, ReferencePrice: 43000.125, OpenOrders: 30},
		},
	}, nil
}

func (smallVenue) HaltTrading(_ context.Context, request *exchangev1.HaltTradingRequest) (*exchangev1.HaltTradingResponse, error) {
	return &exchangev1.HaltTradingResponse{Symbols: []*exchangev1.SymbolStatus{
		{Symbol: "halted " + request.GetSymbol(), Phase: exchangev1.Phase_PHASE_HALTED, Reason: request.GetReason(), Since: noon, SpreadMultiplier: 1},
	}}, nil
}

func (smallVenue) ResumeTrading(_ context.Context, request *exchangev1.ResumeTradingRequest) (*exchangev1.ResumeTradingResponse, error) {
	phase := exchangev1.Phase_PHASE_CALL
	if request.GetWithoutAuction() {
		phase = exchangev1.Phase_PHASE_CONTINUOUS
	}
	return &exchangev1.ResumeTradingResponse{Symbols: []*exchangev1.SymbolStatus{{Symbol: request.GetSymbol(), Phase: phase, Since: noon}}}, nil
}

func (smallVenue) SetSpread(_ context.Context, request *exchangev1.SetSpreadRequest) (*exchangev1.SetSpreadResponse, error) {
	return &exchangev1.SetSpreadResponse{Symbols: []*exchangev1.SymbolStatus{
		{Symbol: request.GetSymbol(), SpreadMultiplier: request.GetMultiplier(), Phase: exchangev1.Phase_PHASE_CONTINUOUS, Since: noon},
	}}, nil
}
