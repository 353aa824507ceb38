package history

import (
	"fmt"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// The listing of the tests: assets and instruments by their indices.
const (
	usd, btc, ada  int32 = 0, 1, 2
	btcusd, adabtc int32 = 0, 1
	day                  = int64(20_000 * 86_400_000_000_000) // business nanoseconds
)

func listing(t require.TestingT) *instrument.Listing {
	assets := []instrument.Asset{{Code: "USD", Scale: 7}, {Code: "BTC", Scale: 9}, {Code: "ADA", Scale: 6}}
	number := func(units int64, scale int) decimal.Number { return decimal.Number{Units: units, Scale: scale} }
	listed := []instrument.Instrument{
		{Symbol: "BTC/USD", Base: btc, Quote: usd, Tick: number(1, 2), Lot: number(1, 5)},
		{Symbol: "ADA/BTC", Base: ada, Quote: btc, Tick: number(1, 8), Lot: number(1, 1)},
	}
	for n := range listed {
		var err error
		listed[n], err = instrument.New(assets, listed[n])
		require.NoError(t, err)
	}
	made, err := instrument.NewListing(assets, listed)
	require.NoError(t, err)
	return made
}

// world is a ledger, the events that say what it did, and the history of them.
type world struct {
	ledger   *account.Ledger
	history  *History
	sequence uint64
	next     uint64 // id of an order, a trade or a movement
	posted   map[int32][]Entry
	filled   map[int32][]venue.Fill
	traded   map[int32][]Trade
}

func newWorld(t require.TestingT, fees account.Fees) *world {
	require.NoError(t, fees.Check())
	w := &world{
		ledger: account.New(listing(t), fees), history: New(),
		posted: map[int32][]Entry{}, filled: map[int32][]venue.Fill{}, traded: map[int32][]Trade{},
	}
	w.history.List(w.ledger.Listing())
	for _, name := range []string{"alice", "alice/bot", "bob", "venue/maker"} {
		w.open(t, name)
	}
	return w
}

func (w *world) id() uint64 {
	w.next++
	return w.next
}

// tell hands an event to the history, after one that says nothing about accounts.
func (w *world) tell(e *venue.Event) {
	w.history.Apply(w.sequence+1, w.time(), &venue.Event{Kind: venue.OrderAccepted, Account: 1})
	w.sequence += 2
	w.history.Apply(w.sequence, w.time(), e)
}

func (w *world) time() int64 { return day + int64(w.sequence)*1000 }

func (w *world) open(t require.TestingT, name string) int32 {
	number, err := w.ledger.Open(day, name)
	require.NoError(t, err)
	w.tell(&venue.Event{Kind: venue.AccountOpened, Account: number, Text: name})
	return number
}

// expect notes what the ledger posted, with the name of its movement.
func (w *world) expect(movement string, entries []account.Entry) {
	for _, one := range entries {
		entry := Entry{Sequence: w.sequence, Time: w.time(), Amount: one.Amount, Movement: movement, Asset: one.Asset, Kind: one.Kind}
		if movement == "" {
			entry.Trade = one.Reference
		}
		if w.ledger.Account(one.Account).Owner != account.Venue {
			w.posted[one.Account] = append(w.posted[one.Account], entry)
		}
	}
}

func (w *world) deposit(t require.TestingT, number, asset int32, amount int64) {
	id := fmt.Sprint("deposit-", w.id())
	entries, err := w.ledger.Credit(id, number, asset, amount, true, nil)
	require.NoError(t, err)
	w.tell(&venue.Event{Kind: venue.Deposited, Account: number, Asset: asset, Amount: amount, Text: id, Reason: "IN_TRANSIT"})
	w.expect(id, entries)
	_, err = w.ledger.Credit(id, number, asset, amount, false, nil)
	require.NoError(t, err)
	w.tell(&venue.Event{Kind: venue.DepositBooked, Account: number, Asset: asset, Amount: amount, Text: id})
}

// withdraw takes an amount out, or gives it up again.
func (w *world) withdraw(t require.TestingT, number, asset int32, amount int64, released bool) {
	id := fmt.Sprint("withdrawal-", w.id())
	if w.ledger.HoldWithdrawal(id, number, asset, amount) != nil {
		return
	}
	w.tell(&venue.Event{Kind: venue.WithdrawalHeld, Account: number, Asset: asset, Amount: amount, Text: id})
	if released {
		require.NoError(t, w.ledger.ReleaseWithdrawal(id))
		w.tell(&venue.Event{Kind: venue.WithdrawalReleased, Account: number, Asset: asset, Amount: amount, Text: id})
		return
	}
	entries, err := w.ledger.SettleWithdrawal(id, nil)
	require.NoError(t, err)
	w.tell(&venue.Event{Kind: venue.WithdrawalSettled, Account: number, Asset: asset, Amount: amount, Text: id})
	w.expect(id, entries)
}

func (w *world) transfer(from, to, asset int32, amount int64) {
	id := fmt.Sprint("transfer-", w.id())
	entries, err := w.ledger.Transfer(id, from, to, asset, amount, nil)
	if err != nil {
		return
	}
	w.tell(&venue.Event{Kind: venue.Transferred, Account: from, To: to, Asset: asset, Amount: amount, Text: id})
	w.expect(id, entries)
}

// trade has two accounts trade, when both can pay.
func (w *world) trade(t require.TestingT, e venue.Event) {
	e.Kind, e.Trade, e.Order, e.Maker = venue.Traded, w.id(), w.id(), w.id()
	e.ClientID, e.MakerClient = fmt.Sprint("order-", e.Order), fmt.Sprint("order-", e.Maker)
	side := account.Side(e.Side)
	taker := account.Order{ID: e.Order, Account: e.Account, Instrument: e.Instrument, Side: side, Price: e.Price, Lots: e.Lots}
	maker := account.Order{ID: e.Maker, Account: e.MakerAccount, Instrument: e.Instrument, Side: 1 - side, Price: e.Price, Lots: e.Lots}
	defer w.ledger.Release(e.Order)
	if w.ledger.Place(&taker) != nil || w.ledger.Place(&maker) != nil {
		return
	}
	settled, entries, err := w.ledger.Settle(w.time(), &account.Trade{
		ID: e.Trade, Instrument: e.Instrument, Price: e.Price, Lots: e.Lots, Taker: e.Order, Maker: e.Maker, Auction: e.Auction,
	}, nil)
	require.NoError(t, err)
	e.Fee, e.MakerFee = settled.Taker, settled.Maker
	w.tell(&e)
	w.expect("", entries)
	w.expectFills(&e)
}

func (w *world) expectFills(e *venue.Event) {
	w.traded[e.Instrument] = append(w.traded[e.Instrument], Trade{
		ID: e.Trade, Sequence: w.sequence, Time: w.time(), Price: e.Price, Lots: e.Lots, Taker: e.Side, Auction: e.Auction,
	})
	taken := venue.Fill{
		Trade: e.Trade, Order: e.Order, ClientID: e.ClientID, Account: e.Account, Instrument: e.Instrument, Buys: e.Side == book.Buy,
		Price: e.Price, Lots: e.Lots, Fee: e.Fee.Fee, FeeAsset: e.Fee.Asset, Mid: e.Mid, Time: w.time(), Sequence: w.sequence,
	}
	made := venue.Fill{
		Trade: e.Trade, Order: e.Maker, ClientID: e.MakerClient, Account: e.MakerAccount, Instrument: e.Instrument, Buys: e.Side == book.Sell,
		Maker: !e.Auction, Price: e.Price, Lots: e.Lots, Fee: e.MakerFee.Fee, FeeAsset: e.MakerFee.Asset, Mid: e.Mid,
		Time: w.time(), Sequence: w.sequence,
	}
	if made.Buys {
		taken, made = made, taken
	}
	for _, fill := range []venue.Fill{taken, made} {
		if w.ledger.Account(fill.Account).Owner != account.Venue {
			w.filled[fill.Account] = append(w.filled[fill.Account], fill)
		}
	}
}

// step does one random thing.
func (w *world) step(t *rapid.T) {
	number := rapid.Int32Range(0, w.ledger.Accounts()-1)
	asset, amount := rapid.Int32Range(usd, ada), rapid.Int64Range(1, 1_000_000_000)
	switch rapid.IntRange(0, 7).Draw(t, "what") {
	case 0:
		if w.ledger.Accounts() < 9 {
			w.open(t, fmt.Sprint(rapid.SampledFrom([]string{"", "bob/", "venue/", "venue-"}).Draw(t, "parent"), "a", w.id()))
		}
	case 1:
		w.deposit(t, number.Draw(t, "account"), asset.Draw(t, "asset"), amount.Draw(t, "amount"))
	case 2:
		w.withdraw(t, number.Draw(t, "account"), asset.Draw(t, "asset"), amount.Draw(t, "amount"), rapid.Bool().Draw(t, "released"))
	case 3:
		w.transfer(number.Draw(t, "from"), number.Draw(t, "to"), asset.Draw(t, "asset"), amount.Draw(t, "amount"))
	default:
		w.trade(t, venue.Event{
			Side: book.Side(rapid.IntRange(0, 1).Draw(t, "side")), Account: number.Draw(t, "taker"), MakerAccount: number.Draw(t, "maker"),
			Instrument: rapid.Int32Range(btcusd, adabtc).Draw(t, "instrument"), Price: rapid.Int64Range(1, 1000).Draw(t, "price"),
			Lots: rapid.Int64Range(1, 100).Draw(t, "lots"), Mid: rapid.Int64Range(0, 2000).Draw(t, "mid"), Auction: rapid.Bool().Draw(t, "auction"),
		})
	}
}

// randomFees draws rates, with rebates where they are possible.
func randomFees(t *rapid.T) account.Fees {
	fees := account.Fees{VolumeAsset: usd, InQuote: rapid.Bool().Draw(t, "in quote")}
	taker := rapid.Int32Range(0, account.MaxRate).Draw(t, "taker rate")
	least := int32(0)
	if fees.InQuote {
		least = -taker
	}
	fees.Tiers = []account.Tier{{Maker: rapid.Int32Range(least, account.MaxRate).Draw(t, "maker rate"), Taker: taker}}
	return fees
}

// randomWorld is one in which some things have happened.
func randomWorld(t *rapid.T) *world {
	w := newWorld(t, randomFees(t))
	for number := range w.ledger.Accounts() {
		for asset := range ada + 1 {
			w.deposit(t, number, asset, 1_000_000_000)
		}
	}
	for range rapid.IntRange(0, 40).Draw(t, "steps") {
		w.step(t)
	}
	return w
}

// all reads a list page by page.
func all[T any](page func(before Cursor, records []T) ([]T, Cursor)) []T {
	records, next := page(0, nil)
	for next != 0 {
		records, next = page(next, records)
	}
	return records
}
