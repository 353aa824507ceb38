// This file reads the history, a page at a time, newest first.

package history

import "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"

// Fills appends up to most fills of an account, 1 or more, in an instrument or in venue.All, older than a cursor. The cursor that it
// returns is for the next page, and 0 when there is none.
func (h *History) Fills(account, instrument int32, before Cursor, most int, fills []venue.Fill) ([]venue.Fill, Cursor) {
	keep := func(f *venue.Fill) bool { return instrument == venue.All || f.Instrument == instrument }
	return h.fills.page(account, before, keep, most, fills)
}

// Entries appends up to most entries of an account, 1 or more, in an asset or in venue.All, older than a cursor. The cursor that it
// returns is for the next page, and 0 when there is none.
func (h *History) Entries(account, asset int32, before Cursor, most int, entries []Entry) ([]Entry, Cursor) {
	keep := func(e *Entry) bool { return asset == venue.All || e.Asset == asset }
	return h.entries.page(account, before, keep, most, entries)
}

// Trades appends up to most trades in an instrument, 1 or more, by whomever, older than a cursor. The cursor that it returns is for the
// next page, and 0 when there is none.
func (h *History) Trades(instrument int32, before Cursor, most int, trades []Trade) ([]Trade, Cursor) {
	if instrument < 0 || int(instrument) >= len(h.trades) {
		return trades, 0
	}
	return h.trades[instrument].page(placeOfTrade, before, func(*Trade) bool { return true }, most, trades)
}
