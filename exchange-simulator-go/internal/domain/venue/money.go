// This file opens accounts, moves money and sets limits.

package venue

import (
	"strings"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// applyToAccounts carries out a command that is not about trading.
func (v *Venue) applyToAccounts(c Command) Answer {
	switch c := c.(type) {
	case *Open:
		return v.openAccount(c)
	case *Transfer:
		return v.transfer(c)
	case *SetLimits:
		return v.setLimits(c)
	case *Credit:
		return v.credit(c)
	case *HoldWithdrawal:
		return v.holdWithdrawal(c)
	case *SettleWithdrawal:
		return v.settleWithdrawal(c.ID)
	case *ReleaseWithdrawal:
		return v.releaseWithdrawal(c.ID)
	default:
		return Answer{Err: errs.New(errs.Internal, "UNKNOWN_COMMAND", "apply a command of type %T: there is no such", c)}
	}
}

// fundID is the id of the deposit that an account is opened with.
func (v *Venue) fundID(name string, asset int32) string {
	return "open/" + name + "/" + v.listing.Assets[asset].Code
}

// openAccount opens an account with what it is funded with.
func (v *Venue) openAccount(c *Open) Answer {
	if c.Account == account.VenueName || strings.HasPrefix(c.Account, account.VenueName+"/") {
		return Answer{Err: venueAccount(c.Account)}
	}
	if err := v.canFund(c); err != nil {
		return Answer{Err: err}
	}
	number, err := v.ledger.Open(v.run.business, c.Account)
	if isReason(err, account.AccountExists) {
		return v.openedBefore(c, number)
	}
	if err != nil {
		return refusal(err)
	}
	v.opened(number)
	for _, amount := range c.Fund {
		v.deposit(v.fundID(c.Account, amount.Asset), number, amount, true)
	}
	return Answer{Account: number}
}

// opened reports a new account.
func (v *Venue) opened(number int32) {
	v.send(Event{Kind: AccountOpened, Account: number, Text: v.ledger.Account(number).Name})
}

// canFund tells whether an account could be opened with these amounts.
func (v *Venue) canFund(c *Open) error {
	seen := map[int32]bool{}
	for _, amount := range c.Fund {
		if amount.Asset < 0 || int(amount.Asset) >= len(v.listing.Assets) {
			return errs.New(errs.NotFound, account.UnknownAsset.String(), "fund account %q with asset %d: there is no such", c.Account, amount.Asset)
		}
		one := &v.listing.Assets[amount.Asset]
		switch {
		case seen[amount.Asset]:
			return errs.InvalidField("fund", one.Code, "each asset once")
		case len(v.fundID(c.Account, amount.Asset)) > account.MaxMovementID:
			return errs.InvalidField("fund", one.Code, "nothing: an account of so long a name is funded by a deposit or a transfer")
		case amount.Units <= 0 || amount.Units > maxDeposit-max(v.ledger.Circulating(amount.Asset), v.ledger.InTransit(amount.Asset)):
			return errs.InvalidField("fund", one.Format(amount.Units)+" "+one.Code, "more than 0, and no more than can be counted")
		}
		seen[amount.Asset] = true
	}
	return nil
}

// maxDeposit bounds what all accounts together have of an asset, in its units.
const maxDeposit = 1 << 62

// openedBefore answers for an account that is there: it is the same request when the funds are the same.
func (v *Venue) openedBefore(c *Open, number int32) Answer {
	wanted := map[int32]int64{}
	for _, amount := range c.Fund {
		wanted[amount.Asset] = amount.Units
	}
	for asset := range v.listing.Assets {
		before, _ := v.ledger.FindMovement(v.fundID(c.Account, int32(asset)))
		if before.Amount != wanted[int32(asset)] {
			return Answer{Err: errs.New(errs.AlreadyExists, account.AccountExists.String(),
				"open account %q: it is there, and was funded otherwise; want another name, or the same funds", c.Account).With("account", c.Account)}
		}
	}
	return Answer{Account: number, Repeated: true}
}

// deposit credits what was checked.
func (v *Venue) deposit(id string, number int32, amount Amount, inTransit bool) {
	entries, err := v.ledger.Credit(id, number, amount.Asset, amount.Units, inTransit, v.run.entries[:0])
	v.run.entries = entries
	if err != nil || len(entries) == 0 {
		return
	}
	reason := ""
	if inTransit {
		reason = InTransit
	}
	v.move(Deposited, number, amount, id, reason)
}

// InTransit is the Reason of a deposit that the custodian has not booked yet.
const InTransit = "IN_TRANSIT"

// move reports a movement.
func (v *Venue) move(kind EventKind, number int32, amount Amount, id, reason string) {
	v.send(Event{Kind: kind, Account: number, Asset: amount.Asset, Amount: amount.Units, Text: id, Reason: reason})
}

// credit makes a deposit available, or books one that was in transit.
func (v *Venue) credit(c *Credit) Answer {
	number, err := v.ledger.Find(c.Account)
	if err != nil {
		return refusal(err)
	}
	before, _ := v.ledger.FindMovement(c.ID)
	entries, err := v.ledger.Credit(c.ID, number, c.Amount.Asset, c.Amount.Units, c.InTransit, v.run.entries[:0])
	v.run.entries = entries
	after, _ := v.ledger.FindMovement(c.ID)
	switch {
	case err != nil:
		return refusal(err)
	case before.State == after.State:
		return Answer{Account: number, Repeated: true}
	case before.State == account.Credited:
		v.move(DepositBooked, number, c.Amount, c.ID, "")
	case c.InTransit:
		v.move(Deposited, number, c.Amount, c.ID, InTransit)
	default:
		v.move(Deposited, number, c.Amount, c.ID, "")
	}
	return Answer{Account: number}
}

// holdWithdrawal holds what is to go out.
func (v *Venue) holdWithdrawal(c *HoldWithdrawal) Answer {
	number, err := v.ledger.Find(c.Account)
	if err != nil {
		return refusal(err)
	}
	before, _ := v.ledger.FindMovement(c.ID)
	if err := v.ledger.HoldWithdrawal(c.ID, number, c.Amount.Asset, c.Amount.Units); err != nil {
		return refusal(err)
	}
	if before.State != 0 {
		return Answer{Account: number, Repeated: true}
	}
	v.move(WithdrawalHeld, number, c.Amount, c.ID, "")
	return Answer{Account: number}
}

// settleWithdrawal takes out what was held.
func (v *Venue) settleWithdrawal(id string) Answer {
	entries, err := v.ledger.SettleWithdrawal(id, v.run.entries[:0])
	v.run.entries = entries
	if err != nil {
		return refusal(err)
	}
	return v.withdrawn(id, WithdrawalSettled, len(entries) > 0)
}

// releaseWithdrawal gives a withdrawal up.
func (v *Venue) releaseWithdrawal(id string) Answer {
	before, _ := v.ledger.FindMovement(id)
	if err := v.ledger.ReleaseWithdrawal(id); err != nil {
		return refusal(err)
	}
	return v.withdrawn(id, WithdrawalReleased, before.State != account.Released)
}

// withdrawn reports the end of a withdrawal, unless it was reported before.
func (v *Venue) withdrawn(id string, kind EventKind, fresh bool) Answer {
	one, _ := v.ledger.FindMovement(id)
	if fresh {
		v.move(kind, one.Account, Amount{one.Asset, one.Amount}, id, "")
	}
	return Answer{Account: one.Account, Repeated: !fresh}
}

// transfer moves an amount between two accounts of one owner.
func (v *Venue) transfer(c *Transfer) Answer {
	from, err := v.ledger.Find(c.From)
	if err != nil {
		return refusal(err)
	}
	to, err := v.ledger.Find(c.To)
	if err != nil {
		return refusal(err)
	}
	if v.ledger.Account(from).Owner == account.Venue {
		return Answer{Err: venueAccount(c.From)}
	}
	entries, err := v.ledger.Transfer(c.ID, from, to, c.Amount.Asset, c.Amount.Units, v.run.entries[:0])
	v.run.entries = entries
	if err != nil {
		return refusal(err)
	}
	if len(entries) > 0 {
		v.send(Event{
			Kind: Transferred, Account: from, To: to, Asset: c.Amount.Asset, Amount: c.Amount.Units, Text: c.ID,
		})
	}
	return Answer{Account: from, Repeated: len(entries) == 0}
}

// setLimits replaces the limits of an account; when they block it, its orders go.
func (v *Venue) setLimits(c *SetLimits) Answer {
	number, err := v.ledger.Find(c.Account)
	if err != nil {
		return refusal(err)
	}
	if err := v.ledger.SetLimits(number, c.Limits); err != nil {
		return refusal(err)
	}
	reason := ""
	if c.Limits.Blocked {
		reason = account.AccountBlocked.String()
	}
	v.send(Event{Kind: LimitsChanged, Account: number, Reason: reason})
	if c.Limits.Blocked {
		v.run.reason = reason
		v.clear(number, All)
	}
	return Answer{Account: number, Count: v.run.ended}
}
