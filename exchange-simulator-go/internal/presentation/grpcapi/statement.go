package grpcapi

// What has happened to accounts, a page at a time: read from their history once it has what was answered before.

import (
	"context"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/history"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// ListTrades implements exchange.v1.AccountService.
func (s *AccountServer) ListTrades(ctx context.Context, request *exchangev1.ListTradesRequest) (*exchangev1.ListTradesResponse, error) {
	one, err := s.instrumentOrAll(request.GetSymbol())
	if err != nil {
		return nil, err
	}
	size, err := pageSize(request.GetPageSize())
	if err != nil {
		return nil, err
	}
	question := []string{"AccountService.ListTrades", request.GetAccount(), request.GetSymbol()}
	start, err := pageStart(request.GetPageToken(), question...)
	if err != nil {
		return nil, err
	}
	var fills []venue.Fill
	next := history.Cursor(0)
	err = s.past(ctx, request.GetAccount(), func(h *history.History, number int32) {
		fills, next = h.Fills(number, one, history.Cursor(start), size, nil)
	})
	if err != nil {
		return nil, err
	}
	return &exchangev1.ListTradesResponse{Fills: s.writeFills(request.GetAccount(), fills), NextPageToken: nextToken(next, question...)}, nil
}

// ListEntries implements exchange.v1.AccountService.
func (s *AccountServer) ListEntries(ctx context.Context, request *exchangev1.ListEntriesRequest) (*exchangev1.ListEntriesResponse, error) {
	asset, err := s.assetOrAll(request.GetAsset())
	if err != nil {
		return nil, err
	}
	size, err := pageSize(request.GetPageSize())
	if err != nil {
		return nil, err
	}
	question := []string{"AccountService.ListEntries", request.GetAccount(), request.GetAsset()}
	start, err := pageStart(request.GetPageToken(), question...)
	if err != nil {
		return nil, err
	}
	var entries []history.Entry
	next := history.Cursor(0)
	err = s.past(ctx, request.GetAccount(), func(h *history.History, number int32) {
		entries, next = h.Entries(number, asset, history.Cursor(start), size, nil)
	})
	if err != nil {
		return nil, err
	}
	return &exchangev1.ListEntriesResponse{Entries: s.writeEntries(entries), NextPageToken: nextToken(next, question...)}, nil
}

// assetOrAll is asset, and venue.All without a code.
func (s *AccountServer) assetOrAll(code string) (int32, error) {
	if code == "" {
		return venue.All, nil
	}
	return s.asset(code)
}

// past shows the history of an account by its number, with all that was answered before. NOT_FOUND (UNKNOWN_ACCOUNT).
func (s *AccountServer) past(ctx context.Context, name string, view func(h *history.History, number int32)) error {
	var number int32
	var sequence uint64
	if err := s.look(ctx, name, func(v *venue.Venue, found int32) { number, sequence = found, v.Sequence() }); err != nil {
		return err
	}
	return s.historian.Read(ctx, sequence, func(h *history.History) { view(h, number) })
}

// nextToken is the token of the page after this one, empty when there is none.
func nextToken(next history.Cursor, question ...string) string {
	if next == 0 {
		return ""
	}
	return pageToken(uint64(next), question...)
}

var entryKinds = map[account.EntryKind]exchangev1.EntryKind{
	account.DepositEntry:    exchangev1.EntryKind_ENTRY_KIND_DEPOSIT,
	account.WithdrawalEntry: exchangev1.EntryKind_ENTRY_KIND_WITHDRAWAL,
	account.TradeEntry:      exchangev1.EntryKind_ENTRY_KIND_TRADE,
	account.FeeEntry:        exchangev1.EntryKind_ENTRY_KIND_FEE,
	account.TransferEntry:   exchangev1.EntryKind_ENTRY_KIND_TRANSFER,
}

func (d *Desk) writeEntries(entries []history.Entry) []*exchangev1.Entry {
	written := make([]*exchangev1.Entry, len(entries))
	for n := range entries {
		one := &entries[n]
		asset := &d.Listing.Assets[one.Asset]
		written[n] = &exchangev1.Entry{
			Sequence: one.Sequence, Kind: entryKinds[one.Kind], Asset: asset.Code, Amount: asset.Format(one.Amount),
			Reference: one.Reference(), Time: timestamp(one.Time),
		}
	}
	return written
}
