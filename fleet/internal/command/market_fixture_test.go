package command

// A small exchange in memory, behind a real server: it keeps accounts and orders in maps, and matches nothing.

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// noon is when everything happens at the small exchange.
var noon = timestamppb.New(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))

// smallExchange keeps what it is told.
type smallExchange struct {
	exchangev1.UnimplementedTradingServiceServer
	exchangev1.UnimplementedAccountServiceServer
	mu       sync.Mutex // guards all below
	accounts map[string]*exchangev1.Account
	orders   []*exchangev1.Order
	placed   []*exchangev1.PlaceOrderRequest
	moved    []*exchangev1.TransferRequest
	deaf     error // what PlaceOrder and the like answer after, or instead of, having acted
	forgets  bool  // with deaf: without having acted
}

// atAnExchange serves a small exchange at the address where the commands look for one.
func atAnExchange(t *testing.T) *smallExchange {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	exchange, server := &smallExchange{accounts: map[string]*exchangev1.Account{}}, grpc.NewServer()
	exchangev1.RegisterTradingServiceServer(server, exchange)
	exchangev1.RegisterAccountServiceServer(server, smallAccounts{exchange})
	exchangev1.RegisterMarketServiceServer(server, smallMarket{})
	exchangev1.RegisterVenueServiceServer(server, smallVenue{})
	go func() { _ = server.Serve(socket) }()
	t.Cleanup(server.Stop)
	t.Setenv("EXCHANGE_ADDR", socket.Addr().String())
	t.Setenv("REDIS_URL", "")
	t.Setenv("FLEET_STATE_DIR", t.TempDir())
	t.Setenv("FLEET_ACCOUNT", "alice")
	exchange.accounts["alice"] = &exchangev1.Account{
		Account: "alice", Owner: "alice", CreatedTime: noon, Limits: &exchangev1.Limits{MaxPosition: "5"}, MakerFeeBps: 1, TakerFeeBps: 5,
		Balances:  []*exchangev1.Balance{{Asset: "USD", Available: "78500.25", Held: "21500"}},
		Positions: []*exchangev1.Position{{Symbol: "BTC/USD", Quantity: "-0.5", AveragePrice: 43000.5, RealisedProfit: 12.5, UnrealisedProfit: -3}},
	}
	return exchange
}

func (e *smallExchange) PlaceOrder(_ context.Context, request *exchangev1.PlaceOrderRequest) (*exchangev1.PlaceOrderResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.forgets {
		return nil, e.deaf
	}
	if request.GetOrder().GetQuantity() == "1000" {
		return nil, errs.Status(errs.New(errs.FailedPrecondition, "INSUFFICIENT_BALANCE", "alice has 5 USD free"), "exchange").Err()
	}
	order := &exchangev1.Order{
		OrderId: uint64(len(e.orders) + 1), Account: request.GetAccount(), ClientOrderId: request.GetClientOrderId(), Order: request.GetOrder(),
		Status: exchangev1.OrderStatus_ORDER_STATUS_PARTIALLY_FILLED, FilledQuantity: "0.1", RemainingQuantity: "0.4", UpdatedTime: noon,
	}
	e.orders, e.placed = append(e.orders, order), append(e.placed, request)
	return &exchangev1.PlaceOrderResponse{Order: order, Fills: []*exchangev1.Fill{{
		TradeId: 9, OrderId: order.GetOrderId(), Symbol: "BTC/USD", Side: request.GetOrder().GetSide(), Price: "42999.99", Quantity: "0.1",
		QuoteQuantity: "4299.999", Fee: "0.00005", FeeAsset: "BTC", ArrivalMid: 42999, SlippageBps: 0.23, Time: noon,
	}}}, e.deaf
}

func (e *smallExchange) find(account string, id uint64, clientID string) (*exchangev1.Order, error) {
	for _, order := range e.orders {
		if order.GetAccount() == account && (order.GetOrderId() == id || clientID != "" && order.GetClientOrderId() == clientID) {
			return order, nil
		}
	}
	return nil, errs.Status(errs.New(errs.NotFound, "UNKNOWN_ORDER", "account %s has no such order", account), "exchange").Err()
}

func (e *smallExchange) GetOrder(_ context.Context, request *exchangev1.GetOrderRequest) (*exchangev1.GetOrderResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	order, err := e.find(request.GetAccount(), request.GetOrderId(), request.GetClientOrderId())
	return &exchangev1.GetOrderResponse{Order: order}, err
}

func (e *smallExchange) CancelOrder(_ context.Context, request *exchangev1.CancelOrderRequest) (*exchangev1.CancelOrderResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	order, err := e.find(request.GetAccount(), request.GetOrderId(), request.GetClientOrderId())
	if err != nil {
		return nil, err
	}
	order.Status, order.Reason = exchangev1.OrderStatus_ORDER_STATUS_CANCELLED, "REQUESTED"
	return &exchangev1.CancelOrderResponse{Order: order}, e.deaf
}

func (e *smallExchange) ReplaceOrder(_ context.Context, request *exchangev1.ReplaceOrderRequest) (*exchangev1.ReplaceOrderResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	order, err := e.find(request.GetAccount(), request.GetOrderId(), request.GetClientOrderId())
	if err != nil {
		return nil, err
	}
	if request.GetRequestId() == "" {
		return nil, status.Error(codes.InvalidArgument, "no request id")
	}
	order.Order.Price = request.GetPrice()
	return &exchangev1.ReplaceOrderResponse{Order: order}, e.deaf
}

func (e *smallExchange) CancelAllOrders(_ context.Context, request *exchangev1.CancelAllOrdersRequest) (*exchangev1.CancelAllOrdersResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	cancelled := uint32(0)
	for _, order := range e.orders {
		if request.GetSymbol() == "" || request.GetSymbol() == order.GetOrder().GetSymbol() {
			cancelled++
		}
	}
	return &exchangev1.CancelAllOrdersResponse{Cancelled: cancelled}, nil
}

// ListOrders answers in pages of one.
func (e *smallExchange) ListOrders(_ context.Context, request *exchangev1.ListOrdersRequest) (*exchangev1.ListOrdersResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	at := len(request.GetPageToken())
	if at >= len(e.orders) {
		return &exchangev1.ListOrdersResponse{}, nil
	}
	return &exchangev1.ListOrdersResponse{Orders: e.orders[at : at+1], NextPageToken: request.GetPageToken() + "+"}, nil
}

// smallAccounts is the accounts of the small exchange.
type smallAccounts struct{ *smallExchange }

func (s smallAccounts) CreateAccount(_ context.Context, request *exchangev1.CreateAccountRequest) (*exchangev1.CreateAccountResponse, error) {
	made := &exchangev1.Account{Account: request.GetAccount(), Owner: request.GetAccount(), CreatedTime: noon}
	for _, fund := range request.GetFund() {
		made.Balances = append(made.Balances, &exchangev1.Balance{Asset: fund.GetAsset(), Available: fund.GetAmount(), Held: "0"})
	}
	return &exchangev1.CreateAccountResponse{Account: made}, nil
}

func (s smallAccounts) CreateSubAccount(_ context.Context, request *exchangev1.CreateSubAccountRequest) (*exchangev1.CreateSubAccountResponse, error) {
	name := request.GetParent() + "/" + request.GetName()
	return &exchangev1.CreateSubAccountResponse{Account: &exchangev1.Account{Account: name, Owner: request.GetParent(), CreatedTime: noon}}, nil
}

func (s smallAccounts) GetAccount(_ context.Context, request *exchangev1.GetAccountRequest) (*exchangev1.GetAccountResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	account, there := s.accounts[request.GetAccount()]
	if !there {
		return nil, errs.Status(errs.New(errs.NotFound, "UNKNOWN_ACCOUNT", "no account %q", request.GetAccount()), "exchange").Err()
	}
	return &exchangev1.GetAccountResponse{Account: proto.CloneOf(account)}, nil
}

func (s smallAccounts) SetLimits(_ context.Context, request *exchangev1.SetLimitsRequest) (*exchangev1.SetLimitsResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts[request.GetAccount()].Limits = request.GetLimits()
	return &exchangev1.SetLimitsResponse{Account: proto.CloneOf(s.accounts[request.GetAccount()]), CancelledOrders: 3}, nil
}

func (s smallAccounts) Transfer(_ context.Context, request *exchangev1.TransferRequest) (*exchangev1.TransferResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moved = append(s.moved, request)
	return &exchangev1.TransferResponse{
		FromBalance: &exchangev1.Balance{Asset: "USD", Available: "1", Held: "0"}, ToBalance: &exchangev1.Balance{Asset: "USD", Available: "2.5", Held: "0"},
	}, s.deaf
}

func (s smallAccounts) ListTrades(context.Context, *exchangev1.ListTradesRequest) (*exchangev1.ListTradesResponse, error) {
	return &exchangev1.ListTradesResponse{Fills: []*exchangev1.Fill{{TradeId: 9, Symbol: "BTC/USD", Maker: true, Fee: "-0.1", FeeAsset: "USD", Time: noon}}}, nil
}

func (s smallAccounts) ListEntries(context.Context, *exchangev1.ListEntriesRequest) (*exchangev1.ListEntriesResponse, error) {
	return &exchangev1.ListEntriesResponse{Entries: []*exchangev1.Entry{
		{Sequence: 2, Kind: exchangev1.EntryKind_ENTRY_KIND_TRADE, Asset: "USD", Amount: "-4299.999", Reference: "9", Time: noon},
		{Sequence: 1, Kind: exchangev1.EntryKind_ENTRY_KIND_DEPOSIT, Asset: "USD", Amount: "100000", Reference: "d-1", Time: noon},
	}}, nil
}
