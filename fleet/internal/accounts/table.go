package accounts

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/trading-ecosystem/fleet/internal/decimal"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// Card renders an account for people: what is in it, what its trading has come to, what it may do.
func Card(account *exchangev1.Account) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s, owner %s, opened %s UTC, %d open orders, fees %g bps (maker) and %g bps (taker)\n", account.GetAccount(),
		account.GetOwner(), account.GetCreatedTime().AsTime().UTC().Format(time.DateTime), account.GetOpenOrders(),
		account.GetMakerFeeBps(), account.GetTakerFeeBps())
	fmt.Fprintf(&text, "limits: %s\n\n%s", LimitsLine(account.GetLimits()), Balances(account.GetBalances()))
	if len(account.GetPositions()) > 0 {
		text.WriteByte('\n')
		columns(&text, func(out io.Writer) {
			fmt.Fprintln(out, "PAIR\tPOSITION\tAVERAGE PRICE\tREALISED\tUNREALISED")
			for _, position := range account.GetPositions() {
				fmt.Fprintf(out, "%s\t%s\t%s\t%+.2f\t%+.2f\n", position.GetSymbol(), position.GetQuantity(),
					averagePrice(position.GetAveragePrice()), position.GetRealisedProfit(), position.GetUnrealisedProfit())
			}
		})
	}
	return text.String()
}

// averagePrice has eight significant digits: pairs are priced from 0.00005 to 50000.
func averagePrice(price float64) string {
	if price == 0 {
		return "-"
	}
	return fmt.Sprintf("%.8g", price)
}

// Balances renders what is in an account.
func Balances(balances []*exchangev1.Balance) string {
	var text strings.Builder
	columns(&text, func(out io.Writer) {
		fmt.Fprintln(out, "ASSET\tAVAILABLE\tHELD\tTOTAL")
		for _, balance := range balances {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", balance.GetAsset(), balance.GetAvailable(), balance.GetHeld(), total(balance))
		}
	})
	return text.String()
}

func total(balance *exchangev1.Balance) string {
	available, err := decimal.Parse(balance.GetAvailable())
	if err != nil {
		return "-"
	}
	held, err := decimal.Parse(balance.GetHeld())
	if err != nil {
		return "-"
	}
	return held.Add(held, available).FloatString(max(decimal.Places(balance.GetAvailable()), decimal.Places(balance.GetHeld())))
}

// LimitsLine tells what an account may do.
func LimitsLine(limits *exchangev1.Limits) string {
	var parts []string
	if limits.GetBlocked() {
		parts = append(parts, "BLOCKED")
	}
	for _, limit := range []struct{ format, value string }{
		{"orders up to %s base units", limits.GetMaxOrderQuantity()},
		{"orders up to %s quote units", limits.GetMaxOrderNotional()},
		{"%s orders a second", fmt.Sprint(limits.GetMaxOrdersPerSecond())},
		{"prices within %s bps of the reference", fmt.Sprint(limits.GetPriceCollarBps())},
		{"positions up to %s base units", limits.GetMaxPosition()},
	} {
		if decimal.Positive(limit.value) {
			parts = append(parts, fmt.Sprintf(limit.format, limit.value))
		}
	}
	return cmp.Or(strings.Join(parts, "; "), "none")
}

// Statement renders the entries of an account.
func Statement(entries []*exchangev1.Entry) string {
	var text strings.Builder
	columns(&text, func(out io.Writer) {
		fmt.Fprintln(out, "TIME (UTC)\tSEQUENCE\tWHY\tASSET\tAMOUNT\tREFERENCE")
		for _, entry := range entries {
			amount := entry.GetAmount()
			if !strings.HasPrefix(amount, "-") {
				amount = "+" + amount
			}
			fmt.Fprintf(out, "%s\t%d\t%s\t%s\t%s\t%s\n", entry.GetTime().AsTime().UTC().Format(time.DateTime), entry.GetSequence(),
				strings.ToLower(strings.TrimPrefix(entry.GetKind().String(), "ENTRY_KIND_")), entry.GetAsset(), amount, entry.GetReference())
		}
	})
	return text.String()
}

func columns(text *strings.Builder, write func(io.Writer)) {
	writer := tabwriter.NewWriter(text, 0, 0, 2, ' ', 0)
	write(writer)
	_ = writer.Flush() // into memory
}
