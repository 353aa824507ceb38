package prices

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// Bar is what the price of one symbol did in one interval. Prices are in quote units per base unit, volume in base units.
type Bar struct {
	Symbol string    `json:"symbol"`
	Time   time.Time `json:"time"` // when it opens
	Open   float64   `json:"open"`
	High   float64   `json:"high"`
	Low    float64   `json:"low"`
	Close  float64   `json:"close"`
	Volume float64   `json:"volume"`
}

// Past says which bars are wanted: those of the time up to now, in business time.
type Past struct {
	Symbols  []string
	Interval string // 1s, 1m, 5m, 15m, 1h, 4h or 1d
	Since    time.Duration
}

// History hands over the bars of a past, in order of time, until handle fails.
func History(ctx context.Context, client marketdatav1.MarketDataServiceClient, past Past, handle func(Bar) error) error {
	latest, err := client.GetPrice(ctx, &marketdatav1.GetPriceRequest{Symbol: past.Symbols[0]})
	if err != nil {
		return fmt.Errorf("ask for the time of the market: %w", err)
	}
	end := latest.GetUpdate().GetBusinessTime().AsTime()
	request := &marketdatav1.GetHistoryRequest{
		Symbols: past.Symbols, Interval: past.Interval, Start: timestamppb.New(end.Add(-past.Since)), End: timestamppb.New(end),
	}
	for {
		page, err := client.GetHistory(ctx, request)
		if err != nil {
			return fmt.Errorf("ask for the bars of the last %s: %w", past.Since, err)
		}
		if err := eachBar(page.GetBars(), past, handle); err != nil {
			return err
		}
		if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
			return nil
		}
	}
}

// lengths are those of the bars that a feed offers.
var lengths = map[string]time.Duration{
	"1s": time.Second, "1m": time.Minute, "5m": 5 * time.Minute, "15m": 15 * time.Minute,
	"1h": time.Hour, "4h": 4 * time.Hour, "1d": 24 * time.Hour,
}

// eachBar goes through blocks that all are over the same time.
func eachBar(blocks []*marketdatav1.BarBlock, past Past, handle func(Bar) error) error {
	if len(blocks) == 0 {
		return nil
	}
	for n := range blocks[0].GetClose() {
		for _, block := range blocks {
			one := Bar{
				Symbol: block.GetSymbol(), Time: block.GetStart().AsTime().Add(time.Duration(n) * lengths[past.Interval]),
				Open: block.GetOpen()[n], High: block.GetHigh()[n], Low: block.GetLow()[n], Close: block.GetClose()[n], Volume: block.GetVolume()[n],
			}
			if err := handle(one); err != nil {
				return err
			}
		}
	}
	return nil
}

// BarLine renders a bar as one line, with that many decimals of the prices.
func BarLine(one Bar, decimals int) string {
	return fmt.Sprintf("%s %s open %s high %s low %s close %s volume %s", one.Time.UTC().Format(time.RFC3339), one.Symbol,
		number(one.Open, decimals), number(one.High, decimals), number(one.Low, decimals), number(one.Close, decimals), volume(one.Volume))
}
