// This file holds all that a venue lists, found by name.

package instrument

import "fmt"

// Listing is the assets and instruments of a venue, in the order of the document; their positions are the indices that
// everything else uses. Make it with NewListing; it does not change.
type Listing struct {
	Assets      []Asset
	Instruments []Instrument

	assets  map[string]int32
	symbols map[string]int32
}

// NewListing indexes assets and instruments. It fails on a code or a symbol that is there twice.
func NewListing(assets []Asset, instruments []Instrument) (*Listing, error) {
	l := &Listing{Assets: assets, Instruments: instruments, assets: map[string]int32{}, symbols: map[string]int32{}}
	for n, asset := range assets {
		if _, twice := l.assets[asset.Code]; twice {
			return nil, fmt.Errorf("asset %q is there twice", asset.Code)
		}
		l.assets[asset.Code] = int32(n)
	}
	for n := range instruments {
		symbol := instruments[n].Symbol
		if _, twice := l.symbols[symbol]; twice {
			return nil, fmt.Errorf("symbol %q is there twice", symbol)
		}
		l.symbols[symbol] = int32(n)
	}
	return l, nil
}

// Asset returns the index of an asset, and false when it is unknown.
func (l *Listing) Asset(code string) (int32, bool) {
	n, known := l.assets[code]
	return n, known
}

// Instrument returns the index of an instrument, and false when it is unknown.
func (l *Listing) Instrument(symbol string) (int32, bool) {
	n, known := l.symbols[symbol]
	return n, known
}
