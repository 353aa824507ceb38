package grpcapi

// exchange.v1.AccountService: accounts, what is in them and what they may do.

import (
	"context"
	"fmt"
	"strings"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/historian"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// AccountServer implements exchange.v1.AccountService.
type AccountServer struct {
	exchangev1.UnimplementedAccountServiceServer
	*Desk
	historian *historian.Historian
}

// NewAccountServer makes the service; the historian follows the machine of the desk.
func NewAccountServer(desk *Desk, keeper *historian.Historian) *AccountServer {
	return &AccountServer{Desk: desk, historian: keeper}
}

// CreateAccount implements exchange.v1.AccountService.
func (s *AccountServer) CreateAccount(ctx context.Context, request *exchangev1.CreateAccountRequest) (*exchangev1.CreateAccountResponse, error) {
	name := request.GetAccount()
	if strings.Contains(name, "/") {
		return nil, errs.InvalidField("account", shown(name), "a name without a slash; CreateSubAccount opens accounts below it")
	}
	command := &venue.Open{Account: name}
	for n, asked := range request.GetFund() {
		amount, err := s.amountOf(fmt.Sprintf("fund[%d]", n), asked)
		if err != nil {
			return nil, err
		}
		command.Fund = append(command.Fund, amount)
	}
	opened, err := s.open(ctx, command)
	return &exchangev1.CreateAccountResponse{Account: opened}, err
}

// CreateSubAccount implements exchange.v1.AccountService.
func (s *AccountServer) CreateSubAccount(
	ctx context.Context, request *exchangev1.CreateSubAccountRequest,
) (*exchangev1.CreateSubAccountResponse, error) {
	if name := request.GetName(); strings.Contains(name, "/") {
		return nil, errs.InvalidField("name", shown(name), `a name without a slash, such as "bot" for "alice/bot"`)
	}
	opened, err := s.open(ctx, &venue.Open{Account: request.GetParent() + "/" + request.GetName()})
	return &exchangev1.CreateSubAccountResponse{Account: opened}, err
}

func (s *AccountServer) open(ctx context.Context, command *venue.Open) (*exchangev1.Account, error) {
	if _, err := s.submit(ctx, command); err != nil {
		return nil, err
	}
	return s.account(ctx, command.Account)
}

// GetAccount implements exchange.v1.AccountService.
func (s *AccountServer) GetAccount(ctx context.Context, request *exchangev1.GetAccountRequest) (*exchangev1.GetAccountResponse, error) {
	shown, err := s.account(ctx, request.GetAccount())
	return &exchangev1.GetAccountResponse{Account: shown}, err
}

// GetBalances implements exchange.v1.AccountService.
func (s *AccountServer) GetBalances(ctx context.Context, request *exchangev1.GetBalancesRequest) (*exchangev1.GetBalancesResponse, error) {
	balances, err := s.balances(ctx, request.GetAccount())
	return &exchangev1.GetBalancesResponse{Balances: s.writeBalances(balances)}, err
}

// Transfer implements exchange.v1.AccountService.
func (s *AccountServer) Transfer(ctx context.Context, request *exchangev1.TransferRequest) (*exchangev1.TransferResponse, error) {
	if err := checkID("transfer_id", request.GetTransferId()); err != nil {
		return nil, err
	}
	amount, err := s.amountOf("amount", request.GetAmount())
	if err != nil {
		return nil, err
	}
	_, err = s.submit(ctx, &venue.Transfer{
		ID: request.GetTransferId(), From: request.GetFromAccount(), To: request.GetToAccount(), Amount: amount,
	})
	if err != nil {
		return nil, err
	}
	from, to := request.GetFromAccount(), request.GetToAccount()
	sent, err := s.balances(ctx, from)
	if err != nil {
		return nil, err
	}
	received, err := s.balances(ctx, to)
	if err != nil {
		return nil, err
	}
	return &exchangev1.TransferResponse{
		FromBalance: s.writeBalance(amount.Asset, sent[amount.Asset]), ToBalance: s.writeBalance(amount.Asset, received[amount.Asset]),
	}, nil
}

// amountOf is amount, where an asset that is not listed is named by the path of its field, too.
func (s *AccountServer) amountOf(field string, asked *exchangev1.Amount) (venue.Amount, error) {
	read, err := s.amount(field, asked)
	if errs.KindOf(err) == errs.NotFound {
		err = refield(err, field+".asset")
	}
	return read, err
}

// SetLimits implements exchange.v1.AccountService.
func (s *AccountServer) SetLimits(ctx context.Context, request *exchangev1.SetLimitsRequest) (*exchangev1.SetLimitsResponse, error) {
	limits, err := readLimits(request.GetLimits())
	if err != nil {
		return nil, err
	}
	answer, err := s.submit(ctx, &venue.SetLimits{Account: request.GetAccount(), Limits: limits})
	if err != nil {
		return nil, err
	}
	limited, err := s.account(ctx, request.GetAccount())
	return &exchangev1.SetLimitsResponse{Account: limited, CancelledOrders: answer.Count}, err
}

func readLimits(asked *exchangev1.Limits) (limits account.Limits, err error) {
	limits = account.Limits{PerSecond: asked.GetMaxOrdersPerSecond(), CollarBps: asked.GetPriceCollarBps(), Blocked: asked.GetBlocked()}
	for _, field := range []struct {
		name, text string
		to         *decimal.Number
	}{
		{"limits.max_order_quantity", asked.GetMaxOrderQuantity(), &limits.MaxQuantity},
		{"limits.max_order_notional", asked.GetMaxOrderNotional(), &limits.MaxNotional},
		{"limits.max_position", asked.GetMaxPosition(), &limits.MaxPosition},
	} {
		if field.text == "" {
			continue
		}
		if *field.to, err = decimal.ParseNumber(field.text); err != nil {
			return limits, invalid(field.name, field.text, err)
		}
		if field.to.Units < 0 {
			return limits, errs.InvalidField(field.name, shown(field.text), "0 or more; 0 and nothing set no limit")
		}
	}
	return limits, nil
}
