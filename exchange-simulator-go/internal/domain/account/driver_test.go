package account

import (
	"fmt"
	"math/big"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// driver sends the same random commands to the ledger and to the model.
type driver struct {
	*model
	ledger  *Ledger
	entries []Entry
	next    uint64
	numbers []int32
}

func newDriver(t *rapid.T, fees Fees) *driver {
	listing := testListing(t)
	require.NoError(t, fees.Check())
	d := &driver{
		model: &model{
			fees: fees, listing: listing, totals: map[[2]int32]*big.Int{}, orders: map[uint64]*modelOrder{}, held: map[string]*Movement{},
			bought: map[[2]int32]*big.Int{}, outside: map[int32]*big.Int{}, transit: map[[2]int32]*big.Int{}, postings: map[[2]int32]*big.Int{},
		},
		ledger: New(listing, fees), numbers: []int32{Venue},
	}
	for _, name := range []string{"alice", "alice/bot", "bob"} {
		number, err := d.ledger.Open(start, name)
		require.NoError(t, err)
		d.numbers = append(d.numbers, number)
	}
	for _, number := range d.numbers {
		for asset := range int32(3) {
			d.deposit(t, number, asset, 1_000_000_000_000)
		}
	}
	return d
}

func (d *driver) number(t *rapid.T) int32 { return rapid.SampledFrom(d.numbers).Draw(t, "account") }
func (d *driver) asset(t *rapid.T) int32  { return rapid.Int32Range(0, 2).Draw(t, "asset") }
func (d *driver) amount(t *rapid.T) int64 {
	return rapid.Int64Range(1, 2_000_000_000_000).Draw(t, "amount")
}

func (d *driver) order(t *rapid.T) uint64 {
	return rapid.SampledFrom(d.sortedOrders()).Draw(t, "order")
}

func (d *driver) id() uint64 {
	d.next++
	return d.next
}

func (d *driver) check(t *rapid.T) {
	for _, entry := range d.entries {
		add(d.postings, [2]int32{entry.Account, entry.Asset}, whole(entry.Amount))
	}
	d.entries = d.entries[:0]
	d.agree(t, d.ledger)
}

func (d *driver) draw(t *rapid.T) *modelOrder {
	o := &modelOrder{Order: Order{
		ID: d.id(), Account: d.number(t), Instrument: rapid.Int32Range(0, 2).Draw(t, "instrument"),
		Side: Side(rapid.IntRange(0, 1).Draw(t, "side")), Price: rapid.Int64Range(1, 1000).Draw(t, "price"),
		Lots: rapid.Int64Range(1, 100_000).Draw(t, "lots"),
	}}
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		o.Price, o.Budget = 0, d.amount(t)
	case 1:
		o.Price, o.Lots, o.Budget = 0, 0, d.amount(t)
	}
	if o.Budget > 0 {
		o.budget = whole(o.Budget)
	}
	return o
}

// outcome checks that the ledger refused exactly what the model cannot pay.
func outcome(t *rapid.T, affordable bool, err error) bool {
	if affordable {
		require.NoError(t, err)
	} else {
		require.Equal(t, InsufficientBalance, reason(err))
	}
	return affordable
}

func (d *driver) place(t *rapid.T) {
	o := d.draw(t)
	if outcome(t, d.affords(o.Account, d.pays(o), d.need(o)), d.ledger.Place(&o.Order)) {
		d.orders[o.ID] = o
		require.Equal(t, OrderIDReused, reason(d.ledger.Place(&o.Order)))
	}
}

func (d *driver) pair(t *rapid.T) {
	a, b := d.draw(t), d.draw(t)
	b.Account, b.Instrument, b.Side = a.Account, a.Instrument, a.Side
	need := d.need(a)
	if d.need(b).Cmp(need) > 0 {
		need = d.need(b)
	}
	if outcome(t, d.affords(a.Account, d.pays(a), need), d.ledger.PlacePair(&a.Order, &b.Order)) {
		a.peer, b.peer = b.ID, a.ID
		d.orders[a.ID], d.orders[b.ID] = a, b
	}
}

func (d *driver) adjust(t *rapid.T) {
	if len(d.orders) == 0 {
		t.Skip("no orders")
	}
	o := d.orders[d.order(t)]
	if o.Lots == 0 {
		t.Skip("by quote")
	}
	price, lots := rapid.Int64Range(0, 1000).Draw(t, "price"), rapid.Int64Range(0, 100_000).Draw(t, "lots")
	if lots == 0 {
		require.NoError(t, d.ledger.Adjust(o.ID, price, 0))
		d.end(o.ID)
		return
	}
	before := d.holds(o.Account, d.pays(o))
	available := d.available(o.Account, d.pays(o))
	old := o.Order
	o.Lots = lots
	if price > 0 && o.budget == nil {
		o.Price = price
	}
	change := new(big.Int).Sub(d.holds(o.Account, d.pays(o)), before)
	if !outcome(t, available.Cmp(change) >= 0, d.ledger.Adjust(o.ID, price, lots)) {
		o.Order = old
	}
}

func (d *driver) release(t *rapid.T) {
	if len(d.orders) == 0 {
		t.Skip("no orders")
	}
	id := d.order(t)
	for range 2 {
		d.ledger.Release(id)
	}
	d.end(id)
}

func (d *driver) trade(t *rapid.T) {
	if len(d.orders) < 2 {
		t.Skip("no two orders")
	}
	taker, maker := d.orders[d.order(t)], d.orders[d.order(t)]
	buy, sell := taker, maker
	if taker.Side == Sell {
		buy, sell = maker, taker
	}
	if buy.Side != Buy || sell.Side != Sell || buy.Instrument != sell.Instrument || sell.Price > buy.Price && buy.Price > 0 {
		t.Skip("they do not cross")
	}
	one := &d.listing.Instruments[buy.Instrument]
	price := max(1, sell.Price, buy.Price)
	if buy.Price > 0 {
		price = rapid.Int64Range(max(1, sell.Price), buy.Price).Draw(t, "price")
	}
	most := rapid.Int64Range(1, 200_000).Draw(t, "lots")
	lots := min(d.ledger.Affordable(start, taker.ID, price, most), d.ledger.Affordable(start, maker.ID, price, most))
	rate := d.fees.Tiers[0].Taker
	if buy == taker && buy.budget != nil {
		can := d.ledger.Affordable(start, buy.ID, price, most)
		require.LessOrEqual(t, d.cost(one, price, can, rate).Cmp(buy.budget), 0, "it can pay for what is affordable")
		if can < most && can != buy.Lots {
			require.Positive(t, d.cost(one, price, can+1, rate).Cmp(buy.budget), "it cannot pay for more")
		}
	}
	if lots == 0 {
		t.Skip("nothing is affordable")
	}
	trade := &Trade{ID: d.id(), Instrument: buy.Instrument, Price: price, Lots: lots, Taker: taker.ID, Maker: maker.ID}
	s, entries, err := d.ledger.Settle(start, trade, d.entries)
	require.NoError(t, err)
	d.entries = entries
	require.GreaterOrEqual(t, s.Taker.Fee, int64(0))
	d.model.trade(trade, buy == taker)
}

func (d *driver) deposit(t *rapid.T, number, asset int32, amount int64) {
	id, transit := fmt.Sprint("deposit", d.id()), rapid.Bool().Draw(t, "in transit")
	stays := transit && rapid.Bool().Draw(t, "stays in transit")
	for _, coming := range []bool{transit, transit, stays} {
		var err error
		d.entries, err = d.ledger.Credit(id, number, asset, amount, coming, d.entries)
		require.NoError(t, err)
	}
	if stays {
		add(d.transit, [2]int32{number, asset}, whole(amount))
	}
	d.move(number, asset, whole(amount))
	add(d.outside, asset, whole(amount))
}

func (d *driver) credit(t *rapid.T) { d.deposit(t, d.number(t), d.asset(t), d.amount(t)) }

func (d *driver) withdraw(t *rapid.T) {
	id := rapid.SampledFrom([]string{"w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8"}).Draw(t, "withdrawal")
	one := d.held[id]
	if one == nil {
		before, err := d.ledger.FindMovement(id)
		if err == nil { // it ended
			require.NotEqual(t, Held, before.State)
			return
		}
		one = &Movement{ID: id, Account: d.number(t), Asset: d.asset(t), Amount: d.amount(t)}
		affordable := d.affords(one.Account, one.Asset, whole(one.Amount))
		if outcome(t, affordable, d.ledger.HoldWithdrawal(id, one.Account, one.Asset, one.Amount)) {
			d.held[id] = one
		}
		return
	}
	delete(d.held, id)
	if rapid.Bool().Draw(t, "released") {
		require.NoError(t, d.ledger.ReleaseWithdrawal(id))
		return
	}
	var err error
	d.entries, err = d.ledger.SettleWithdrawal(id, d.entries)
	require.NoError(t, err)
	d.move(one.Account, one.Asset, whole(-one.Amount))
	add(d.outside, one.Asset, whole(-one.Amount))
}

func (d *driver) transfer(t *rapid.T) {
	from, to, asset, amount := d.number(t), d.number(t), d.asset(t), d.amount(t)
	entries, err := d.ledger.Transfer(fmt.Sprint("t", d.id()), from, to, asset, amount, d.entries)
	if from == to || d.ledger.Account(from).Owner != d.ledger.Account(to).Owner {
		require.Equal(t, NotSameOwner, reason(err))
		return
	}
	if outcome(t, d.affords(from, asset, whole(amount)), err) {
		d.entries = entries
		d.move(from, asset, whole(-amount))
		d.move(to, asset, whole(amount))
	}
}
