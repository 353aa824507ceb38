// This file moves what comes in, goes out and moves between the accounts of one owner. Each movement has an id that is
// remembered for ever: the same request again changes nothing and succeeds, another one with that id is refused.

package account

import (
	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// MovementKind says what moved.
type MovementKind uint8

// The kinds of movements.
const (
	Deposit MovementKind = 1 + iota
	Withdrawal
	Transfer
)

// MovementState says how far a movement has come.
type MovementState uint8

// The states of movements.
const (
	Credited MovementState = 1 + iota // a deposit that is available but not booked by the custodian yet
	Held                              // a withdrawal that is held
	Done                              // a deposit that is booked, a withdrawal that went out, a transfer
	Released                          // a withdrawal that was given up
)

// Movement is a deposit, a withdrawal or a transfer.
type Movement struct {
	ID      string
	Kind    MovementKind
	State   MovementState
	Account int32 // whose; where a transfer comes from; -1 of a withdrawal that was released before it was held
	To      int32 // where a transfer goes to; else -1
	Asset   int32
	Amount  int64 // units of the asset
}

// MaxMovementID is the longest id of a movement in bytes.
const MaxMovementID = 64

// movementKey keeps the ids of transfers, which owners choose, apart from each other and from those of the custodian.
type movementKey struct {
	owner int32 // of a transfer; -1 for the custodian
	id    string
}

const custodian = -1

// Movement returns a movement by the Reference of its entries.
func (l *Ledger) Movement(reference uint64) (Movement, error) {
	if reference == 0 || reference > uint64(len(l.movements)) {
		return Movement{}, refuse(UnknownMovement, "movement", reference, "the reference of an entry")
	}
	return l.movements[reference-1], nil
}

// FindMovement returns the deposit or withdrawal with an id. UNKNOWN_MOVEMENT.
func (l *Ledger) FindMovement(id string) (Movement, error) {
	if at, known := l.ids[movementKey{custodian, id}]; known {
		return l.movements[at], nil
	}
	return Movement{}, refuse(UnknownMovement, "movement", quoted(id), "the id of a deposit or withdrawal")
}

// Credit makes a deposit available. One in transit is not booked by the custodian yet; crediting it once more, not in
// transit, books it. UNKNOWN_ACCOUNT, UNKNOWN_ASSET, INVALID_AMOUNT, INVALID_MOVEMENT, MOVEMENT_ID_REUSED.
func (l *Ledger) Credit(id string, number, asset int32, amount int64, inTransit bool, entries []Entry) ([]Entry, error) {
	one := Movement{ID: id, Kind: Deposit, State: Done, Account: number, To: -1, Asset: asset, Amount: amount}
	if inTransit {
		one.State = Credited
	}
	known, err := l.recall(movementKey{custodian, id}, &one)
	if err != nil {
		return entries, err
	}
	if known != nil {
		if known.State == Credited && !inTransit {
			known.State = Done
			l.transit(number, asset, -amount)
		}
		return entries, nil
	}
	total, ok := decimal.Add(l.circulating[asset], amount)
	if _, fits := decimal.Add(l.inTransit[asset], amount); !ok || inTransit && !fits {
		return entries, refuse(InvalidAmount, "amount", l.listing.Assets[asset].Format(amount), "deposits whose sum is in range")
	}
	l.circulating[asset] = total
	if inTransit {
		l.transit(number, asset, amount)
	}
	l.accounts[number].balances[asset].Available += amount
	reference := l.remember(movementKey{custodian, id}, one)
	return append(entries, Entry{reference, amount, number, asset, DepositEntry}), nil
}

// transit adds to what is in transit; all accounts together have been found to be in range.
func (l *Ledger) transit(number, asset int32, amount int64) {
	l.inTransit[asset] += amount
	l.accounts[number].inTransit[asset] += amount
}

// HoldWithdrawal holds an amount that is to go out. UNKNOWN_ACCOUNT, UNKNOWN_ASSET, INVALID_AMOUNT, INVALID_MOVEMENT,
// INSUFFICIENT_BALANCE, MOVEMENT_ID_REUSED, WITHDRAWAL_RELEASED.
func (l *Ledger) HoldWithdrawal(id string, number, asset int32, amount int64) error {
	one := Movement{ID: id, Kind: Withdrawal, State: Held, Account: number, To: -1, Asset: asset, Amount: amount}
	known, err := l.recall(movementKey{custodian, id}, &one)
	if err != nil || known != nil {
		return err
	}
	if err := l.hold("withdrawal", number, asset, amount); err != nil {
		return err
	}
	l.remember(movementKey{custodian, id}, one)
	return nil
}

// SettleWithdrawal takes out what was held. UNKNOWN_MOVEMENT, WITHDRAWAL_RELEASED, MOVEMENT_ID_REUSED (no withdrawal).
func (l *Ledger) SettleWithdrawal(id string, entries []Entry) ([]Entry, error) {
	at, known := l.ids[movementKey{custodian, id}]
	if !known {
		return entries, refuse(UnknownMovement, "withdrawal", quoted(id), "the id of a withdrawal that was held")
	}
	one := &l.movements[at]
	switch {
	case one.Kind != Withdrawal:
		return entries, reused(one)
	case one.State == Released:
		return entries, released(id)
	case one.State == Done:
		return entries, nil
	}
	one.State = Done
	l.accounts[one.Account].balances[one.Asset].Held -= one.Amount
	l.circulating[one.Asset] -= one.Amount
	return append(entries, Entry{uint64(at) + 1, -one.Amount, one.Account, one.Asset, WithdrawalEntry}), nil
}

// ReleaseWithdrawal gives a withdrawal up and frees what was held. An id that is unknown is remembered as released, so that
// a hold that comes late is refused. WITHDRAWAL_SETTLED, INVALID_MOVEMENT, MOVEMENT_ID_REUSED (no withdrawal).
func (l *Ledger) ReleaseWithdrawal(id string) error {
	at, known := l.ids[movementKey{custodian, id}]
	if !known {
		if err := checkID(id); err != nil {
			return err
		}
		l.remember(movementKey{custodian, id}, Movement{ID: id, Kind: Withdrawal, State: Released, Account: -1, To: -1})
		return nil
	}
	one := &l.movements[at]
	switch {
	case one.Kind != Withdrawal:
		return reused(one)
	case one.State == Done:
		return refuse(WithdrawalSettled, "withdrawal", quoted(id), "one that has not gone out")
	case one.State == Held:
		one.State = Released
		return l.hold("withdrawal", one.Account, one.Asset, -one.Amount)
	}
	return nil
}

// Transfer moves an amount between two accounts of one owner, among whose transfers the id is unique. UNKNOWN_ACCOUNT,
// UNKNOWN_ASSET, INVALID_AMOUNT, INVALID_MOVEMENT, NOT_SAME_OWNER, INSUFFICIENT_BALANCE, TRANSFER_ID_REUSED.
func (l *Ledger) Transfer(id string, from, to, asset int32, amount int64, entries []Entry) ([]Entry, error) {
	if err := l.known(from, asset); err != nil {
		return entries, err
	}
	if err := l.known(to, asset); err != nil {
		return entries, err
	}
	owner := l.accounts[from].Owner
	if l.accounts[to].Owner != owner || from == to {
		return entries, refuse(NotSameOwner, "to_account", quoted(l.accounts[to].Name), "another account of the same owner")
	}
	one := Movement{ID: id, Kind: Transfer, State: Done, Account: from, To: to, Asset: asset, Amount: amount}
	known, err := l.recall(movementKey{owner, id}, &one)
	if err != nil || known != nil {
		return entries, err
	}
	source := &l.accounts[from].balances[asset]
	if amount > source.Available {
		return entries, l.insufficient("transfer", asset, amount, source.Available)
	}
	source.Available -= amount
	l.accounts[to].balances[asset].Available += amount
	reference := l.remember(movementKey{owner, id}, one)
	return append(entries, Entry{reference, -amount, from, asset, TransferEntry}, Entry{reference, amount, to, asset, TransferEntry}), nil
}

// recall checks a movement, and returns the one that was made under the key before, which must be the same.
func (l *Ledger) recall(key movementKey, one *Movement) (*Movement, error) {
	if err := checkID(one.ID); err != nil {
		return nil, err
	}
	if err := l.known(one.Account, one.Asset); err != nil {
		return nil, err
	}
	if one.Amount <= 0 {
		return nil, refuse(InvalidAmount, "amount", l.listing.Assets[one.Asset].Format(one.Amount), "more than 0")
	}
	at, known := l.ids[key]
	if !known {
		return nil, nil //nolint:nilnil // a new one
	}
	before := &l.movements[at]
	if before.Account == -1 && one.Kind == Withdrawal {
		return nil, released(one.ID)
	}
	same := *before
	same.State = one.State
	if same != *one {
		return nil, reused(before)
	}
	if before.State == Released {
		return nil, released(one.ID)
	}
	return before, nil
}

// remember keeps a movement for ever and returns its reference.
func (l *Ledger) remember(key movementKey, one Movement) uint64 {
	l.ids[key] = int32(len(l.movements))
	l.movements = append(l.movements, one)
	return uint64(len(l.movements))
}

func released(id string) error {
	return refuse(WithdrawalReleased, "withdrawal", quoted(id), "a new id: this one was released")
}

func reused(one *Movement) error {
	reason := MovementIDReused
	if one.Kind == Transfer {
		reason = TransferIDReused
	}
	return refuse(reason, "id", quoted(one.ID), "a new id: this one names another movement")
}

func checkID(id string) error {
	if id == "" || len(id) > MaxMovementID {
		return refuse(InvalidMovement, "id", quoted(id), "1 to 64 bytes")
	}
	return nil
}
