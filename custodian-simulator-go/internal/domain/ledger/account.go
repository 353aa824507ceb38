// This file holds the accounts: what they are bound to, and their sums.

package ledger

import "github.com/trading-ecosystem/service-kit-go/decimal"

// Bound says what the sums of an account must keep to.
type Bound uint8

// The bounds.
const (
	None                Bound = iota // may go either way, e.g. where money comes from
	DebitsWithinCredits              // debits, posted and pending, never exceed credits posted: what is given was there
	CreditsWithinDebits              // credits, posted and pending, never exceed debits posted
	boundCount
)

// Account is what an account is; its number is its index, dense from 0.
type Account struct {
	Asset  int32 // index in the listing
	Bound  Bound
	Closed bool // takes no new transfers; what is pending can still be posted or voided
}

// Balance is the four sums of an account, units of its asset, none below 0. Posted sums never fall.
type Balance struct {
	DebitsPosted, DebitsPending, CreditsPosted, CreditsPending decimal.Wide
}

// Settled is what the account has, reserved or not: credits less debits posted.
func (b *Balance) Settled() decimal.Wide { return b.CreditsPosted.Sub(b.DebitsPosted) }

// Available is what the account has and nothing reserves: credits posted less debits, posted and pending.
func (b *Balance) Available() decimal.Wide { return b.Settled().Sub(b.DebitsPending) }

// account is an account with its sums.
type account struct {
	Balance
	Account
}

// Open opens an account and returns its number. UNKNOWN_ASSET, INVALID_BOUND.
func (l *Ledger) Open(asset int32, bound Bound) (int32, error) {
	if !l.assets.Has(asset) {
		return 0, unknownAsset(asset)
	}
	if bound >= boundCount {
		return 0, invalidBound(bound)
	}
	l.accounts = append(l.accounts, account{Account: Account{Asset: asset, Bound: bound}})
	return int32(len(l.accounts) - 1), nil
}

// Close makes an account take no new transfers. What is pending can still be posted or voided. UNKNOWN_ACCOUNT.
func (l *Ledger) Close(number int32) error { return l.close(number, true) }

// Reopen undoes Close. UNKNOWN_ACCOUNT.
func (l *Ledger) Reopen(number int32) error { return l.close(number, false) }

func (l *Ledger) close(number int32, closed bool) error {
	if !l.Has(number) {
		return unknownAccount("account", number)
	}
	l.accounts[number].Closed = closed
	return nil
}

// Accounts is how many accounts there are.
func (l *Ledger) Accounts() int32 { return int32(len(l.accounts)) }

// Has tells whether there is an account with a number.
func (l *Ledger) Has(number int32) bool { return uint32(number) < uint32(len(l.accounts)) }

// Account returns what an account is; it must exist.
func (l *Ledger) Account(number int32) Account { return l.accounts[number].Account }

// Balance returns the sums of an account; it must exist.
func (l *Ledger) Balance(number int32) Balance { return l.accounts[number].Balance }

// Totals returns the sums over all accounts of each asset, by its index; debits equal credits, posted as pending.
func (l *Ledger) Totals() []Balance {
	totals := make([]Balance, len(l.assets.Assets))
	for n := range l.accounts {
		one := &l.accounts[n]
		total := &totals[one.Asset]
		total.DebitsPosted = total.DebitsPosted.Add(one.DebitsPosted)
		total.DebitsPending = total.DebitsPending.Add(one.DebitsPending)
		total.CreditsPosted = total.CreditsPosted.Add(one.CreditsPosted)
		total.CreditsPending = total.CreditsPending.Add(one.CreditsPending)
	}
	return totals
}
