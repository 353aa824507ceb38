// This file shows the books as they stood.

package cli

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

// shownLevels is how many levels of a side are printed for people; JSON has them all.
const shownLevels = 20

type books struct {
	moment
	Books []depth `json:"books"`
}

// depth is one book. Numbers are decimals.
type depth struct {
	Symbol string  `json:"symbol"`
	Phase  string  `json:"phase"`
	Last   string  `json:"last,omitempty"` // price of the last trade
	Bids   []level `json:"bids"`
	Asks   []level `json:"asks"`
}

type level struct {
	Price    string `json:"price"`
	Quantity string `json:"quantity"`         // shown
	Hidden   string `json:"hidden,omitempty"` // behind it, of icebergs
	Orders   int32  `json:"orders"`
}

var phases = map[matching.Phase]string{
	matching.PreOpen: "pre-open", matching.Calling: "call auction", matching.Continuous: "continuous", matching.Halted: "halted",
}

// books are those that are asked for, as they stand.
func (c *Replay) books(reached *records.Reached) (*books, error) {
	numbers, err := c.instruments(reached.Venue)
	if err != nil {
		return nil, err
	}
	all := &books{moment: momentOf(reached)}
	for _, n := range numbers {
		one, engine := &reached.Venue.Listing().Instruments[n], reached.Venue.Engine(n)
		shown := depth{
			Symbol: one.Symbol, Phase: phases[engine.Phase()],
			Bids: levels(one, engine.Book(), book.Bids), Asks: levels(one, engine.Book(), book.Asks),
		}
		if engine.Last() > 0 {
			shown.Last = one.FormatPrice(engine.Last())
		}
		all.Books = append(all.Books, shown)
	}
	return all, nil
}

func levels(one *instrument.Instrument, b *book.Book, side book.Shelf) []level {
	all := []level{}
	for l := range b.Levels(side) {
		shown := level{Price: one.FormatPrice(l.Price), Quantity: one.FormatQuantity(l.Lots), Orders: l.Orders}
		if l.Reserve > 0 {
			shown.Hidden = one.FormatQuantity(l.Reserve)
		}
		all = append(all, shown)
	}
	return all
}

func (b *books) print(out io.Writer) error {
	for n := range b.Books {
		one := &b.Books[n]
		fmt.Fprintf(out, "%s %s, %s", one.Symbol, b.moment, one.Phase)
		if one.Last != "" {
			fmt.Fprintf(out, ", last trade at %s", one.Last)
		}
		fmt.Fprintln(out)
		if err := one.print(out); err != nil {
			return err
		}
	}
	return nil
}

func (d *depth) print(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "orders\tbid\tprice\tprice\task\torders\t")
	count := max(len(d.Bids), len(d.Asks))
	for n := range min(count, shownLevels) {
		var bid, ask level
		var bidders, askers string
		if n < len(d.Bids) {
			bid, bidders = d.Bids[n], fmt.Sprint(d.Bids[n].Orders)
		}
		if n < len(d.Asks) {
			ask, askers = d.Asks[n], fmt.Sprint(d.Asks[n].Orders)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t\n", bidders, bid.Quantity, bid.Price, ask.Price, ask.Quantity, askers)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if count > shownLevels {
		fmt.Fprintf(out, "and %d more levels: see --json\n", count-shownLevels)
	}
	return nil
}
