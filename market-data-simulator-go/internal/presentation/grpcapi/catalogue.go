package grpcapi

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// The sizes of a page of instruments.
const (
	DefaultPageSize = 100
	MaxPageSize     = 1000
)

// catalogue knows the instruments. It does not change while the daemon runs.
type catalogue struct {
	sorted    []*marketdatav1.Instrument // by symbol
	positions map[string]int             // symbol -> position in the feed
	symbols   []string                   // sorted
	known     string                     // the symbols, for errors
}

func newCatalogue(instruments []instrument.Instrument) *catalogue {
	c := &catalogue{positions: map[string]int{}}
	for position, one := range instruments {
		c.positions[one.Symbol] = position
		c.symbols = append(c.symbols, one.Symbol)
		c.sorted = append(c.sorted, describe(one))
	}
	slices.Sort(c.symbols)
	slices.SortFunc(c.sorted, func(a, b *marketdatav1.Instrument) int { return cmp.Compare(a.GetSymbol(), b.GetSymbol()) })
	c.known = list(c.symbols)
	return c
}

// mostListed is how many symbols an error lists; ListInstruments has the others.
const mostListed = 100

func list(symbols []string) string {
	if len(symbols) <= mostListed {
		return strings.Join(symbols, ", ")
	}
	return fmt.Sprintf("%s and %d more (see ListInstruments)", strings.Join(symbols[:mostListed], ", "), len(symbols)-mostListed)
}

func describe(one instrument.Instrument) *marketdatav1.Instrument {
	described := &marketdatav1.Instrument{
		Symbol: one.Symbol, Base: one.Base, Quote: one.Quote, TickSize: one.Tick.String(), LotSize: one.Lot.String(),
	}
	switch one.Source {
	case instrument.Modelled:
		described.PriceSource = marketdatav1.PriceSource_PRICE_SOURCE_MODELLED
	case instrument.Pegged:
		described.PriceSource = marketdatav1.PriceSource_PRICE_SOURCE_PEGGED
	case instrument.Derived:
		described.PriceSource = marketdatav1.PriceSource_PRICE_SOURCE_DERIVED
		described.DerivedFrom = []string{one.Numerator, one.Denominator}
	}
	return described
}

// find returns the position of a symbol in the feed; field is where the request has it.
func (c *catalogue) find(field, symbol string) (int, error) {
	if symbol == "" {
		return 0, errs.InvalidField(field, symbol, "a symbol; known are "+c.known)
	}
	position, ok := c.positions[symbol]
	if !ok {
		return 0, errs.New(errs.NotFound, "UNKNOWN_SYMBOL", "unknown symbol %q: known are %s", shown(symbol), c.known).
			With("field", field).With("value", shown(symbol))
	}
	return position, nil
}

// page returns the instruments of one page and the token of the next one, empty on the last.
func (c *catalogue) page(request *marketdatav1.ListInstrumentsRequest) (page []*marketdatav1.Instrument, next string, err error) {
	size := int(request.GetPageSize())
	if size < 0 || size > MaxPageSize {
		return nil, "", errs.InvalidField("page_size", size, fmt.Sprintf("1 to %d, or 0 for %d", MaxPageSize, DefaultPageSize))
	}
	if size == 0 {
		size = DefaultPageSize
	}
	start, err := c.startOf(request.GetPageToken())
	if err != nil {
		return nil, "", err
	}
	end := min(start+size, len(c.sorted))
	if end < len(c.sorted) {
		next = pageToken(c.symbols[end])
	}
	return c.sorted[start:end], next, nil
}

// tokenPrefix marks a page token as ours.
const tokenPrefix = "from:"

// pageToken is opaque to callers: it names the first symbol of its page, so that any replica can go on.
func pageToken(symbol string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(tokenPrefix + symbol))
}

func (c *catalogue) startOf(token string) (int, error) {
	if token == "" {
		return 0, nil
	}
	decoded, err := base64.RawURLEncoding.DecodeString(token)
	symbol, ours := strings.CutPrefix(string(decoded), tokenPrefix)
	start, known := slices.BinarySearch(c.symbols, symbol)
	if err != nil || !ours || !known || pageToken(symbol) != token {
		return 0, errs.InvalidField("page_token", shown(token), "next_page_token of the page before, or nothing for the first page")
	}
	return start, nil
}
