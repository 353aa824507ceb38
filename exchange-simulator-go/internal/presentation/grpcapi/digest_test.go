package grpcapi

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// inOneLine is a digest in one line.
func inOneLine(of *exchangev1.BalanceDigest) string {
	return fmt.Sprint(of.GetParticipant(), " ", of.GetAsset(), " ", of.GetAvailable(), "+", of.GetHeld(), "=", of.GetTotal(), " transit ", of.GetInTransit())
}

// lines fetches all pages, and wants them of one sequence.
func lines(t *testing.T, s *FundingServer, size int32, between func()) (all []string) {
	t.Helper()
	sequence := uint64(0)
	for token := ""; ; between() {
		page, err := s.GetBalanceDigests(t.Context(), &exchangev1.GetBalanceDigestsRequest{PageSize: size, PageToken: token})
		require.NoError(t, err)
		if token == "" {
			sequence = page.GetSequence()
		}
		assert.Equal(t, sequence, page.GetSequence())
		assert.Equal(t, s.JournalID, page.GetJournalId())
		for _, digest := range page.GetDigests() {
			all = append(all, inOneLine(digest))
		}
		if token = page.GetNextPageToken(); token == "" {
			return all
		}
		require.Len(t, page.GetDigests(), int(size))
	}
}

// traded is a house where alice, and a bot of hers, have bought of bob.
func traded(t *testing.T) (*house, *FundingServer) {
	h := openHouse(t)
	s := NewFundingServer(h.Desk)
	h.fund("alice", "1000")
	h.must(&venue.Open{Account: "alice/bot"})
	h.must(&venue.Transfer{ID: "t-1", From: "alice", To: "alice/bot", Amount: venue.Amount{Units: 400_00000}})
	h.must(&venue.Open{Account: "bob", Fund: []venue.Amount{{Asset: 1, Units: 1_00000000}}})
	h.bid("alice", "o-1", 100_00, 2000)
	h.bid("alice/bot", "o-2", 100_00, 1000)
	h.must(&venue.Place{Account: "bob", ClientID: "o-1", Order: venue.Order{Side: 1, Price: 100_00, Lots: 500}})
	return h, s
}

func TestDigestsAreWhatParticipantsHaveWithTheirSubAccounts(t *testing.T) {
	_, s := traded(t)
	assert.Equal(t, []string{
		"venue USD 0.1+0=0.1 transit 0",       // the fee of bob, who took
		"venue BTC 0.0005+0=0.0005 transit 0", // the fee of alice
		"alice USD 700+250=950 transit 1000",  // 150 more for her, and 100 for the bot
		"alice BTC 0.4995+0=0.4995 transit 0",
		"bob USD 49.9+0=49.9 transit 0",
		"bob BTC 0.5+0=0.5 transit 1",
	}, lines(t, s, 1000, func() {}))
	assert.Empty(t, s.sheets.kept)
}

func TestPagesAreOfOneSequenceHoweverTheVenueGoesOn(t *testing.T) {
	h, s := traded(t)
	whole := lines(t, s, 0, func() {})
	for size := int32(1); size < 8; size++ {
		n := 0
		assert.Equal(t, whole, lines(t, s, size, func() {
			n++
			h.must(&venue.Credit{ID: fmt.Sprint("d-", size, "-", n), Account: "bob", Amount: venue.Amount{Units: 5}})
		}), "pages of %d", size)
		assert.Empty(t, s.sheets.kept, "what was fetched to its end is not kept")
		whole = lines(t, s, 0, func() {})
	}
}

func TestPagesThatAreNotKeptHaveToBeAskedForAnew(t *testing.T) {
	h, s := traded(t)
	first := func() string {
		page, err := s.GetBalanceDigests(t.Context(), &exchangev1.GetBalanceDigestsRequest{PageSize: 2})
		require.NoError(t, err)
		return page.GetNextPageToken()
	}
	next := func(token string) error {
		_, err := s.GetBalanceDigests(t.Context(), &exchangev1.GetBalanceDigestsRequest{PageSize: 2, PageToken: token})
		return err
	}
	oldest := first()
	for range MaxSheets - 1 {
		first()
	}
	require.NoError(t, next(oldest))
	require.NoError(t, next(oldest), "a page can be asked for again")
	latest := first()
	assertRefused(t, next(oldest), errs.Aborted, "DIGESTS_GONE")
	require.NoError(t, next(latest))
	assert.Len(t, s.sheets.kept, MaxSheets)

	h.stop()
	h.start()
	s = NewFundingServer(h.Desk)
	assertRefused(t, next(latest), errs.Aborted, "DIGESTS_GONE")
	for _, foreign := range []string{"x", sealed("sheet:1:0"), sealed("sheet:01:1"), sealed("sheet:1:-1"), latest + "A", pageToken(1), strings.Repeat("x", 10_000)} {
		assertInvalid(t, next(foreign), "page_token")
	}
	_, err := s.GetBalanceDigests(t.Context(), &exchangev1.GetBalanceDigestsRequest{PageSize: 1001})
	assertInvalid(t, err, "page_size")
}

func TestDigestsAddUpToWhatWasDeposited(t *testing.T) {
	h, s := traded(t)
	_, err := s.HoldWithdrawal(t.Context(), &exchangev1.HoldWithdrawalRequest{MovementId: "w-1", Account: "bob", Amount: dollars("9.9")})
	require.NoError(t, err)
	page, err := s.GetBalanceDigests(t.Context(), &exchangev1.GetBalanceDigestsRequest{})
	require.NoError(t, err)
	assert.Equal(t, h.sequence(), page.GetSequence())
	sums := map[string]*big.Rat{}
	for _, one := range page.GetDigests() {
		for _, figure := range []string{"total", "transit"} {
			text := map[string]string{"total": one.GetTotal(), "transit": one.GetInTransit()}[figure]
			value, fits := new(big.Rat).SetString(text)
			require.True(t, fits, text)
			key := one.GetAsset() + " " + figure
			if sums[key] == nil {
				sums[key] = new(big.Rat)
			}
			sums[key].Add(sums[key], value)
		}
	}
	for key, want := range map[string]int64{"USD total": 1000, "USD transit": 1000, "BTC total": 1, "BTC transit": 1} {
		assert.Zero(t, sums[key].Cmp(big.NewRat(want, 1)), "%s: %s", key, sums[key])
	}
}
