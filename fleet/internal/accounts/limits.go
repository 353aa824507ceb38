package accounts

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/trading-ecosystem/fleet/internal/decimal"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// Change is what is to become of the limits of an account; a nil field stays as it is, "0" and 0 remove a limit.
type Change struct {
	MaxOrderQuantity   *string // base units
	MaxOrderNotional   *string // quote units
	MaxOrdersPerSecond *uint32
	PriceCollarBPS     *uint32
	MaxPosition        *string // base units
	Block, Unblock     bool
}

// IsEmpty tells whether nothing changes.
func (c Change) IsEmpty() bool { return c == Change{} }

// Check looks at the values themselves.
func (c Change) Check() error {
	for flag, value := range map[string]*string{
		"--max-order-quantity": c.MaxOrderQuantity, "--max-order-notional": c.MaxOrderNotional, "--max-position": c.MaxPosition,
	} {
		if value != nil && !decimal.NotNegative(*value) {
			return fmt.Errorf("%s is %q: want a plain decimal, or 0 for no limit", flag, *value)
		}
	}
	if c.Block && c.Unblock {
		return errors.New("want either --block or --unblock")
	}
	return nil
}

// Apply returns the limits after the change.
func (c Change) Apply(limits *exchangev1.Limits) *exchangev1.Limits {
	changed := &exchangev1.Limits{}
	proto.Merge(changed, limits)
	set(&changed.MaxOrderQuantity, c.MaxOrderQuantity)
	set(&changed.MaxOrderNotional, c.MaxOrderNotional)
	set(&changed.MaxOrdersPerSecond, c.MaxOrdersPerSecond)
	set(&changed.PriceCollarBps, c.PriceCollarBPS)
	set(&changed.MaxPosition, c.MaxPosition)
	changed.Blocked = (changed.GetBlocked() || c.Block) && !c.Unblock
	return changed
}

func set[V any](field, value *V) {
	if value != nil {
		*field = *value
	}
}
