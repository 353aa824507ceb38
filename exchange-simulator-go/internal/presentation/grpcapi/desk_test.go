package grpcapi

import (
	"context"
	"encoding/hex"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when tests begin, wall and business.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// house is a real venue behind a real journal in memory, with a clock that stands until it is moved.
type house struct {
	*Desk
	t     testing.TB
	disk  *memdisk.Disk
	later atomic.Int64 // nanoseconds since noon
}

// openHouse opens a venue that trades BTC/USD and ETH/USD, without participants of its own.
func openHouse(t testing.TB) *house {
	h := &house{t: t, disk: memdisk.New()}
	h.start()
	t.Cleanup(h.stop)
	return h
}

// start opens the machine on what the disk has.
func (h *house) start() {
	state := records.NewState()
	clock := func() (wall, business time.Time) {
		now := noon.Add(time.Duration(h.later.Load()))
		return now, now
	}
	machine, err := journal.Open(records.Options{
		Directory: h.disk, State: state, Codec: records.Codec{}, Version: records.Version, Clock: clock, SegmentBytes: 1 << 16,
	})
	require.NoError(h.t, err)
	id := machine.ID()
	h.Desk = &Desk{Machine: machine, State: state, JournalID: hex.EncodeToString(id[:]), Clock: clock}
	h.must(twoPairs(h.t))
	require.NoError(h.t, h.read(context.Background(), func(v *venue.Venue) { h.Listing = v.Listing() }))
}

func (h *house) stop() { require.NoError(h.t, h.Machine.Close(context.Background())) }

// wait moves the clock on.
func (h *house) wait(duration time.Duration) { h.later.Add(int64(duration)) }

// must has a command carried out that no rule refuses.
func (h *house) must(command venue.Command) venue.Answer {
	answer, err := h.submit(context.Background(), command)
	require.NoError(h.t, err)
	return answer
}

// fund opens an account with dollars, in transit.
func (h *house) fund(name, dollars string) {
	units, err := h.Listing.Assets[0].Parse(dollars)
	require.NoError(h.t, err)
	h.must(&venue.Open{Account: name, Fund: []venue.Amount{{Asset: 0, Units: units}}})
}

// bid places a limit order for BTC: ticks of 0.01 USD and lots of 0.001 BTC.
func (h *house) bid(name, id string, ticks, lots int64) venue.Answer {
	return h.must(&venue.Place{Account: name, ClientID: id, Order: venue.Order{Side: book.Buy, Price: ticks, Lots: lots}})
}

// twoPairs are documents of BTC/USD and ETH/USD that open at once.
func twoPairs(t testing.TB) *venue.Configure {
	number := func(text string) decimal.Number {
		value, err := decimal.ParseNumber(text)
		require.NoError(t, err)
		return value
	}
	c := &venue.Configure{
		Assets: []instrument.Asset{{Code: "USD", Scale: 5}, {Code: "BTC", Scale: 8}, {Code: "ETH", Scale: 8}},
		Fees:   account.Fees{Tiers: []account.Tier{{Maker: 10_0000, Taker: 20_0000}}}, // 10 and 20 basis points
		Seed:   7, Resumption: int64(5 * time.Second), Cooling: int64(10 * time.Second),
	}
	for base, symbol := range []string{1: "BTC/USD", 2: "ETH/USD"} {
		if symbol == "" {
			continue
		}
		one, err := instrument.New(c.Assets, instrument.Instrument{
			Symbol: symbol, Base: int32(base), Tick: number("0.01"), Lot: number("0.001"),
			Filters: instrument.Filters{MinLots: 1, MaxLots: 1_000_000, MaxOpenOrders: 100, PriceUp: number("5"), PriceDown: number("0.2")},
		})
		require.NoError(t, err)
		quiet := liquidity.Default(1)
		quiet.Makers, quiet.Takers = 0, 0
		c.Instruments, c.Rules, c.Liquidity = append(c.Instruments, one), append(c.Rules, matching.Rules{}), append(c.Liquidity, quiet)
	}
	return c
}

// assertRefused wants an error of a kind and a reason, and metadata as pairs of key and value.
func assertRefused(t testing.TB, err error, kind errs.Kind, reason string, metadata ...string) {
	t.Helper()
	var refused *errs.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, kind, refused.Kind, err)
	assert.Equal(t, reason, refused.Reason, err)
	for n := 0; n < len(metadata); n += 2 {
		assert.Equal(t, metadata[n+1], refused.Metadata[metadata[n]], err)
	}
}

// assertInvalid wants a field refused.
func assertInvalid(t testing.TB, err error, field string) {
	t.Helper()
	assertRefused(t, err, errs.Invalid, "INVALID_FIELD", "field", field)
}

func TestWhatIsNotListedIsRefusedNamingWhatIs(t *testing.T) {
	h := openHouse(t)
	index, err := h.instrument("ETH/USD")
	require.NoError(t, err)
	assert.EqualValues(t, 1, index)
	all, err := h.instrumentOrAll("")
	require.NoError(t, err)
	assert.Equal(t, venue.All, all)
	_, err = h.instrumentOrAll("DOGE/USD")
	assertRefused(t, err, errs.NotFound, "UNKNOWN_SYMBOL")
	assert.ErrorContains(t, err, `unknown symbol "DOGE/USD": listed are BTC/USD, ETH/USD`)
	_, err = h.asset("DOGE")
	assertRefused(t, err, errs.NotFound, "UNKNOWN_ASSET")
	assert.ErrorContains(t, err, `unknown asset "DOGE": listed are USD, BTC, ETH`)
}

func TestDecimalsAreReadExactlyOrRefusedByTheNameOfTheirField(t *testing.T) {
	h := openHouse(t)
	one := &h.Listing.Instruments[0]
	ticks, err := positive("order.price", "60000.01", one.ParsePrice)
	require.NoError(t, err)
	assert.EqualValues(t, 6_000_001, ticks)
	lots, err := optional("order.quantity", "", one.ParseQuantity)
	require.NoError(t, err)
	assert.Zero(t, lots)
	for _, text := range []string{"", "0", "-1", "1e3", "60000.001", "1,000", " 1", "99999999999999999999"} {
		_, err = positive("order.price", text, one.ParsePrice)
		assertInvalid(t, err, "order.price")
	}
	_, err = optional("order.quantity", "0.0001", one.ParseQuantity)
	assert.EqualError(t, err, `order.quantity: "0.0001" has 4 digits after the point: at most 3 are allowed`)
	amount, err := h.amount("amount", &exchangev1.Amount{Asset: "BTC", Amount: "0.5"})
	require.NoError(t, err)
	assert.Equal(t, "0.5", h.writeAmount(amount.Asset, amount.Units).GetAmount())
	_, err = h.amount("amount", &exchangev1.Amount{Asset: "BTC", Amount: "0.000000001"})
	assertInvalid(t, err, "amount.amount")
}

func TestIdsAreVisibleCharactersAndNotTooLong(t *testing.T) {
	long := make([]byte, venue.MaxClientID)
	for n := range long {
		long[n] = '~'
	}
	for _, good := range []string{"a", "open/alice/USD", "!", string(long)} {
		assert.NoError(t, checkID("movement_id", good))
	}
	for _, bad := range []string{"", "a b", "a\n", "\u00e9", "\xff", string(long) + "~"} {
		assertInvalid(t, checkID("movement_id", bad), "movement_id")
	}
}

func TestATokenIsOfOneQuestion(t *testing.T) {
	token := pageToken(42, "ListTrades", "alice", "BTC/USD")
	at, err := pageStart(token, "ListTrades", "alice", "BTC/USD")
	require.NoError(t, err)
	assert.EqualValues(t, 42, at)
	at, err = pageStart("", "ListTrades", "alice", "BTC/USD")
	require.NoError(t, err)
	assert.Zero(t, at)
	for _, other := range [][]string{{"ListTrades", "alice", ""}, {"ListTrades", "aliceB", "TC/USD"}, {"ListOrders", "alice", "BTC/USD"}, {}} {
		_, err = pageStart(token, other...)
		assertInvalid(t, err, "page_token")
	}
	for _, size := range []int32{-1, MaxPage + 1} {
		_, err = pageSize(size)
		assertInvalid(t, err, "page_size")
	}
}

// Whatever comes as a token: no panic, and only what was issued is taken.
func FuzzPageToken(f *testing.F) {
	f.Add(pageToken(7, "ListTrades"), uint64(7))
	f.Add(sealed("1:7"), uint64(0))
	f.Fuzz(func(t *testing.T, token string, position uint64) {
		at, err := pageStart(token, "ListTrades")
		if err == nil && token != "" {
			require.Equal(t, token, pageToken(at, "ListTrades"))
		}
		if position > 0 {
			again, err := pageStart(pageToken(position, "ListTrades"), "ListTrades")
			require.NoError(t, err)
			require.Equal(t, position, again)
		}
	})
}

func TestNothingIsReadOrDoneOnceTheMachineIsClosed(t *testing.T) {
	h := &house{t: t, disk: memdisk.New()}
	h.start()
	h.stop()
	ctx, cancel := context.WithCancel(t.Context())
	assertRefused(t, h.read(ctx, func(*venue.Venue) { t.Error("it is closed") }), errs.Unavailable, "JOURNAL_CLOSED")
	_, err := h.submit(ctx, &venue.Advance{})
	assertRefused(t, err, errs.Unavailable, "JOURNAL_CLOSED")
	cancel()
	_, err = h.submit(ctx, &venue.Advance{})
	assert.ErrorIs(t, err, context.Canceled)
}
