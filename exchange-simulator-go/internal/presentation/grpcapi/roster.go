package grpcapi

import (
	"context"
	"sync"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// roster remembers who accounts are. That never changes, so only those are read that came since.
type roster struct {
	desk *Desk

	mu    sync.RWMutex
	known []account.Account // by number
}

// number returns the number of an account. NOT_FOUND (UNKNOWN_ACCOUNT).
func (r *roster) number(ctx context.Context, name string) (number int32, err error) {
	read := r.desk.read(ctx, func(v *venue.Venue) { number, err = v.Ledger().Find(name) })
	if read != nil {
		return 0, read
	}
	if err != nil {
		return 0, errs.New(errs.NotFound, account.UnknownAccount.String(), "no account is called %q: it was never opened", shown(name)).
			With("field", "account").With("value", shown(name))
	}
	return number, nil
}

// find returns who an account is, when that has been read.
func (r *roster) find(number int32) (account.Account, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if int(number) >= len(r.known) {
		return account.Account{}, false
	}
	return r.known[number], true
}

// get returns who an account is, which must exist.
func (r *roster) get(ctx context.Context, number int32) (account.Account, error) {
	if one, known := r.find(number); known {
		return one, nil
	}
	r.mu.RLock()
	first := int32(len(r.known))
	r.mu.RUnlock()
	var since []account.Account
	err := r.desk.read(ctx, func(v *venue.Venue) {
		for n := first; n < v.Ledger().Accounts(); n++ {
			since = append(since, v.Ledger().Account(n))
		}
	})
	if err != nil {
		return account.Account{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := int32(len(r.known)); known-first < int32(len(since)) { // another reader may have come first
		r.known = append(r.known, since[known-first:]...)
	}
	return r.known[number], nil
}
