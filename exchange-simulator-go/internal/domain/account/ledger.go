// Package account is the ledger of the exchange: accounts with what they have and what is held of it for open orders and
// withdrawals, fees, positions, and what each account may do. It is pure and single-threaded; the same calls give the same
// state. Per asset, the sum over all accounts, what is held included, is exactly what was deposited less what was withdrawn,
// and nothing is ever negative. Amounts are units of an asset, prices ticks, quantities lots, times nanoseconds since 1970
// UTC that are handed in. What an order needs is held before it is placed, so that no trade can fail.
package account

import (
	"math"
	"strings"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/ids"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// Venue is the account that fees go to and rebates come from: the first one, an account like any other.
const Venue int32 = 0

// VenueName is its name; the venue's own participants can be accounts below it.
const VenueName = "venue"

// Balance is what an account has of one asset, in its units; neither part is ever negative.
type Balance struct {
	Available int64 // free to be used
	Held      int64 // for open orders and withdrawals
}

// Total is both parts.
func (b Balance) Total() int64 { return b.Available + b.Held }

// Account is who an account is; its number is its index, dense from 0.
type Account struct {
	Name  string // e.g. "alice" or "alice/bot"
	Owner int32  // the account at the top: itself unless it is a sub-account
}

// Ledger is the state. Make it with New or Decode.
type Ledger struct {
	listing     *instrument.Listing
	fees        Fees
	routes      []route // of each instrument into the volume asset
	accounts    []account
	names       map[string]int32
	references  []int64 // ticks, of each instrument; 0 when none was set
	circulating []int64 // units of each asset: deposits - withdrawals
	inTransit   []int64 // units of each asset: deposits that are not booked yet

	holds     []hold // 0 is none
	freeHold  int32
	orders    ids.Index // holds
	movements []Movement
	ids       map[movementKey]int32 // movements
}

// account is one account with all that is kept for it.
type account struct {
	Account
	opened    int64
	balances  []Balance  // by asset
	inTransit []int64    // by asset: units of deposits that are not booked yet
	positions []Position // by instrument
	volume    *volume    // of the owner; nil for sub-accounts
	limits    Limits
	nextOrder int64 // when the rate limit would let all its tokens be back, nanoseconds
}

// New makes a ledger with one account, Venue.
func New(listing *instrument.Listing, fees Fees) *Ledger {
	l := &Ledger{
		listing: listing, names: map[string]int32{}, holds: make([]hold, 1), orders: ids.New(), ids: map[movementKey]int32{},
		references:  make([]int64, len(listing.Instruments)),
		circulating: make([]int64, len(listing.Assets)), inTransit: make([]int64, len(listing.Assets)),
	}
	l.SetFees(fees)
	l.add(0, VenueName, Venue)
	return l
}

// Open opens an account at the time, e.g. "alice", or a sub-account of one, "alice/bot", and returns its number. When the
// name is taken it returns the number with ACCOUNT_EXISTS.
func (l *Ledger) Open(now int64, name string) (int32, error) {
	parent, child, below := strings.Cut(name, "/")
	if !isName(parent) || below && !isName(child) {
		reason := InvalidName
		if strings.Contains(child, "/") {
			reason = InvalidParent
		}
		return 0, refuse(reason, "account", quoted(name),
			`1 to 32 lower-case letters, digits, - and _ that start with a letter, or two such names as in "alice/bot"`)
	}
	if existing, taken := l.names[name]; taken {
		return existing, refuse(AccountExists, "account", quoted(name), "a name that is not taken")
	}
	owner := int32(len(l.accounts))
	if below {
		top, known := l.names[parent]
		if !known {
			return 0, refuse(UnknownAccount, "account", quoted(parent), "an account that was opened before its sub-accounts")
		}
		owner = top
	}
	return l.add(now, name, owner), nil
}

func (l *Ledger) add(now int64, name string, owner int32) int32 {
	number := int32(len(l.accounts))
	one := account{
		Account: Account{Name: name, Owner: owner}, opened: now,
		balances: make([]Balance, len(l.listing.Assets)), inTransit: make([]int64, len(l.listing.Assets)),
		positions: make([]Position, len(l.listing.Instruments)),
	}
	if owner == number {
		one.volume = &volume{today: window}
	}
	l.accounts, l.names[name] = append(l.accounts, one), number
	return number
}

// Find returns the number of an account.
func (l *Ledger) Find(name string) (int32, error) {
	if number, known := l.names[name]; known {
		return number, nil
	}
	return 0, refuse(UnknownAccount, "account", quoted(name), "the name of an account that was opened")
}

// Accounts returns how many accounts there are; their numbers are all those below it.
func (l *Ledger) Accounts() int32 { return int32(len(l.accounts)) }

// Account tells who an account is; it must exist.
func (l *Ledger) Account(number int32) Account { return l.accounts[number].Account }

// Opened returns when an account was opened; it must exist.
func (l *Ledger) Opened(number int32) int64 { return l.accounts[number].opened }

// Balance returns what an account has of an asset; both must exist.
func (l *Ledger) Balance(number, asset int32) Balance { return l.accounts[number].balances[asset] }

// Circulating returns what all accounts together have of an asset: deposits less withdrawals. The asset must exist.
func (l *Ledger) Circulating(asset int32) int64 { return l.circulating[asset] }

// InTransit returns the part of the deposits in an asset that is credited but not booked yet. The asset must exist.
func (l *Ledger) InTransit(asset int32) int64 { return l.inTransit[asset] }

// InTransitOf returns the part of the deposits of an account in an asset that is credited but not booked yet; what became of
// it is in the balance. Both must exist.
func (l *Ledger) InTransitOf(number, asset int32) int64 { return l.accounts[number].inTransit[asset] }

// Listing returns what the venue trades.
func (l *Ledger) Listing() *instrument.Listing { return l.listing }

// SetReference sets the reference price of an instrument in ticks, above 0: what price bounds are around, what orders
// without a price are valued at, and what volume in other assets is converted with. The instrument must exist.
func (l *Ledger) SetReference(number int32, ticks int64) { l.references[number] = max(ticks, 0) }

// Reference returns the reference price of an instrument in ticks, 0 when none was set. The instrument must exist.
func (l *Ledger) Reference(number int32) int64 { return l.references[number] }

// hold moves an amount from available to held, or back when it is negative.
func (l *Ledger) hold(what string, number, asset int32, amount int64) error {
	balance := &l.accounts[number].balances[asset]
	if amount > balance.Available {
		return l.insufficient(what, asset, amount, balance.Available)
	}
	balance.Available -= amount
	balance.Held += amount
	return nil
}

// insufficient is the refusal of what an account cannot pay.
func (l *Ledger) insufficient(what string, asset int32, needed, available int64) error {
	one := &l.listing.Assets[asset]
	return &Error{
		Reason: InsufficientBalance, Field: what, Asset: one.Code, Needed: one.Format(needed), Available: one.Format(available),
		Value: one.Format(needed), Want: "at most what is available",
	}
}

// known checks numbers that come from outside.
func (l *Ledger) known(number, asset int32) error {
	if number < 0 || int(number) >= len(l.accounts) {
		return refuse(UnknownAccount, "account", number, "the number of an account")
	}
	if asset < 0 || int(asset) >= len(l.listing.Assets) {
		return refuse(UnknownAsset, "asset", asset, "the index of an asset")
	}
	return nil
}

// saturating adds and stays at the bound of the type; for figures that only decide a fee.
func saturating(a, b int64) int64 {
	if sum, ok := decimal.Add(a, b); ok {
		return sum
	}
	return math.MaxInt64
}

func quoted(text string) string {
	const most = 80
	return `"` + strings.ToValidUTF8(text[:min(len(text), most)], "") + `"` // it may have been cut within a letter
}

// isName tells whether the text can name an account.
func isName(text string) bool {
	if len(text) == 0 || len(text) > 32 || text[0] < 'a' || text[0] > 'z' {
		return false
	}
	for _, letter := range []byte(text) {
		if (letter < 'a' || letter > 'z') && (letter < '0' || letter > '9') && letter != '-' && letter != '_' {
			return false
		}
	}
	return true
}
