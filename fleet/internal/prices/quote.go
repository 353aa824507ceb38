// Package prices follows the price feed and shows it: as a live table with a sparkline per pair for people, as one line per update for
// scripts.
package prices

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// Quote is one update of one symbol. Prices are in quote units per base unit, volumes in base units.
type Quote struct {
	Symbol       string    `json:"symbol"`
	Sequence     uint64    `json:"sequence"` // index of the base tick since the price epoch
	BusinessTime time.Time `json:"business_time"`
	Price        float64   `json:"price"`
	Bid          float64   `json:"bid"`
	Ask          float64   `json:"ask"`
	MinuteVolume float64   `json:"minute_volume"`
	DayAmount    float64   `json:"day_amount"`  // price now less that of 24 hours ago
	DayPercent   float64   `json:"day_percent"` // the same in percent
	DayHigh      float64   `json:"day_high"`
	DayLow       float64   `json:"day_low"`
	DayVolume    float64   `json:"day_volume"`
	Missed       uint64    `json:"conflated_ticks"` // base ticks since the update before that were not sent
}

func quoteOf(response *marketdatav1.StreamPricesResponse) Quote {
	update := response.GetUpdate()
	day := update.GetDayChange()
	return Quote{
		Symbol: update.GetSymbol(), Sequence: update.GetSequence(), BusinessTime: update.GetBusinessTime().AsTime(),
		Price: update.GetPrice(), Bid: update.GetBid(), Ask: update.GetAsk(), MinuteVolume: update.GetMinuteVolume(),
		DayAmount: day.GetAmount(), DayPercent: day.GetPercent(), DayHigh: day.GetHigh(), DayLow: day.GetLow(), DayVolume: day.GetVolume(),
		Missed: response.GetConflatedTicks(),
	}
}

// Instrument is what is needed to write its prices.
type Instrument struct {
	Symbol   string
	Decimals int // digits after the point of its tick size
}

func instrumentOf(listed *marketdatav1.Instrument) Instrument {
	_, fraction, _ := strings.Cut(listed.GetTickSize(), ".")
	return Instrument{Symbol: listed.GetSymbol(), Decimals: len(fraction)}
}

// Line renders a quote as one line, with that many decimals of the price.
func Line(quote Quote, decimals int) string {
	return fmt.Sprintf("%s %s price %s bid %s ask %s 24h %s%% high %s low %s volume %s sequence %d",
		quote.BusinessTime.UTC().Format("2006-01-02T15:04:05.000Z"), quote.Symbol,
		number(quote.Price, decimals), number(quote.Bid, decimals), number(quote.Ask, decimals), signed(quote.DayPercent),
		number(quote.DayHigh, decimals), number(quote.DayLow, decimals), volume(quote.DayVolume), quote.Sequence)
}

func number(value float64, decimals int) string { return strconv.FormatFloat(value, 'f', decimals, 64) }

func signed(percent float64) string { return fmt.Sprintf("%+.2f", percent) }

// volume shortens large volumes: 12.3k, 4.56M.
func volume(value float64) string {
	switch {
	case value >= 1e9:
		return number(value/1e9, 2) + "G"
	case value >= 1e6:
		return number(value/1e6, 2) + "M"
	case value >= 1e3:
		return number(value/1e3, 2) + "k"
	}
	return number(value, 2)
}
