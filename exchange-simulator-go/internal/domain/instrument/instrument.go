// Package instrument says what the venue trades: the assets with their smallest units, and the instruments with the steps
// and bounds of their orders. Prices are ticks, quantities lots, amounts units of an asset, all int64 and exact.
package instrument

import (
	"fmt"

	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// Asset is what balances are kept in.
type Asset struct {
	Code  string // e.g. BTC
	Scale int    // digits after the point: an amount counts units of 10^-Scale
}

// Parse reads an amount into units. More digits than the scale are an error.
func (a *Asset) Parse(text string) (int64, error) { return decimal.Parse(text, a.Scale) }

// Format writes units as a decimal.
func (a *Asset) Format(units int64) string { return decimal.Format(units, a.Scale) }

// Instrument is one tradable pair. Make it with New, which sets what follows from the steps.
type Instrument struct {
	Symbol string         // BASE/QUOTE, e.g. BTC/USD
	Base   int32          // index of the asset that is bought and sold
	Quote  int32          // index of the asset that it is priced in
	Tick   decimal.Number // smallest step of a price, quote units per base unit
	Lot    decimal.Number // smallest step of a quantity
	Filters

	BaseUnitsPerLot      int64 // units of the base asset in one lot
	QuoteUnitsPerTickLot int64 // units of the quote asset that one lot costs at one tick
}

// Filters are the bounds that hold for every order of an instrument.
type Filters struct {
	MinLots       int64          // of an order
	MaxLots       int64          // of an order
	MinNotional   int64          // of an order: price x quantity, units of the quote asset
	MaxOpenOrders int32          // of one account
	PriceUp       decimal.Number // most that a limit price may be, as a multiple of the reference price
	PriceDown     decimal.Number // least that a limit price may be, as a multiple of the reference price
}

// New derives the units of an instrument. It fails when a lot is not whole in units of the base asset, or a tick times a
// lot not whole in units of the quote asset, and says which scale of the asset would do.
func New(assets []Asset, one Instrument) (Instrument, error) {
	base, quote := &assets[one.Base], &assets[one.Quote]
	var err error
	if one.BaseUnitsPerLot, err = whole(one.Lot, base); err != nil {
		return one, fmt.Errorf("lot_size is %s: %w", one.Lot, err)
	}
	step, ok := decimal.Mul(one.Tick.Units, one.Lot.Units)
	if !ok {
		return one, fmt.Errorf("tick_size is %s and lot_size %s: their product is out of range; want fewer digits", one.Tick, one.Lot)
	}
	product := decimal.Number{Units: step, Scale: one.Tick.Scale + one.Lot.Scale}
	for product.Scale > 0 && product.Units != 0 && product.Units%10 == 0 {
		product.Units, product.Scale = product.Units/10, product.Scale-1
	}
	if one.QuoteUnitsPerTickLot, err = whole(product, quote); err != nil {
		return one, fmt.Errorf("tick_size is %s and lot_size %s, their product: %w", one.Tick, one.Lot, err)
	}
	return one, nil
}

// whole returns a positive number in units of the asset.
func whole(number decimal.Number, asset *Asset) (int64, error) {
	if number.Scale > decimal.MaxScale {
		return 0, fmt.Errorf("it has %d digits after the point: at most %d are possible, so want a larger tick_size or lot_size",
			number.Scale, decimal.MaxScale)
	}
	if number.Scale > asset.Scale {
		return 0, fmt.Errorf("%s is not whole in units of %s, which has scale %d: want scale %d or more, or a larger step",
			number, asset.Code, asset.Scale, number.Scale)
	}
	units, err := number.Rescale(asset.Scale)
	if err == nil && units <= 0 {
		err = fmt.Errorf("%s: want more than 0", number)
	}
	return units, err
}

// Notional returns what lots cost at a price, in units of the quote asset, and false when that is out of range.
func (i *Instrument) Notional(ticks, lots int64) (int64, bool) {
	quantity, ok := decimal.Mul(ticks, lots)
	if !ok {
		return 0, false
	}
	return decimal.Mul(quantity, i.QuoteUnitsPerTickLot)
}

// BaseUnits returns what lots are in units of the base asset, and false when that is out of range.
func (i *Instrument) BaseUnits(lots int64) (int64, bool) { return decimal.Mul(lots, i.BaseUnitsPerLot) }

// ParsePrice reads a price into ticks. A price between two ticks is an error.
func (i *Instrument) ParsePrice(text string) (int64, error) { return steps(text, i.Tick, "tick") }

// FormatPrice writes ticks as a decimal.
func (i *Instrument) FormatPrice(ticks int64) string { return format(ticks, i.Tick) }

// ParseQuantity reads a quantity into lots. A quantity between two lots is an error.
func (i *Instrument) ParseQuantity(text string) (int64, error) { return steps(text, i.Lot, "lot") }

// FormatQuantity writes lots as a decimal.
func (i *Instrument) FormatQuantity(lots int64) string { return format(lots, i.Lot) }

func steps(text string, step decimal.Number, name string) (int64, error) {
	units, err := decimal.Parse(text, step.Scale)
	if err != nil {
		return 0, err
	}
	if units%step.Units != 0 {
		return 0, fmt.Errorf("%q is no multiple of the %s size, %s", text, name, step)
	}
	return units / step.Units, nil
}

func format(count int64, step decimal.Number) string {
	return decimal.Product(count, step.Units).Format(step.Scale)
}
