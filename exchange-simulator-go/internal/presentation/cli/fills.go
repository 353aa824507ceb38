// This file shows both sides of the trades that there were.

package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
)

type fills struct {
	moment
	From  uint64 `json:"from_command"` // the first command of which there are fills
	Fills []fill `json:"fills"`        // oldest first
}

// fill is one side of a trade. Numbers are decimals.
type fill struct {
	Event    uint64    `json:"event"`
	Time     time.Time `json:"business_time"`
	Trade    uint64    `json:"trade"`
	Account  string    `json:"account"`
	Order    uint64    `json:"order"`
	ClientID string    `json:"client_order_id,omitempty"`
	Symbol   string    `json:"symbol"`
	Side     string    `json:"side"`
	Role     string    `json:"role"`
	Price    string    `json:"price"`
	Quantity string    `json:"quantity"`
	Fee      string    `json:"fee"`
	FeeAsset string    `json:"fee_asset"`
}

// fills are those of the accounts that are asked for, from the first command that there is.
func (c *Replay) fills(ctx context.Context, show *progress) (*fills, error) {
	var sides []venue.Fill
	past := c.past(show, "replayed")
	past.Whole = true
	past.Tell = func(business int64, sequence uint64, e *venue.Event) {
		if e.Kind == venue.Traded {
			sides = append(sides, venue.FillOf(e, false, business, sequence), venue.FillOf(e, true, business, sequence))
		}
	}
	reached, err := past.Read(ctx)
	if err != nil {
		return nil, err
	}
	instruments, err := c.instruments(reached.Venue)
	if err != nil {
		return nil, err
	}
	owners, err := c.numbers(reached.Venue)
	if err != nil {
		return nil, err
	}
	all := &fills{moment: momentOf(reached), From: reached.First.Sequence, Fills: []fill{}}
	for n := range sides {
		if slices.Contains(instruments, sides[n].Instrument) && slices.Contains(owners, sides[n].Account) {
			all.Fills = append(all.Fills, describe(reached, &sides[n]))
		}
	}
	return all, nil
}

func describe(reached *records.Reached, f *venue.Fill) fill {
	listing := reached.Venue.Listing()
	one, asset := &listing.Instruments[f.Instrument], &listing.Assets[f.FeeAsset]
	shown := fill{
		Event: f.Sequence, Time: time.Unix(0, f.Time).UTC(), Trade: f.Trade, Account: reached.Venue.Ledger().Account(f.Account).Name,
		Order: f.Order, ClientID: f.ClientID, Symbol: one.Symbol, Side: "sell", Role: "taker",
		Price: one.FormatPrice(f.Price), Quantity: one.FormatQuantity(f.Lots), Fee: asset.Format(f.Fee), FeeAsset: asset.Code,
	}
	if f.Buys {
		shown.Side = "buy"
	}
	if f.Maker {
		shown.Role = "maker"
	}
	return shown
}

func (f *fills) print(out io.Writer) error {
	fmt.Fprintf(out, "%d fills from command %d on, %s\n", len(f.Fills), f.From, f.moment)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "event\ttime\taccount\tsymbol\tside\trole\tquantity\tprice\tfee\t\t")
	for _, one := range f.Fills {
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", one.Event, one.Time.Format("2006-01-02T15:04:05.000Z"), one.Account,
			one.Symbol, one.Side, one.Role, one.Quantity, one.Price, one.Fee, one.FeeAsset)
	}
	return table.Flush()
}
