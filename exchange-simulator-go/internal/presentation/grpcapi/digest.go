package grpcapi

// What reconciliation compares. The venue goes on while its pages are fetched, so all are cut from one copy of its balances.

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// MaxSheets is how many copies of the balances are kept at once for the further pages; the oldest goes first.
const MaxSheets = 4

// sheet is a copy of all balances after one event.
type sheet struct {
	id       uint64 // drawn, so that no token of an earlier life of the daemon fits
	sequence uint64
	rows     []row
}

// row is what a participant has of one asset, in its units.
type row struct {
	participant                string
	asset                      int32
	available, held, inTransit int64
}

// GetBalanceDigests implements exchange.v1.FundingService.
func (s *FundingServer) GetBalanceDigests(ctx context.Context, request *exchangev1.GetBalanceDigestsRequest) (*exchangev1.GetBalanceDigestsResponse, error) {
	size, err := pageSize(request.GetPageSize())
	if err != nil {
		return nil, err
	}
	from, start, err := s.sheet(ctx, request.GetPageToken())
	if err != nil {
		return nil, err
	}
	end := min(start+size, len(from.rows))
	response := &exchangev1.GetBalanceDigestsResponse{Sequence: from.sequence, JournalId: s.JournalID}
	for n := range from.rows[start:end] {
		response.Digests = append(response.Digests, s.writeDigest(&from.rows[start+n]))
	}
	if end == len(from.rows) {
		s.sheets.drop(from)
		return response, nil
	}
	s.sheets.keep(from)
	response.NextPageToken = sheetToken(from.id, end)
	return response, nil
}

func (s *FundingServer) writeDigest(of *row) *exchangev1.BalanceDigest {
	asset := &s.Listing.Assets[of.asset]
	return &exchangev1.BalanceDigest{
		Participant: of.participant, Asset: asset.Code, Available: asset.Format(of.available), Held: asset.Format(of.held),
		InTransit: asset.Format(of.inTransit), Total: asset.Format(of.available + of.held),
	}
}

// sheet returns the copy that a token belongs to, and where its page starts; without a token, a new copy.
func (s *FundingServer) sheet(ctx context.Context, token string) (*sheet, int, error) {
	if token != "" {
		return s.sheets.find(token)
	}
	fresh := &sheet{id: rand.Uint64()}
	if err := s.read(ctx, fresh.copy); err != nil {
		return nil, 0, err
	}
	nothing := func(one row) bool { return one.available == 0 && one.held == 0 && one.inTransit == 0 }
	fresh.rows = slices.Clone(slices.DeleteFunc(fresh.rows, nothing)) // without the room of those that were left out
	return fresh, 0, nil
}

// copy takes the balances of all participants, those of sub-accounts with them. An account comes after the one at its top.
func (s *sheet) copy(v *venue.Venue) {
	ledger := v.Ledger()
	assets := int32(len(ledger.Listing().Assets))
	places := make([]int, ledger.Accounts()) // of the first row of those at the top
	s.sequence, s.rows = v.Sequence(), make([]row, 0, int(ledger.Accounts())*int(assets))
	for number := range ledger.Accounts() {
		who := ledger.Account(number)
		if who.Owner == number {
			places[number] = len(s.rows)
			for asset := range assets {
				s.rows = append(s.rows, row{participant: who.Name, asset: asset})
			}
		}
		for asset := range assets {
			sum, balance := &s.rows[places[who.Owner]+int(asset)], ledger.Balance(number, asset)
			sum.available, sum.held, sum.inTransit = sum.available+balance.Available, sum.held+balance.Held, sum.inTransit+ledger.InTransitOf(number, asset)
		}
	}
}

// sheets are the copies that further pages are cut from, oldest first.
type sheets struct {
	mu   sync.Mutex
	kept []*sheet
}

func (s *sheets) keep(one *sheet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.kept, one) {
		return
	}
	if len(s.kept) == MaxSheets {
		s.kept = slices.Delete(s.kept, 0, 1)
	}
	s.kept = append(s.kept, one)
}

func (s *sheets) drop(one *sheet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = slices.DeleteFunc(s.kept, func(other *sheet) bool { return other == one })
}

func (s *sheets) find(token string) (*sheet, int, error) {
	var id uint64
	var start int
	_, _ = fmt.Sscanf(unsealed(token), sheetFormat, &id, &start) // what is not ours is found out below
	if sheetToken(id, start) != token || start <= 0 {
		return nil, 0, notOurs(token)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.kept {
		if one.id == id && start < len(one.rows) {
			return one, start, nil
		}
	}
	return nil, 0, errs.New(errs.Aborted, "DIGESTS_GONE",
		"the pages that this token belongs to are not kept any more: start again with the first page, which names another sequence")
}

const sheetFormat = "sheet:%d:%d" // its id and where a page starts

func sheetToken(id uint64, start int) string { return sealed(fmt.Sprintf(sheetFormat, id, start)) }
