// Package venue shows what the venue and each of its pairs is doing.
package venue

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// Card renders the state of the venue for people. Times are business time, UTC.
func Card(status *exchangev1.GetVenueStatusResponse) string {
	return fmt.Sprintf("business time %s, sequence %d, journal %s: %d accounts, %d open orders, %d trades\n\n%s",
		status.GetBusinessTime().AsTime().UTC().Format(time.DateTime), status.GetSequence(), status.GetJournalId(), status.GetAccounts(),
		status.GetOpenOrders(), status.GetTrades(), Table(status.GetSymbols()))
}

// Table renders what pairs are doing.
func Table(symbols []*exchangev1.SymbolStatus) string {
	var text strings.Builder
	writer := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(writer, "PAIR\tPHASE\tSINCE (UTC)\tSPREAD\tREFERENCE\tOPEN ORDERS\tREASON")
	for _, symbol := range symbols {
		reference := "-"
		if symbol.GetReferencePrice() != 0 {
			reference = fmt.Sprintf("%.8g", symbol.GetReferencePrice())
		}
		if symbol.GetReferenceStale() {
			reference += " (stale)"
		}
		fmt.Fprintf(writer, "%s\t%s\t%s\tx%g\t%s\t%d\t%s\n", symbol.GetSymbol(), Phase(symbol.GetPhase()),
			symbol.GetSince().AsTime().UTC().Format(time.DateTime), symbol.GetSpreadMultiplier(), reference, symbol.GetOpenOrders(),
			cmp.Or(symbol.GetReason(), "-"))
	}
	_ = writer.Flush() // into memory
	return text.String()
}

// Phase is the name of a phase for people, e.g. "pre-open".
func Phase(phase exchangev1.Phase) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(phase.String(), "PHASE_")), "_", "-")
}
