// This file names the fields of an event. Their order is in journals: new ones go to the end. Those that many events
// have come first.

package venue

import "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"

// event walks over an event.
func (f *fields) event(e *Event) {
	f.small(&e.Instrument)
	f.small(&e.Account)
	f.uint(&e.Order)
	octet(f, &e.Side)
	octet(f, &e.Type)
	f.int(&e.Price)
	f.int(&e.Lots)
	f.int(&e.Remaining)

	f.text(&e.ClientID)
	f.reason(&e.Reason)
	f.int(&e.Visible)
	f.int(&e.Display)
	f.int(&e.Trigger)
	f.uint(&e.List)
	f.int(&e.Old)
	f.flag(&e.KeptPriority)

	f.uint(&e.Maker)
	f.small(&e.MakerAccount)
	f.uint(&e.Trade)
	f.int(&e.MakerRemaining)
	f.charge(&e.Fee)
	f.charge(&e.MakerFee)

	f.int(&e.Mid)
	f.text(&e.MakerClient)
	f.flag(&e.Auction)
	octet(f, &e.Phase)
	f.small(&e.To)
	f.small(&e.Asset)
	f.int(&e.Amount)
	f.text(&e.Text)

	f.int(&e.Until)
	f.float(&e.Multiplier)
}

func (f *fields) charge(c *account.Charge) {
	f.int(&c.Fee)
	f.small(&c.Asset)
}
