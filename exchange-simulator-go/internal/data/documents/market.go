// This file is the shape of the `market` configuration document as the exchange reads it.

package documents

import (
	"fmt"
	"slices"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
)

// Market is the `market` configuration document. What says how prices come about is read by others.
type Market struct {
	Profile   any       `json:"profile"`
	Liquidity Liquidity `json:"liquidity"`
	Auctions  Auctions  `json:"auctions"`
}

// Liquidity is the part of the document that the exchange reads: its own makers and takers.
type Liquidity struct {
	Enabled     bool                    `json:"enabled"`
	Instruments map[string]Participants `json:"instruments"` // by symbol
}

// Participants are the makers and takers of an instrument; a missing field has the value of liquidity.Default.
type Participants struct {
	Enabled        *bool    `json:"enabled"` // true when missing
	Depth          float64  `json:"depth"`   // quote units; must be there
	Makers         *int     `json:"makers"`
	Levels         *int     `json:"levels"`
	SpreadBps      *float64 `json:"spread_bps"`
	Inventory      *float64 `json:"inventory"` // times depth
	Volatility     *float64 `json:"volatility"`
	Takers         *int     `json:"takers"`
	TakesPerSecond *float64 `json:"takes_per_second"`
}

// Validate says what is wrong with the document, in the order of the symbols.
func (m *Market) Validate() error {
	for _, symbol := range m.Liquidity.symbols() {
		participants := m.Liquidity.Instruments[symbol]
		parameters := participants.parameters()
		if err := parameters.Validate(); err != nil {
			return fmt.Errorf("liquidity.instruments[%q].%w", symbol, err)
		}
	}
	_, err := m.Auctions.Decode()
	return err
}

// Decode returns the parameters for each of the symbols that are traded, without makers and takers where there are to be
// none. It fails on a symbol that is not traded.
func (l *Liquidity) Decode(traded []string) ([]liquidity.Parameters, error) {
	for _, symbol := range l.symbols() {
		if !slices.Contains(traded, symbol) {
			return nil, fmt.Errorf("liquidity.instruments has %q: want one of the symbols that are traded, %q", symbol, traded)
		}
	}
	all := make([]liquidity.Parameters, len(traded))
	for n, symbol := range traded {
		participants, named := l.Instruments[symbol]
		if !named {
			participants.Depth = 1 // of nobody, but parameters hold
		}
		all[n] = participants.parameters()
		if !named || !l.Enabled {
			all[n].Makers, all[n].Takers = 0, 0
		}
	}
	return all, nil
}

func (l *Liquidity) symbols() []string {
	symbols := make([]string, 0, len(l.Instruments))
	for symbol := range l.Instruments {
		symbols = append(symbols, symbol)
	}
	slices.Sort(symbols)
	return symbols
}

// parameters puts defaults where nothing is said.
func (p *Participants) parameters() liquidity.Parameters {
	parameters := liquidity.Default(p.Depth)
	set(&parameters.Makers, p.Makers)
	set(&parameters.Levels, p.Levels)
	set(&parameters.SpreadBps, p.SpreadBps)
	set(&parameters.Inventory, p.Inventory)
	set(&parameters.Volatility, p.Volatility)
	set(&parameters.Takers, p.Takers)
	set(&parameters.TakesPerSecond, p.TakesPerSecond)
	if p.Enabled != nil && !*p.Enabled {
		parameters.Makers, parameters.Takers = 0, 0
	}
	return parameters
}

func set[T any](value, said *T) {
	if said != nil {
		*value = *said
	}
}
