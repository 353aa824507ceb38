// Package asset says what the custodian keeps: the assets with their smallest units, found by code. Amounts are int64 units
// of an asset, exact.
package asset

import (
	"fmt"

	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// Kind says by which rules an asset settles.
type Kind uint8

// The kinds.
const (
	Crypto Kind = iota // on a chain that never closes
	Fiat               // over banks, with business days and cut-offs
	kindCount
)

var kindNames = [kindCount]string{"crypto", "fiat"}

// String is its name in documents.
func (k Kind) String() string {
	if k >= kindCount {
		return fmt.Sprintf("kind %d", uint8(k))
	}
	return kindNames[k]
}

// ParseKind reads the name of a kind.
func ParseKind(text string) (Kind, error) {
	for kind, name := range kindNames {
		if text == name {
			return Kind(kind), nil
		}
	}
	return 0, fmt.Errorf("kind of asset is %q: want crypto or fiat", text)
}

// Asset is what balances are kept in.
type Asset struct {
	Code  string // e.g. BTC
	Scale int    // digits after the point: an amount counts units of 10^-Scale
	Kind  Kind
}

// Parse reads an amount into units. More digits than the scale are an error.
func (a *Asset) Parse(text string) (int64, error) { return decimal.Parse(text, a.Scale) }

// Format writes units as a decimal.
func (a *Asset) Format(units int64) string { return decimal.Format(units, a.Scale) }

// FormatWide writes a sum of units as a decimal.
func (a *Asset) FormatWide(units decimal.Wide) string { return units.Format(a.Scale) }

// Listing is the assets in the order of the document; their positions are the indices that everything else uses. Make it
// with NewListing; it does not change.
type Listing struct {
	Assets []Asset

	codes map[string]int32
}

// NewListing indexes assets. It fails on a code that is empty or there twice, and on a scale that no amount can have.
func NewListing(assets []Asset) (*Listing, error) {
	l := &Listing{Assets: assets, codes: make(map[string]int32, len(assets))}
	for n, asset := range assets {
		_, twice := l.codes[asset.Code]
		switch {
		case asset.Code == "":
			return nil, fmt.Errorf("asset %d has no code: want one, e.g. BTC", n)
		case twice:
			return nil, fmt.Errorf("asset %q is there twice", asset.Code)
		case asset.Scale < 0 || asset.Scale > decimal.MaxScale:
			return nil, fmt.Errorf("asset %q has scale %d: want 0 to %d", asset.Code, asset.Scale, decimal.MaxScale)
		case asset.Kind >= kindCount:
			return nil, fmt.Errorf("asset %q has %s: want crypto or fiat", asset.Code, asset.Kind)
		}
		l.codes[asset.Code] = int32(n)
	}
	return l, nil
}

// Index returns the index of an asset, and false when it is unknown.
func (l *Listing) Index(code string) (int32, bool) {
	n, known := l.codes[code]
	return n, known
}

// At returns the asset with an index, which must be one of the listing.
func (l *Listing) At(index int32) *Asset { return &l.Assets[index] }

// Has tells whether an index is one of the listing.
func (l *Listing) Has(index int32) bool { return index >= 0 && int(index) < len(l.Assets) }
