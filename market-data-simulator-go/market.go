package marketdatasim

import (
	"context"
	"fmt"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/profiles"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
	"github.com/trading-ecosystem/service-kit-go/remoteconfig"
	"github.com/trading-ecosystem/service-kit-go/simclock"
)

// marketDocuments are the configuration documents that say what is simulated. They are read once, at the start: a price
// is a function of them.
var marketDocuments = []string{"instruments", "market", "clock"}

// marketDocument is the `market` configuration document.
type marketDocument struct {
	Profile   string `json:"profile"`   // a shipped name, or the path of a file that calibrate wrote
	Liquidity any    `json:"liquidity"` // read by the exchange
	Auctions  any    `json:"auctions"`  // read by the exchange
}

// market is what is simulated, but for the seed.
type market struct {
	instruments []instrument.Instrument
	profile     profile.Profile
	clock       simclock.Mapping
}

// readMarket reads the documents; profileName, unless empty, takes the place of the market document's.
func readMarket(ctx context.Context, config *remoteconfig.Client, profileName string) (m market, err error) {
	listed, err := remoteconfig.Get[instrument.Document](ctx, config, "instruments")
	if err != nil {
		return m, err
	}
	if m.instruments, err = listed.Decode(); err != nil {
		return m, fmt.Errorf("configuration document %q: %w", "instruments", err)
	}
	chosen, err := remoteconfig.Get[marketDocument](ctx, config, "market")
	if err != nil {
		return m, err
	}
	if profileName == "" {
		profileName = chosen.Profile
	}
	if m.profile, err = profiles.Load(profileName); err != nil {
		return m, fmt.Errorf("load the price profile %q (from PROFILE or the market document): %w", profileName, err)
	}
	m.clock, err = remoteconfig.Get[simclock.Mapping](ctx, config, "clock")
	return m, err
}

// path makes the prices.
func (m market) path(seed uint64) (*path.Path, error) {
	prices, err := path.New(m.profile, m.instruments, seed, path.Epoch)
	if err != nil {
		return nil, fmt.Errorf("simulate the instruments with profile %q: %w", m.profile.Name, err)
	}
	return prices, nil
}
