package grpcapi

// The commands of a Trade stream, and their answers.

import (
	"errors"

	codepb "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// writer writes the venue's answer to a command for an account into a response.
type writer func(t *tradeStream, account string, answer *venue.Answer, response *exchangev1.TradeResponse) error

// entry is a command that was read.
type entry struct {
	command    venue.Command
	account    string
	instrument int32 // venue.All when it is of all, or not known
	write      writer
}

// decode reads a command.
func (t *tradeStream) decode(request *exchangev1.TradeRequest) (entry, error) {
	switch asked := request.GetCommand().(type) {
	case *exchangev1.TradeRequest_Place:
		return t.decodePlace(asked.Place)
	case *exchangev1.TradeRequest_Cancel:
		return t.decodeCancel(asked.Cancel)
	case *exchangev1.TradeRequest_Replace:
		return t.decodeReplace(asked.Replace)
	case *exchangev1.TradeRequest_CancelAll:
		return t.decodeCancelAll(asked.CancelAll)
	default:
		return entry{}, errs.InvalidField("command", commandName(request), "place, cancel, replace or cancel_all")
	}
}

// commandName names what a request holds, for errors.
func commandName(request *exchangev1.TradeRequest) string {
	message := request.ProtoReflect()
	if set := message.WhichOneof(message.Descriptor().Oneofs().ByName("command")); set != nil {
		return string(set.Name())
	}
	return ""
}

// checkAllowed refuses another account than that of the stream.
func (t *tradeStream) checkAllowed(account string) error {
	if t.account == "" || account == t.account {
		return nil
	}
	return errs.New(errs.PermissionDenied, "OTHER_ACCOUNT", "this stream was started for account %q: open another one for %q",
		t.account, shown(account)).With("field", "account").With("value", shown(account))
}

func (t *tradeStream) decodePlace(asked *exchangev1.PlaceOrderRequest) (entry, error) {
	if err := t.checkAllowed(asked.GetAccount()); err != nil {
		return entry{}, err
	}
	command, err := t.server.place(asked)
	if err != nil {
		return entry{}, err
	}
	return entry{command, command.Account, command.Instrument, writePlaced}, nil
}

func (t *tradeStream) decodeCancel(asked *exchangev1.CancelOrderRequest) (entry, error) {
	if err := t.checkAllowed(asked.GetAccount()); err != nil {
		return entry{}, err
	}
	meant, err := target(asked.GetAccount(), asked.GetOrderId(), asked.GetClientOrderId())
	if err != nil {
		return entry{}, err
	}
	return entry{&venue.Cancel{Target: meant}, meant.Account, t.server.delayedInstrument(t.ctx, meant), writeCancelled}, nil
}

func (t *tradeStream) decodeReplace(asked *exchangev1.ReplaceOrderRequest) (entry, error) {
	if err := t.checkAllowed(asked.GetAccount()); err != nil {
		return entry{}, err
	}
	meant, err := t.server.replaced(asked)
	if err != nil {
		return entry{}, err
	}
	order, err := t.server.order(t.ctx, meant)
	if errs.KindOf(err) == errs.NotFound { // it may be on its way
		t.settle()
		order, err = t.server.order(t.ctx, meant)
	}
	if err != nil {
		return entry{}, err
	}
	command, err := t.server.replacement(&order, asked)
	return entry{command, meant.Account, order.Instrument, writeReplaced}, err
}

func (t *tradeStream) decodeCancelAll(asked *exchangev1.CancelAllOrdersRequest) (entry, error) {
	if err := t.checkAllowed(asked.GetAccount()); err != nil {
		return entry{}, err
	}
	command, err := t.server.cancelAll(asked)
	if err != nil {
		return entry{}, err
	}
	return entry{command, command.Account, command.Instrument, writeAllCancelled}, nil
}

func writeStarted(_ *tradeStream, _ string, answer *venue.Answer, response *exchangev1.TradeResponse) error {
	response.Answer = &exchangev1.TradeResponse_Started{Started: &exchangev1.TradeStarted{Sequence: answer.Sequence}}
	return nil
}

func writePlaced(t *tradeStream, account string, answer *venue.Answer, response *exchangev1.TradeResponse) error {
	placed, err := t.server.placed(t.ctx, account, answer)
	response.Answer = &exchangev1.TradeResponse_Placed{Placed: placed}
	return err
}

func writeCancelled(t *tradeStream, account string, answer *venue.Answer, response *exchangev1.TradeResponse) error {
	response.Answer = &exchangev1.TradeResponse_Cancelled{Cancelled: t.server.cancelled(account, answer)}
	return nil
}

func writeReplaced(t *tradeStream, account string, answer *venue.Answer, response *exchangev1.TradeResponse) error {
	response.Answer = &exchangev1.TradeResponse_Replaced{Replaced: t.server.replacedBy(account, answer)}
	return nil
}

func writeAllCancelled(_ *tradeStream, _ string, answer *venue.Answer, response *exchangev1.TradeResponse) error {
	response.Answer = &exchangev1.TradeResponse_AllCancelled{AllCancelled: &exchangev1.CancelAllOrdersResponse{Cancelled: answer.Count}}
	return nil
}

// refusal writes an error of one command as the unary call would send it.
func refusal(err error) *exchangev1.Refusal {
	classified, ok := errors.AsType[*errs.Error](err)
	if !ok {
		outcome := errs.Status(err, "")
		return &exchangev1.Refusal{Code: int32(outcome.Code()), Reason: codepb.Code(outcome.Code()).String(), Message: outcome.Message()}
	}
	written := &exchangev1.Refusal{
		Code: int32(classified.Kind.Code()), Reason: classified.Reason, Message: err.Error(), Metadata: classified.Metadata,
	}
	if classified.RetryAfter > 0 {
		written.RetryAfter = durationpb.New(classified.RetryAfter)
	}
	return written
}
