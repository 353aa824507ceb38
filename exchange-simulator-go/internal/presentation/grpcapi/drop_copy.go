package grpcapi

// The drop copy: what happens to orders, as execution reports, and what faults make of them.

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/presentation/marketfeed"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// DropCopy answers StreamExecutions of exchange.v1.TradingService.
type DropCopy struct {
	desk   *Desk
	feed   *marketfeed.Feed
	roster *roster
}

// NewDropCopy makes a drop copy.
func NewDropCopy(desk *Desk, feed *marketfeed.Feed) *DropCopy {
	return &DropCopy{desk: desk, feed: feed, roster: &roster{desk: desk}}
}

// executions are the events that are reported, and as what.
var executions = map[venue.EventKind]exchangev1.ExecutionType{
	venue.OrderAccepted:    exchangev1.ExecutionType_EXECUTION_TYPE_ACCEPTED,
	venue.OrderTriggered:   exchangev1.ExecutionType_EXECUTION_TYPE_TRIGGERED,
	venue.OrderActivated:   exchangev1.ExecutionType_EXECUTION_TYPE_ACTIVATED,
	venue.OrderReplaced:    exchangev1.ExecutionType_EXECUTION_TYPE_REPLACED,
	venue.OrderDecremented: exchangev1.ExecutionType_EXECUTION_TYPE_REPLACED,
	venue.OrderCancelled:   exchangev1.ExecutionType_EXECUTION_TYPE_CANCELLED,
	venue.OrderExpired:     exchangev1.ExecutionType_EXECUTION_TYPE_EXPIRED,
	venue.Traded:           exchangev1.ExecutionType_EXECUTION_TYPE_FILL,
}

// StreamExecutions implements that method of exchange.v1.TradingService.
func (d *DropCopy) StreamExecutions(
	request *exchangev1.StreamExecutionsRequest, stream exchangev1.TradingService_StreamExecutionsServer,
) error {
	c, err := d.open(stream.Context(), request)
	if err != nil {
		return err
	}
	c.send = marketfeed.NewSender(stream).Send
	return d.feed.StreamEvents(stream.Context(), marketfeed.Request{
		Kind: marketfeed.Executions, From: request.GetFromSequence(), Opened: opened(stream), Wants: c.wants,
		Each: func(item *marketfeed.Item) error { return c.each(stream.Context(), item) },
	})
}

// everybody stands for all accounts.
const everybody int32 = -1

func (d *DropCopy) open(ctx context.Context, request *exchangev1.StreamExecutionsRequest) (*copier, error) {
	c := &copier{DropCopy: d, account: everybody, below: request.GetIncludeSubAccounts()}
	if request.GetAccount() == "" {
		return c, nil
	}
	var err error
	c.account, err = d.roster.number(ctx, request.GetAccount())
	return c, err
}

// copier is one open drop copy.
type copier struct {
	*DropCopy
	account int32 // or everybody
	below   bool  // also the accounts below it
	send    func(*marketfeed.Frame) error
}

// wants tells whether an event may concern the copier.
func (c *copier) wants(e *venue.Event) bool {
	if _, reported := executions[e.Kind]; !reported {
		return false
	}
	return c.concerns(e.Account) || hasMaker(e) && c.concerns(e.MakerAccount)
}

// hasMaker tells whether an event is about two orders.
func hasMaker(e *venue.Event) bool { return e.Kind == venue.Traded || e.Kind == venue.OrderDecremented }

// concerns tells whether an account may be one that was asked for: of one that has just been opened it is not known yet who owns it.
func (c *copier) concerns(number int32) bool {
	if c.account == everybody || c.account == number {
		return true
	}
	if !c.below {
		return false
	}
	one, known := c.roster.find(number)
	return !known || one.Owner == c.account
}

// each reports an event to the copier: to each of its two orders that concern it.
func (c *copier) each(ctx context.Context, item *marketfeed.Item) error {
	if err := c.delay(ctx, item); err != nil {
		return err
	}
	if err := c.report(ctx, item, item.Event.Account, marketfeed.Taker); err != nil || !hasMaker(&item.Event) {
		return err
	}
	return c.report(ctx, item, item.Event.MakerAccount, marketfeed.Maker)
}

func (c *copier) report(ctx context.Context, item *marketfeed.Item, number int32, slot marketfeed.Slot) error {
	one, err := c.roster.get(ctx, number)
	if err != nil || !c.concerns(number) {
		return err
	}
	frame := item.Frame(slot, func() proto.Message { return c.desk.writeExecution(item, one.Name, slot == marketfeed.Maker) })
	if err := c.send(frame); err != nil || !c.twice(item, slot) {
		return err
	}
	return c.send(frame)
}

// writeExecution writes what an event means to one of its orders, which belongs to the account of that name.
func (d *Desk) writeExecution(item *marketfeed.Item, name string, maker bool) *exchangev1.StreamExecutionsResponse {
	e := &item.Event
	one := &d.Listing.Instruments[e.Instrument]
	written := &exchangev1.StreamExecutionsResponse{
		Sequence: item.Sequence, Type: executions[e.Kind], Account: name, OrderId: e.Order, ClientOrderId: e.ClientID, Symbol: one.Symbol,
		Reason: e.Reason, RemainingQuantity: one.FormatQuantity(e.Remaining), Time: timestamppb.New(item.Business),
	}
	if maker {
		written.OrderId, written.ClientOrderId, written.RemainingQuantity = e.Maker, e.MakerClient, one.FormatQuantity(e.MakerRemaining)
	}
	switch e.Kind {
	case venue.Traded:
		fill := venue.FillOf(e, maker, item.Business.UnixNano(), item.Sequence)
		written.Fill = d.writeFill(name, &fill)
	case venue.OrderDecremented:
		written.Reason = "SELF_TRADE"
	case venue.OrderCancelled, venue.OrderExpired:
		written.RemainingQuantity = one.FormatQuantity(0)
	}
	return written
}

// twice draws whether a fault sends a report twice. The draw is the same for every reader, and whenever the report is read.
func (c *copier) twice(item *marketfeed.Item, slot marketfeed.Slot) bool {
	fault, active := c.feed.Faults().Active(venue.DuplicateExecutions, item.Event.Instrument)
	return active && drawn(&fault, item.Sequence, slot).Float64() < fault.Share
}

// delay waits as long as a fault holds an event back, or until the fault ends.
func (c *copier) delay(ctx context.Context, item *marketfeed.Item) error {
	for ctx.Err() == nil {
		changed := c.feed.Faults().Changed()
		fault, active := c.feed.Faults().Active(venue.DelayExecutions, item.Event.Instrument)
		if !active {
			return nil
		}
		late := time.Duration(fault.Delay)
		if fault.Jitter > 0 {
			late += time.Duration(drawn(&fault, item.Sequence, marketfeed.Taker).Int64N(fault.Jitter))
		}
		wall, _ := c.desk.Clock()
		wait := min(item.Wall.Add(late).Sub(wall), time.Unix(0, fault.Until).Sub(wall))
		if wait <= 0 {
			return nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return ctx.Err()
}

// drawn is what a fault draws from for a report.
func drawn(fault *venue.Fault, sequence uint64, slot marketfeed.Slot) *rand.Rand {
	seed := fnv.New64a()
	_, _ = seed.Write([]byte(fault.ID)) // a hash takes everything
	return rand.New(rand.NewPCG(seed.Sum64(), 2*sequence+uint64(slot-marketfeed.Taker)))
}
