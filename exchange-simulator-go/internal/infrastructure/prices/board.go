package prices

import (
	"math"
	"time"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// board is the latest price of each listed instrument, and what the venue was told of it.
type board struct {
	listing *instrument.Listing
	places  []place // by the index of the instrument
}

type place struct {
	tick  float64 // quote units per base unit
	price float64 // ticks, 0 before the first
	at    time.Time
	news  bool // the price was not offered yet
	stale bool // the venue was told so
}

func newBoard(listing *instrument.Listing, now time.Time) *board {
	b := &board{listing: listing, places: make([]place, len(listing.Instruments))}
	for n := range b.places {
		tick := listing.Instruments[n].Tick
		b.places[n] = place{tick: float64(tick.Units) / math.Pow10(tick.Scale), at: now}
	}
	return b
}

func (b *board) symbols() []string {
	symbols := make([]string, len(b.places))
	for n := range symbols {
		symbols[n] = b.listing.Instruments[n].Symbol
	}
	return symbols
}

// put notes an update. What is not listed, or not a price that the venue can work with, is left out.
func (b *board) put(update *marketdatav1.PriceUpdate, now time.Time) {
	n, listed := b.listing.Instrument(update.GetSymbol())
	if !listed {
		return
	}
	one := &b.places[n]
	price := ticks(update, one.tick)
	if !(price >= 1 && price <= matching.MaxPrice) { // also leaves out NaN
		return
	}
	one.price, one.at, one.news = price, now, true
}

// ticks is the middle of the quotes. Quotes are whole ticks, so it is a multiple of a half.
func ticks(update *marketdatav1.PriceUpdate, tick float64) float64 {
	bid, ask := update.GetBid(), update.GetAsk()
	if bid <= 0 || ask <= 0 {
		bid, ask = update.GetPrice(), update.GetPrice()
	}
	return math.Round((bid+ask)/tick) / 2
}

// take returns what the venue is to be told, and the symbols that have no price at present.
func (b *board) take(now time.Time) (quotes []venue.Quote, stale []string) {
	for n := range b.places {
		one := &b.places[n]
		late := now.Sub(one.at) >= StaleAfter
		if late {
			stale = append(stale, b.listing.Instruments[n].Symbol)
		}
		switch {
		case late && !one.stale:
			quotes = append(quotes, venue.Quote{Instrument: int32(n), Stale: true})
		case one.news && !late:
			quotes = append(quotes, venue.Quote{Instrument: int32(n), Price: one.price})
		}
		one.news = false
	}
	return quotes, stale
}

// taken notes what the venue has been told.
func (b *board) taken(quotes []venue.Quote) {
	for _, quote := range quotes {
		b.places[quote.Instrument].stale = quote.Stale
	}
}

func (b *board) ages(now time.Time) map[string]time.Duration {
	ages := make(map[string]time.Duration, len(b.places))
	for n := range b.places {
		ages[b.listing.Instruments[n].Symbol] = now.Sub(b.places[n].at)
	}
	return ages
}
