package grpcapi

// What requests consist of: decimals, ids and times, each refused by the name of its field.

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// positive reads a decimal above 0 by one of the parsers of package instrument (Asset.Parse, Instrument.ParsePrice,
// Instrument.ParseQuantity) into its whole units.
func positive(field, text string, parse func(string) (int64, error)) (int64, error) {
	units, err := parse(text)
	if err != nil {
		return 0, invalid(field, text, err)
	}
	if units <= 0 {
		return 0, errs.InvalidField(field, shown(text), "more than 0")
	}
	return units, nil
}

// optional is positive, and 0 without a text.
func optional(field, text string, parse func(string) (int64, error)) (int64, error) {
	if text == "" {
		return 0, nil
	}
	return positive(field, text, parse)
}

// amount reads an amount above 0 of an asset that is listed; field is where the request has it.
func (d *Desk) amount(field string, asked *exchangev1.Amount) (read venue.Amount, err error) {
	if read.Asset, err = d.asset(asked.GetAsset()); err != nil {
		return read, err
	}
	read.Units, err = positive(field+".amount", asked.GetAmount(), d.Listing.Assets[read.Asset].Parse)
	return read, err
}

// writeAmount is the inverse of amount.
func (d *Desk) writeAmount(asset int32, units int64) *exchangev1.Amount {
	one := &d.Listing.Assets[asset]
	return &exchangev1.Amount{Asset: one.Code, Amount: one.Format(units)}
}

// invalid is the error of a field whose text could not be read, in the words of who tried.
func invalid(field, text string, err error) error {
	refused := errs.InvalidField(field, shown(text), err.Error())
	refused.Message = field + ": " + err.Error()
	refused.Violations[0].Description = err.Error()
	return refused
}

// checkID wants an id as callers choose them: 1 to venue.MaxClientID visible ASCII characters.
func checkID(field, id string) error {
	bad := func(letter rune) bool { return letter < '!' || letter > '~' }
	if id == "" || len(id) > venue.MaxClientID || strings.ContainsFunc(id, bad) {
		return errs.InvalidField(field, shown(id), fmt.Sprintf("1 to %d visible ASCII characters", venue.MaxClientID))
	}
	return nil
}

// timestamp writes nanoseconds since 1970 UTC.
func timestamp(nanoseconds int64) *timestamppb.Timestamp {
	return timestamppb.New(time.Unix(0, nanoseconds))
}

// longestShown is how much of a caller's own text an error repeats, in bytes: it travels in a header.
const longestShown = 64

func shown(text string) string {
	if len(text) <= longestShown {
		return strings.ToValidUTF8(text, "\uFFFD")
	}
	return strings.ToValidUTF8(text[:longestShown], "") + "..."
}
