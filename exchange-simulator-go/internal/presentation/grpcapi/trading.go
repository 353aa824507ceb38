package grpcapi

// exchange.v1.TradingService but for its streams: orders are placed, changed, cancelled and looked up.

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// TradingServer implements exchange.v1.TradingService. Make it with NewTradingServer.
type TradingServer struct {
	exchangev1.UnimplementedTradingServiceServer
	*Desk

	// DropCopy answers StreamExecutions.
	DropCopy interface {
		StreamExecutions(*exchangev1.StreamExecutionsRequest, exchangev1.TradingService_StreamExecutionsServer) error
	}
	// Faults are those that are active; nil has none.
	Faults Faults
	// Random draws uniformly from 0 up to below a number above 0, for the random part of a latency; many ask at once.
	Random func(below int64) int64

	sessions atomic.Uint64 // the last one
}

// NewTradingServer makes the service. Its sessions begin at a number drawn at random, so that those of an earlier run, should the
// venue still know them, are others.
func NewTradingServer(desk *Desk) *TradingServer {
	s := &TradingServer{Desk: desk, Random: rand.Int64N}
	s.sessions.Store(rand.Uint64())
	return s
}

// PlaceOrder implements exchange.v1.TradingService.
func (s *TradingServer) PlaceOrder(ctx context.Context, request *exchangev1.PlaceOrderRequest) (*exchangev1.PlaceOrderResponse, error) {
	command, err := s.place(request)
	if err != nil {
		return nil, err
	}
	answer, err := s.enter(ctx, command.Instrument, command)
	if err != nil {
		return nil, err
	}
	return s.placed(ctx, command.Account, &answer)
}

// placed writes what became of an order. One that was placed before is answered with the fills of that time.
func (s *TradingServer) placed(ctx context.Context, account string, answer *venue.Answer) (_ *exchangev1.PlaceOrderResponse, err error) {
	fills := answer.Fills
	if answer.Repeated {
		if fills, err = s.fillsOf(ctx, &answer.Order); err != nil {
			return nil, err
		}
	}
	return &exchangev1.PlaceOrderResponse{
		Order: s.writeOrder(account, &answer.Order), Fills: s.writeFills(account, fills),
		LinkedOrders: s.writeOrders(account, answer.Linked), Sequence: answer.Sequence,
	}, nil
}

// CancelOrder implements exchange.v1.TradingService.
func (s *TradingServer) CancelOrder(ctx context.Context, request *exchangev1.CancelOrderRequest) (*exchangev1.CancelOrderResponse, error) {
	meant, err := target(request.GetAccount(), request.GetOrderId(), request.GetClientOrderId())
	if err != nil {
		return nil, err
	}
	answer, err := s.enter(ctx, s.delayedInstrument(ctx, meant), &venue.Cancel{Target: meant})
	if err != nil {
		return nil, err
	}
	return s.cancelled(meant.Account, &answer), nil
}

func (s *TradingServer) cancelled(account string, answer *venue.Answer) *exchangev1.CancelOrderResponse {
	return &exchangev1.CancelOrderResponse{Order: s.writeOrder(account, &answer.Order)}
}

// ReplaceOrder implements exchange.v1.TradingService.
func (s *TradingServer) ReplaceOrder(ctx context.Context, request *exchangev1.ReplaceOrderRequest) (*exchangev1.ReplaceOrderResponse, error) {
	meant, err := s.replaced(request)
	if err != nil {
		return nil, err
	}
	order, err := s.order(ctx, meant)
	if err != nil {
		return nil, err
	}
	command, err := s.replacement(&order, request)
	if err != nil {
		return nil, err
	}
	answer, err := s.enter(ctx, order.Instrument, command)
	if err != nil {
		return nil, err
	}
	return s.replacedBy(meant.Account, &answer), nil
}

// replaced reads which order is to be replaced, and what can be wrong with the request whichever it is.
func (*TradingServer) replaced(request *exchangev1.ReplaceOrderRequest) (venue.Target, error) {
	meant, err := target(request.GetAccount(), request.GetOrderId(), request.GetClientOrderId())
	if err == nil {
		err = checkReplacement(request)
	}
	return meant, err
}

func (s *TradingServer) replacedBy(account string, answer *venue.Answer) *exchangev1.ReplaceOrderResponse {
	return &exchangev1.ReplaceOrderResponse{Order: s.writeOrder(account, &answer.Order), Fills: s.writeFills(account, answer.Fills)}
}

// CancelAllOrders implements exchange.v1.TradingService.
func (s *TradingServer) CancelAllOrders(ctx context.Context, request *exchangev1.CancelAllOrdersRequest) (*exchangev1.CancelAllOrdersResponse, error) {
	command, err := s.cancelAll(request)
	if err != nil {
		return nil, err
	}
	answer, err := s.enter(ctx, command.Instrument, command)
	if err != nil {
		return nil, err
	}
	return &exchangev1.CancelAllOrdersResponse{Cancelled: answer.Count}, nil
}

// cancelAll reads whose orders are to be cancelled.
func (s *TradingServer) cancelAll(request *exchangev1.CancelAllOrdersRequest) (*venue.CancelAll, error) {
	if err := checkAccount(request.GetAccount()); err != nil {
		return nil, err
	}
	number, err := s.instrumentOrAll(request.GetSymbol())
	return &venue.CancelAll{Account: request.GetAccount(), Instrument: number}, err
}

// GetOrder implements exchange.v1.TradingService.
func (s *TradingServer) GetOrder(ctx context.Context, request *exchangev1.GetOrderRequest) (*exchangev1.GetOrderResponse, error) {
	meant, err := target(request.GetAccount(), request.GetOrderId(), request.GetClientOrderId())
	if err != nil {
		return nil, err
	}
	order, err := s.order(ctx, meant)
	if err != nil {
		return nil, err
	}
	return &exchangev1.GetOrderResponse{Order: s.writeOrder(meant.Account, &order)}, nil
}

// order returns an order of an account as it is now.
func (d *Desk) order(ctx context.Context, meant venue.Target) (order venue.Record, err error) {
	ended := d.read(ctx, func(v *venue.Venue) {
		var found *venue.Record
		if found, err = v.Order(meant); err == nil {
			order = *found
		}
	})
	if ended != nil {
		return order, ended
	}
	return order, err
}

// ListOrders implements exchange.v1.TradingService. A page token is the id of the last order of the page before.
func (s *TradingServer) ListOrders(ctx context.Context, request *exchangev1.ListOrdersRequest) (*exchangev1.ListOrdersResponse, error) {
	account := request.GetAccount()
	if err := checkAccount(account); err != nil {
		return nil, err
	}
	number, err := s.instrumentOrAll(request.GetSymbol())
	if err != nil {
		return nil, err
	}
	size, err := pageSize(request.GetPageSize())
	if err != nil {
		return nil, err
	}
	question := []string{"ListOrders", account, request.GetSymbol(), fmt.Sprint(request.GetOpenOnly())}
	before, err := pageStart(request.GetPageToken(), question...)
	if err != nil {
		return nil, err
	}
	found, err := s.orders(ctx, account, before, size+1, func(r *venue.Record) bool {
		return (number == venue.All || r.Instrument == number) && (!request.GetOpenOnly() || !r.Status.Ended())
	})
	if err != nil {
		return nil, err
	}
	response := &exchangev1.ListOrdersResponse{}
	if len(found) > size {
		found = found[:size]
		response.NextPageToken = pageToken(found[size-1].ID, question...)
	}
	response.Orders = s.writeOrders(account, found)
	return response, nil
}

// looksAtOnce is how many orders are looked at while commands wait.
const looksAtOnce = 1024

// orders returns up to so many orders of an account that are wanted, newest first, whose id is below before, 0 for all. A rare
// one among many is looked for in several goes, so that commands come in between.
func (d *Desk) orders(ctx context.Context, account string, before uint64, most int, wanted func(*venue.Record) bool) (found []venue.Record, err error) {
	everything := func(*venue.Record) bool { return true }
	for seen := make([]venue.Record, 0, looksAtOnce); ; {
		ended := d.read(ctx, func(v *venue.Venue) { seen, err = v.Orders(account, before, everything, looksAtOnce, seen[:0]) })
		if ended != nil || err != nil {
			return nil, errors.Join(ended, err)
		}
		for n := range seen {
			if wanted(&seen[n]) {
				found = append(found, seen[n])
			}
			if len(found) == most {
				return found, nil
			}
		}
		if len(seen) < looksAtOnce {
			return found, nil
		}
		before = seen[len(seen)-1].ID
	}
}

// StreamExecutions implements exchange.v1.TradingService.
func (s *TradingServer) StreamExecutions(
	request *exchangev1.StreamExecutionsRequest, stream exchangev1.TradingService_StreamExecutionsServer,
) error {
	return s.DropCopy.StreamExecutions(request, stream)
}

// disconnect cancels the orders of a session. It does not give up while the venue could still take the command: a full queue or disk
// passes, and a machine that is closed ends all sessions when it starts again.
func (s *TradingServer) disconnect(ctx context.Context, session uint64) {
	for {
		_, err := s.submit(ctx, &venue.Disconnect{Session: session})
		refused, ok := errors.AsType[*errs.Error](err)
		if !ok || refused.Kind != errs.ResourceExhausted || pause(ctx, refused.RetryAfter) != nil {
			return
		}
	}
}
