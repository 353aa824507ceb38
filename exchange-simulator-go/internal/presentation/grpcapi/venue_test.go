package grpcapi

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

const (
	calling    = exchangev1.Phase_PHASE_CALL
	continuous = exchangev1.Phase_PHASE_CONTINUOUS
	haltedNow  = exchangev1.Phase_PHASE_HALTED
)

// phases are what symbols are doing.
func phases(symbols []*exchangev1.SymbolStatus) map[string]exchangev1.Phase {
	all := map[string]exchangev1.Phase{}
	for _, one := range symbols {
		all[one.GetSymbol()] = one.GetPhase()
	}
	return all
}

func TestTheStatusShowsTheVenueAndEachSymbol(t *testing.T) {
	h := openHouse(t)
	s := NewVenueServer(h.Desk)
	h.fund("alice", "1000")
	h.wait(time.Minute)
	h.bid("alice", "o-1", 100_00, 1)
	h.must(&venue.SetReferences{Quotes: []venue.Quote{{Instrument: 0, Price: 100_00.4}}})
	status, err := s.GetVenueStatus(t.Context(), &exchangev1.GetVenueStatusRequest{})
	require.NoError(t, err)
	assert.Equal(t, h.sequence(), status.GetSequence())
	assert.Equal(t, h.JournalID, status.GetJournalId())
	assert.Len(t, status.GetJournalId(), 32)
	assert.Equal(t, noon.Add(time.Minute), status.GetBusinessTime().AsTime())
	assert.EqualValues(t, 2, status.GetAccounts(), "the venue's own is one")
	assert.EqualValues(t, 1, status.GetOpenOrders())
	assert.Zero(t, status.GetTrades())
	require.Len(t, status.GetSymbols(), 2)
	bitcoin, ether := status.GetSymbols()[0], status.GetSymbols()[1]
	assert.Equal(t, "BTC/USD", bitcoin.GetSymbol())
	assert.Equal(t, continuous, bitcoin.GetPhase())
	assert.Equal(t, noon, bitcoin.GetSince().AsTime())
	assert.InDelta(t, 1, bitcoin.GetSpreadMultiplier(), 0)
	assert.InDelta(t, 100, bitcoin.GetReferencePrice(), 0, "rounded to a tick")
	assert.False(t, bitcoin.GetReferenceStale())
	assert.EqualValues(t, 1, bitcoin.GetOpenOrders())
	assert.Equal(t, "ETH/USD", ether.GetSymbol())
	assert.Zero(t, ether.GetReferencePrice())
	assert.True(t, ether.GetReferenceStale())
}

func TestASymbolIsHaltedAndResumedWithAnAuction(t *testing.T) {
	h := openHouse(t)
	s := NewVenueServer(h.Desk)
	h.wait(time.Hour)
	for range 2 {
		answer, err := s.HaltTrading(t.Context(), &exchangev1.HaltTradingRequest{Symbol: "BTC/USD", Reason: "news pending"})
		require.NoError(t, err)
		require.Len(t, answer.GetSymbols(), 1)
		assert.Equal(t, haltedNow, answer.GetSymbols()[0].GetPhase())
		assert.Equal(t, "news pending", answer.GetSymbols()[0].GetReason())
		assert.Equal(t, noon.Add(time.Hour), answer.GetSymbols()[0].GetSince().AsTime())
	}
	resumed, err := s.ResumeTrading(t.Context(), &exchangev1.ResumeTradingRequest{Symbol: "BTC/USD"})
	require.NoError(t, err)
	assert.Equal(t, map[string]exchangev1.Phase{"BTC/USD": calling}, phases(resumed.GetSymbols()))
	assert.Empty(t, resumed.GetSymbols()[0].GetReason())
	_, err = s.ResumeTrading(t.Context(), &exchangev1.ResumeTradingRequest{Symbol: "BTC/USD"})
	assertRefused(t, err, errs.FailedPrecondition, "NOT_HALTED")
	h.wait(5 * time.Second)
	h.must(&venue.Advance{})
	status, err := s.GetVenueStatus(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, map[string]exchangev1.Phase{"BTC/USD": continuous, "ETH/USD": continuous}, phases(status.GetSymbols()))
}

func TestAllSymbolsAreHaltedAndThoseHaltedAreResumed(t *testing.T) {
	h := openHouse(t)
	s := NewVenueServer(h.Desk)
	answer, err := s.HaltTrading(t.Context(), &exchangev1.HaltTradingRequest{})
	require.NoError(t, err)
	assert.Equal(t, map[string]exchangev1.Phase{"BTC/USD": haltedNow, "ETH/USD": haltedNow}, phases(answer.GetSymbols()))
	resumed, err := s.ResumeTrading(t.Context(), &exchangev1.ResumeTradingRequest{Symbol: "ETH/USD", WithoutAuction: true})
	require.NoError(t, err)
	assert.Equal(t, map[string]exchangev1.Phase{"ETH/USD": continuous}, phases(resumed.GetSymbols()))
	resumed, err = s.ResumeTrading(t.Context(), &exchangev1.ResumeTradingRequest{WithoutAuction: true})
	require.NoError(t, err)
	assert.Equal(t, map[string]exchangev1.Phase{"BTC/USD": continuous}, phases(resumed.GetSymbols()), "the other one was not halted")
	resumed, err = s.ResumeTrading(t.Context(), &exchangev1.ResumeTradingRequest{})
	require.NoError(t, err)
	assert.Empty(t, resumed.GetSymbols())
}

func TestTheSpreadIsMultiplied(t *testing.T) {
	h := openHouse(t)
	s := NewVenueServer(h.Desk)
	answer, err := s.SetSpread(t.Context(), &exchangev1.SetSpreadRequest{Symbol: "ETH/USD", Multiplier: 2.5})
	require.NoError(t, err)
	require.Len(t, answer.GetSymbols(), 1)
	assert.Equal(t, "ETH/USD", answer.GetSymbols()[0].GetSymbol())
	assert.InDelta(t, 2.5, answer.GetSymbols()[0].GetSpreadMultiplier(), 0)
	answer, err = s.SetSpread(t.Context(), &exchangev1.SetSpreadRequest{Multiplier: 0.1})
	require.NoError(t, err)
	assert.Len(t, answer.GetSymbols(), 2)
}

func TestWhatOperatorsCannotDoIsRefused(t *testing.T) {
	h := openHouse(t)
	s := NewVenueServer(h.Desk)
	_, err := s.HaltTrading(t.Context(), &exchangev1.HaltTradingRequest{Symbol: "DOGE/USD"})
	assertRefused(t, err, errs.NotFound, "UNKNOWN_SYMBOL")
	_, err = s.HaltTrading(t.Context(), &exchangev1.HaltTradingRequest{Reason: strings.Repeat("ü", MaxHaltReason+1)})
	assertInvalid(t, err, "reason")
	_, err = s.HaltTrading(t.Context(), &exchangev1.HaltTradingRequest{Symbol: "BTC/USD", Reason: strings.Repeat("ü", MaxHaltReason)})
	require.NoError(t, err)
	_, err = s.ResumeTrading(t.Context(), &exchangev1.ResumeTradingRequest{Symbol: "DOGE/USD"})
	assertRefused(t, err, errs.NotFound, "UNKNOWN_SYMBOL")
	_, err = s.SetSpread(t.Context(), &exchangev1.SetSpreadRequest{Symbol: "DOGE/USD", Multiplier: 1})
	assertRefused(t, err, errs.NotFound, "UNKNOWN_SYMBOL")
	for _, multiplier := range []float64{0, -1, 0.09, 100.1, math.NaN(), math.Inf(1)} {
		_, err = s.SetSpread(t.Context(), &exchangev1.SetSpreadRequest{Multiplier: multiplier})
		assertInvalid(t, err, "multiplier")
	}
}
