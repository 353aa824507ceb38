package venue_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
)

// crowd draws commands of every type, close enough together to meet.
type crowd struct {
	*rapid.T
	c *venue.Configure
	n int
}

func (r *crowd) name() string {
	return rapid.SampledFrom([]string{"alice", "alice/bot", "bob"}).Draw(r.T, "account")
}

func (r *crowd) id() string {
	r.n++
	if rapid.IntRange(0, 9).Draw(r.T, "reused") == 0 {
		return "c1"
	}
	return "c" + string(rune('0'+r.n%10)) + string(rune('a'+r.n/10%26)) + string(rune('a'+r.n/260%26))
}

func (r *crowd) price() int64 { return rapid.Int64Range(390, 410).Draw(r.T, "price") * 10_000 }
func (r *crowd) lots() int64  { return rapid.Int64Range(1, 2000).Draw(r.T, "lots") }

func (r *crowd) order() venue.Order {
	o := venue.Order{
		Side: book.Side(rapid.IntRange(0, 1).Draw(r.T, "side")), Type: matching.Type(rapid.IntRange(0, 7).Draw(r.T, "type")),
		SelfTrade: matching.SelfTrade(rapid.IntRange(0, 4).Draw(r.T, "self")), Lots: r.lots(),
	}
	if o.Type != matching.Market {
		o.Force = rapid.SampledFrom([]matching.Force{0, 0, 0, matching.IOC, matching.FOK, matching.Day}).Draw(r.T, "force")
		o.TriggerBy = matching.TriggerBy(rapid.IntRange(0, 1).Draw(r.T, "by"))
	}
	switch o.Type {
	case matching.Limit, matching.StopLimit, matching.TakeProfitLimit, matching.TrailingStopLimit:
		o.Price = r.price()
	default:
		o.MaxQuote = rapid.Int64Range(0, 5_000_000_000).Draw(r.T, "most")
	}
	switch o.Type {
	case matching.Limit:
		o.TriggerBy = 0
		o.PostOnly = o.Force == 0 && rapid.IntRange(0, 4).Draw(r.T, "post") == 0
		if o.Force == 0 && o.Lots > 10 && rapid.Bool().Draw(r.T, "iceberg") {
			o.Display = o.Lots / 3
		}
	case matching.Market:
		o.MaxQuote = 0
		if rapid.Bool().Draw(r.T, "by quote") {
			o.Lots, o.Quote = 0, rapid.Int64Range(1, 9_000_000_000).Draw(r.T, "quote")
		}
	case matching.TrailingStop, matching.TrailingStopLimit:
		o.Trail = rapid.Int64Range(1, 5).Draw(r.T, "trail") * 10_000
	default:
		o.Trigger = r.price()
	}
	return o
}

func (r *crowd) place() venue.Command {
	c := &venue.Place{
		Account: r.name(), ClientID: r.id(), Instrument: btcusd, Session: uint64(rapid.IntRange(0, 2).Draw(r.T, "session")), Order: r.order(),
	}
	shape := rapid.IntRange(0, 9).Draw(r.T, "shape")
	if shape > 1 {
		return c
	}
	other := r.order()
	other.Lots, other.Quote = c.Order.Lots, 0
	if shape == 0 {
		other.Side = c.Order.Side
		c.Other = &other
		return c
	}
	c.Order.Type, c.Order.Price, c.Order.Trigger, c.Order.Trail, c.Order.MaxQuote, c.Order.TriggerBy = matching.Limit, r.price(), 0, 0, 0, 0
	if c.Order.Lots == 0 {
		c.Order.Lots, c.Order.Quote = r.lots(), 0
	}
	other.Side = c.Order.Side.Opposite()
	c.StopLoss = &other
	return c
}

// command draws any command.
func (r *crowd) command(last uint64) venue.Command {
	target := venue.Target{Account: r.name(), Order: uint64(rapid.IntRange(1, int(last)+1).Draw(r.T, "order"))}
	switch rapid.IntRange(0, 24).Draw(r.T, "command") {
	case 0, 1:
		return &venue.Cancel{Target: target}
	case 2, 3:
		return &venue.Replace{Target: target, RequestID: r.id(), Lots: rapid.Int64Range(0, 2000).Draw(r.T, "to lots"), Price: r.price()}
	case 4:
		return &venue.CancelAll{Account: r.name(), Instrument: venue.All}
	case 5:
		return &venue.Disconnect{Session: uint64(rapid.IntRange(0, 2).Draw(r.T, "session"))}
	case 6:
		return &venue.Transfer{ID: r.id(), From: r.name(), To: r.name(), Amount: r.amount()}
	case 7:
		return &venue.Credit{ID: r.id(), Account: r.name(), Amount: r.amount(), InTransit: rapid.Bool().Draw(r.T, "transit")}
	case 8:
		return &venue.HoldWithdrawal{ID: r.id(), Account: r.name(), Amount: r.amount()}
	case 9:
		return &venue.SettleWithdrawal{ID: r.id()}
	case 10:
		return &venue.ReleaseWithdrawal{ID: r.id()}
	case 11:
		return &venue.Halt{Instrument: btcusd}
	case 12:
		return &venue.Resume{Instrument: venue.All, WithoutAuction: rapid.Bool().Draw(r.T, "at once")}
	case 13, 14, 15:
		return &venue.SetReferences{Quotes: []venue.Quote{{Instrument: btcusd, Price: float64(r.price()), Stale: rapid.IntRange(0, 5).Draw(r.T, "stale") == 0}}}
	case 16:
		return r.rules()
	default:
		return r.place()
	}
}

func (r *crowd) amount() venue.Amount {
	return venue.Amount{Asset: rapid.Int32Range(0, 2).Draw(r.T, "asset"), Units: rapid.Int64Range(1, 50_000_000_000).Draw(r.T, "amount")}
}

// rules draws a change of the rules.
func (r *crowd) rules() venue.Command {
	switch rapid.IntRange(0, 3).Draw(r.T, "rules") {
	case 0:
		return &venue.SetLimits{Account: r.name(), Limits: account.Limits{PerSecond: 500, Blocked: rapid.IntRange(0, 3).Draw(r.T, "blocked") == 0}}
	case 1:
		c := *r.c
		c.Fees = account.Fees{InQuote: c.Fees.InQuote, Tiers: []account.Tier{{Taker: rapid.Int32Range(0, 300_000).Draw(r.T, "taker")}}}
		return &c
	case 2:
		return &venue.Advance{}
	default:
		return &venue.SetSpread{Instrument: venue.All, Multiplier: rapid.Float64Range(0.1, 5).Draw(r.T, "spread")}
	}
}

func crowded(t *rapid.T) (*desk, *crowd) {
	c := documents()
	c.Opening = int64(rapid.IntRange(0, 1).Draw(t, "opening"))
	c.Fees.InQuote = rapid.Bool().Draw(t, "fees in quote")
	c.Rules[btcusd] = matching.Rules{StaticBand: 400, PauseOnBand: rapid.Bool().Draw(t, "pause"), MaxTriggers: rapid.IntRange(1, 5).Draw(t, "triggers")}
	if rapid.Bool().Draw(t, "participants") {
		c.Liquidity[btcusd].Depth, c.Liquidity[btcusd].Makers, c.Liquidity[btcusd].Takers = 50_000, 2, 2
		c.Liquidity[btcusd].TakesPerSecond = 10
	}
	d := open(t, c)
	d.fund("alice", "100000", "10")
	d.must(&venue.Open{Account: "alice/bot"})
	d.fund("bob", "30000", "3")
	return d, &crowd{T: t, c: c}
}

func TestTheLawsHoldAfterEachCommand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, r := crowded(t)
		last := uint64(0)
		for range rapid.IntRange(1, 120).Draw(t, "commands") {
			d.now += rapid.SampledFrom([]int64{0, 1, second / 10, second, 20 * second}).Draw(t, "passes")
			before := d.Sequence()
			d.events = nil
			answer := d.do(r.command(last))
			require.Equal(t, before+uint64(len(d.events)), d.Sequence(), "the sequence has no gap")
			require.Equal(t, d.Sequence(), answer.Sequence)
			last = max(last, answer.Order.ID)
			lawful(t, d)
		}
	})
}

// lawful checks what must always hold.
func lawful(t *rapid.T, d *desk) {
	for n := range d.Listing().Instruments {
		engine := d.Engine(int32(n))
		bid, ask := engine.Book().Best(book.Bids), engine.Book().Best(book.Asks)
		if engine.Phase() == matching.Continuous && bid != nil && ask != nil {
			require.Less(t, bid.Price, ask.Price, "the book is not crossed")
		}
	}
	conserved(t, d)
	remembered(t, d)
}

// conserved checks that what all accounts have is what came in, that nothing is negative, and that what is held is what the open orders
// and withdrawals need.
func conserved(t *rapid.T, d *desk) {
	ledger := d.Ledger()
	for asset := range d.Listing().Assets {
		total := int64(0)
		for number := range ledger.Accounts() {
			balance := ledger.Balance(number, int32(asset))
			require.GreaterOrEqual(t, min(balance.Available, balance.Held), int64(0))
			total += balance.Total()
		}
		require.Equal(t, ledger.Circulating(int32(asset)), total, "value is conserved")
	}
}

// remembered checks the records against the books and the holds.
func remembered(t *rapid.T, d *desk) {
	open := 0
	for number := range d.Ledger().Accounts() {
		records, err := d.Orders(d.Ledger().Account(number).Name, 0, func(*venue.Record) bool { return true }, 1000, nil)
		require.NoError(t, err)
		for _, r := range records {
			at := d.Engine(r.Instrument).Book().Find(r.ID)
			require.Equal(t, r.Status.Ended(), at == book.None, "order %d, %s", r.ID, r.Status)
			if r.Order.Quote == 0 && r.Status == venue.Filled {
				require.Equal(t, r.Order.Lots, r.Filled)
			}
			if r.Status.Ended() {
				require.Zero(t, d.Ledger().Held(r.ID), "order %d", r.ID)
				continue
			}
			open++
			require.Equal(t, d.Engine(r.Instrument).Book().At(at).Open(), r.Remaining, "order %d", r.ID)
			if r.Order.Quote == 0 && d.Engine(r.Instrument).Book().At(at).Shelf() <= book.Asks {
				require.Positive(t, d.Ledger().Held(r.ID), "order %d rests and is held for", r.ID)
			}
			one := &d.Listing().Instruments[r.Instrument]
			switch held := d.Ledger().Held(r.ID); {
			case held == 0 || r.Order.MaxQuote > 0 || r.Order.Quote > 0:
			case r.Order.Side == book.Sell:
				require.Equal(t, r.Remaining*one.BaseUnitsPerLot, held, "order %d", r.ID)
			case !d.Ledger().Fees().InQuote && r.Order.Price > 0:
				cost, _ := one.Notional(r.Order.Price, r.Remaining)
				require.Equal(t, cost, held, "order %d", r.ID)
			}
		}
	}
	require.Equal(t, open, d.OpenOrders())
}

func TestTheSameCommandsGiveTheSameEventsAlsoFromASnapshot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, r := crowded(t)
		twin := &desk{TestingT: t, Venue: d.Venue, now: d.now}
		last := uint64(0)
		for range rapid.IntRange(1, 80).Draw(t, "commands") {
			if rapid.IntRange(0, 5).Draw(t, "restart") == 0 {
				bytes := d.Encode(nil)
				restored, err := venue.Decode(bytes)
				require.NoError(t, err)
				require.Equal(t, bytes, restored.Encode(nil), "the same state, the same bytes")
				twin.Venue = restored
			}
			if twin.Venue == d.Venue {
				last = max(last, d.do(r.command(last)).Order.ID)
				twin.now = d.now
				continue
			}
			c := r.command(last)
			d.events, twin.events = nil, nil
			answer, again := d.do(c), twin.do(c)
			require.Equal(t, d.events, twin.events)
			require.Equal(t, refusal(answer.Err), refusal(again.Err))
			require.Equal(t, answer.Order, again.Order)
			last = max(last, answer.Order.ID)
		}
		if twin.Venue != d.Venue {
			assert.True(t, bytes.Equal(d.Encode(nil), twin.Encode(nil)))
		}
	})
}
