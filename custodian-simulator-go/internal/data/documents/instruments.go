// Package documents reads the configuration documents of the custodian into what its domain works with. A document is checked when it is
// decoded, so that an error names the document, the field and the value.
package documents

import (
	"fmt"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/asset"
)

// The names of the documents that the custodian is configured by.
const (
	InstrumentsName = "instruments"
	CalendarsName   = "calendars"
	SettlementName  = "settlement"
	ApprovalsName   = "approvals"
)

// Names are all of them.
var Names = []string{InstrumentsName, CalendarsName, SettlementName, ApprovalsName}

// Instruments is the `instruments` configuration document as the custodian reads it: only the assets matter here.
type Instruments struct {
	Assets      []Asset `json:"assets"`
	Instruments any     `json:"instruments"`
}

// Asset is one asset of the document.
type Asset struct {
	Code  string `json:"code"`
	Scale int    `json:"scale"` // digits after the point of an amount
	Kind  string `json:"kind"`  // fiat or crypto; must be there
}

// Validate says what is wrong with the document.
func (d *Instruments) Validate() error {
	_, err := d.Listing()
	return err
}

// Listing turns the document into the assets that the custodian keeps. The error names the field and its value.
func (d *Instruments) Listing() (*asset.Listing, error) {
	if len(d.Assets) == 0 {
		return nil, fmt.Errorf("assets has none: want at least one")
	}
	assets := make([]asset.Asset, len(d.Assets))
	for n, one := range d.Assets {
		kind, err := asset.ParseKind(one.Kind)
		if err != nil {
			return nil, fmt.Errorf("assets[%d].kind (%s) is %q: want fiat or crypto", n, one.Code, one.Kind)
		}
		assets[n] = asset.Asset{Code: one.Code, Scale: one.Scale, Kind: kind}
	}
	listing, err := asset.NewListing(assets)
	if err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	return listing, nil
}

func wrong(document string, err error) error {
	return fmt.Errorf("configuration document %q: %w", document, err)
}
