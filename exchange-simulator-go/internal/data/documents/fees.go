// This file is the shape of the `fees` configuration document and what must hold in it.

package documents

import (
	"fmt"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// Fees is the `fees` configuration document. Numbers are decimal strings.
type Fees struct {
	TakenIn     string `json:"taken_in"`     // received or quote
	VolumeAsset string `json:"volume_asset"` // in which volumes are counted
	Tiers       []Tier `json:"tiers"`
}

// Tier is what is paid from a volume on.
type Tier struct {
	Volume   string `json:"volume"`    // of an owner in 30 days, in the volume asset
	MakerBps string `json:"maker_bps"` // basis points, up to 4 digits after the point; negative is a rebate
	TakerBps string `json:"taker_bps"` // basis points, up to 4 digits after the point
}

// rateScale is the digits of a rate in basis points: its units are the 10^-8 of account.Tier.
const rateScale = 4

// Decode checks the document against what is listed and turns it into rates.
func (d *Fees) Decode(listing *instrument.Listing) (fees account.Fees, err error) {
	switch d.TakenIn {
	case "received":
	case "quote":
		fees.InQuote = true
	default:
		return fees, fmt.Errorf("taken_in is %q: want received or quote", d.TakenIn)
	}
	var known bool
	if fees.VolumeAsset, known = listing.Asset(d.VolumeAsset); !known {
		return fees, fmt.Errorf("volume_asset is %q: want the code of an asset", d.VolumeAsset)
	}
	for n, one := range d.Tiers {
		var tier account.Tier
		if tier.Volume, err = listing.Assets[fees.VolumeAsset].Parse(one.Volume); err != nil {
			return fees, fmt.Errorf("tiers[%d].volume: %w", n, err)
		}
		if tier.Maker, err = rate(one.MakerBps); err != nil {
			return fees, fmt.Errorf("tiers[%d].maker_bps: %w", n, err)
		}
		if tier.Taker, err = rate(one.TakerBps); err != nil {
			return fees, fmt.Errorf("tiers[%d].taker_bps: %w", n, err)
		}
		fees.Tiers = append(fees.Tiers, tier)
	}
	return fees, fees.Check()
}

func rate(text string) (int32, error) {
	units, err := decimal.Parse(text, rateScale)
	if err == nil && (units > account.MaxRate || units < -account.MaxRate) {
		err = fmt.Errorf("%q: want -1000 to 1000 basis points", text)
	}
	return int32(units), err
}
