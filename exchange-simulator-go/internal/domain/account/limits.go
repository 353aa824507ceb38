// This file holds what an account may do.

package account

import (
	"strconv"

	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// Limits are what an account may do; a field that is 0 sets no limit.
type Limits struct {
	MaxQuantity decimal.Number // of one order, base units
	MaxNotional decimal.Number // of one order, quote units: price x quantity
	MaxPosition decimal.Number // long or short in an instrument, open orders on that side included, base units
	PerSecond   uint32         // orders, with bursts of as many
	CollarBps   uint32         // largest distance of a limit price from the reference price, basis points of it
	Blocked     bool           // the kill switch: no order is taken
}

// SetLimits replaces the limits of an account. UNKNOWN_ACCOUNT, INVALID_LIMIT.
func (l *Ledger) SetLimits(number int32, limits Limits) error {
	if err := l.known(number, 0); err != nil {
		return err
	}
	for _, one := range []struct {
		field string
		limit decimal.Number
	}{
		{"max_order_quantity", limits.MaxQuantity}, {"max_order_notional", limits.MaxNotional}, {"max_position", limits.MaxPosition},
	} {
		if one.limit.Units < 0 {
			return refuse(InvalidLimit, one.field, one.limit, "0 or more; 0 sets no limit")
		}
	}
	l.accounts[number].limits = limits
	return nil
}

// Limits returns the limits of an account; it must exist.
func (l *Ledger) Limits(number int32) Limits { return l.accounts[number].limits }

// takeToken takes one of the tokens that come back PerSecond a second, of which there are as many at most. The bucket is
// kept as the time at which it is full again, which is exact in whole nanoseconds.
func (a *account) takeToken(now int64) error {
	burst := int64(a.limits.PerSecond)
	if burst == 0 {
		return nil
	}
	each := max(1_000_000_000/burst, 1)
	full := max(a.nextOrder, now) + each
	if wait := full - now - burst*each; wait > 0 {
		refusal := refuse(OrderRateExceeded, "orders per second", burst, "the next one in "+strconv.FormatInt(wait, 10)+" ns")
		refusal.RetryAfter = wait
		return refusal
	}
	a.nextOrder = full
	return nil
}
