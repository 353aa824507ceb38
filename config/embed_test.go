package config

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"time"
)

// read decodes a shipped document; an unknown field is an error, as it is in the daemons.
func read(t *testing.T, document string, into any) {
	t.Helper()
	file, err := Documents.Open(document + ".json")
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", document, err)
	}
}

type instrument struct {
	Symbol      string `json:"symbol"`
	Base        string `json:"base"`
	Quote       string `json:"quote"`
	TickSize    string `json:"tick_size"`
	LotSize     string `json:"lot_size"`
	PriceSource string `json:"price_source"`
	Peg         *struct {
		Mean                 string  `json:"mean"`
		StandardDeviationBps float64 `json:"standard_deviation_bps"`
		HalfLife             string  `json:"half_life"`
	} `json:"peg"`
	Numerator   string `json:"numerator"`
	Denominator string `json:"denominator"`
	Trading     *struct {
		MinQuantity   string `json:"min_quantity"`
		MaxQuantity   string `json:"max_quantity"`
		MinNotional   string `json:"min_notional"`
		MaxOpenOrders int    `json:"max_open_orders"`
		PriceUp       string `json:"price_multiplier_up"`
		PriceDown     string `json:"price_multiplier_down"`
		StaticBand    int    `json:"static_band_bps"`
		DynamicBand   int    `json:"dynamic_band_bps"`
		PauseOnBand   bool   `json:"pause_on_band"`
	} `json:"trading"`
}

type asset struct {
	Code  string `json:"code"`
	Scale int    `json:"scale"`
	Kind  string `json:"kind"`
}

func TestEveryShippedDocumentIsAJSONObject(t *testing.T) {
	names, err := fs.Glob(Documents, "*.json")
	if err != nil || len(names) < 3 {
		t.Fatalf("embedded %v, %v", names, err)
	}
	for _, name := range names {
		read(t, strings.TrimSuffix(name, ".json"), &map[string]any{})
	}
}

func TestEachInstrumentStatesWhereItsPriceComesFrom(t *testing.T) {
	var document struct {
		Assets      []asset      `json:"assets"`
		Instruments []instrument `json:"instruments"`
	}
	read(t, "instruments", &document)
	known, assets := map[string]bool{}, map[string]bool{}
	for _, one := range document.Assets {
		assets[one.Code] = one.Scale > 0 && (one.Kind == "fiat" || one.Kind == "crypto")
	}
	for _, i := range document.Instruments {
		if i.Symbol != i.Base+"/"+i.Quote || known[i.Symbol] || i.TickSize == "" || i.LotSize == "" {
			t.Errorf("%+v", i)
		}
		if !assets[i.Base] || !assets[i.Quote] || i.Trading == nil {
			t.Errorf("%s: want both its assets listed with their kinds, and how it is traded", i.Symbol)
		}
		if (i.PriceSource == "pegged") != (i.Peg != nil) {
			t.Errorf("%s is %s, its peg is %v", i.Symbol, i.PriceSource, i.Peg)
		}
		if i.PriceSource == "derived" && (!known[i.Numerator] || !known[i.Denominator]) {
			t.Errorf("%s: %q and %q must stand before it", i.Symbol, i.Numerator, i.Denominator)
		}
		known[i.Symbol] = true
	}
	for _, symbol := range strings.Fields("BTC/USD ETH/USD ADA/BTC SOL/USD DOT/USD USDT/USD BTC/USDT") {
		if !known[symbol] {
			t.Errorf("%s is missing", symbol)
		}
	}
}

func TestTheCalendarsThatSettlementNamesAreShipped(t *testing.T) {
	var calendars struct {
		Calendars []struct {
			Name string `json:"name"`
		} `json:"calendars"`
	}
	var settlement struct {
		Assets map[string][]string `json:"asset_calendars"`
		Rails  []struct {
			Calendars []string `json:"calendars"`
		} `json:"rails"`
	}
	loosely := func(document string, into any) {
		text, err := Documents.ReadFile(document + ".json")
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	loosely("calendars", &calendars)
	loosely("settlement", &settlement)
	known, named := map[string]bool{}, settlement.Assets["USD"]
	for _, one := range calendars.Calendars {
		known[one.Name] = true
	}
	for _, one := range settlement.Rails {
		named = append(named, one.Calendars...)
	}
	for _, name := range append(named, "crypto") {
		if !known[name] {
			t.Errorf("calendar %q is missing", name)
		}
	}
}

func TestTheShippedClockRunsWithTheWall(t *testing.T) {
	var clock struct {
		WallAnchor     time.Time `json:"wall_anchor"`
		BusinessAnchor time.Time `json:"business_anchor"`
		Scale          float64   `json:"scale"`
	}
	read(t, "clock", &clock)
	if !clock.WallAnchor.Equal(clock.BusinessAnchor) || clock.WallAnchor.IsZero() || clock.Scale != 1 {
		t.Errorf("%+v", clock)
	}
}
