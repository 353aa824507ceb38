// Package accounts reads amounts that people type, and shows accounts and their statements as tables.
package accounts

import (
	"fmt"
	"strings"

	"github.com/trading-ecosystem/fleet/internal/decimal"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// ParseAmount reads "USD=100000".
func ParseAmount(text string) (*exchangev1.Amount, error) {
	asset, amount, _ := strings.Cut(text, "=")
	if asset == "" || !decimal.Positive(amount) {
		return nil, fmt.Errorf("%q is no amount: want ASSET=AMOUNT with a plain decimal above 0, e.g. USD=100000", text)
	}
	return &exchangev1.Amount{Asset: asset, Amount: amount}, nil
}

// ParseAmounts reads one amount of each of several assets.
func ParseAmounts(texts []string) ([]*exchangev1.Amount, error) {
	var amounts []*exchangev1.Amount
	seen := map[string]bool{}
	for _, text := range texts {
		amount, err := ParseAmount(text)
		if err != nil {
			return nil, err
		}
		if seen[amount.GetAsset()] {
			return nil, fmt.Errorf("%s is given twice: want one amount of each asset", amount.GetAsset())
		}
		seen[amount.GetAsset()] = true
		amounts = append(amounts, amount)
	}
	return amounts, nil
}
