package documents

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones, whatever the machine has

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	shipped "github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/approval"
	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/asset"
	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/calendar"
)

// configure joins the shipped documents, one of them changed. Decoding is strict, as it is in the daemon.
func configure(t testing.TB, document, old, replacement string) (Configuration, error) {
	t.Helper()
	var instruments Instruments
	var calendars Calendars
	var settlement Settlement
	var approvals Approvals
	for name, into := range map[string]any{
		InstrumentsName: &instruments, CalendarsName: &calendars, SettlementName: &settlement, ApprovalsName: &approvals,
	} {
		bytes, err := shipped.Documents.ReadFile(name + ".json")
		require.NoError(t, err)
		text := string(bytes)
		if name == document {
			require.Contains(t, text, old)
			text = strings.Replace(text, old, replacement, 1)
		}
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(into); err != nil {
			return Configuration{}, err
		}
	}
	return Configure(instruments, calendars, settlement, approvals)
}

func TestTheShippedDocumentsConfigureTheCustodian(t *testing.T) {
	c, err := configure(t, "", "", "")
	require.NoError(t, err)
	dollar, _ := c.Assets.Index("USD")
	bitcoin, _ := c.Assets.Index("BTC")
	assert.Equal(t, asset.Fiat, c.Assets.At(dollar).Kind)
	assert.Equal(t, asset.Crypto, c.Assets.At(bitcoin).Kind)
	lags := map[string]int{}
	for _, one := range c.Terms.Types {
		lags[one.Name] = one.Lag
	}
	assert.Equal(t, map[string]int{"crypto-internal": 0, "crypto-external": 1, "ach": 2, "wire-domestic": 2, "wire-international": 3}, lags)
	assert.Equal(t, Terming{Kind: asset.Crypto}, c.Terms.Trades[asset.Crypto])
	assert.Equal(t, Terming{Kind: asset.Fiat, Lag: 2, Net: true, Rail: 2}, c.Terms.Trades[asset.Fiat])
	assert.Equal(t, [2]int64{20_000, 5_000}, c.Terms.Penalty)
	assert.Len(t, c.People, 3)
	assert.EqualValues(t, 72*time.Hour, c.Policy.Lifetime)
	assert.Equal(t, approval.PolicyChange, c.Policy.Rules[0].Types[0])
	assert.EqualValues(t, 2_500_000_000_000, c.Policy.Rules[3].AccumulatedAbove)
}

func TestAShippedTradeWithDollarsSettlesTwoBankingDaysLater(t *testing.T) {
	c, err := configure(t, "", "", "")
	require.NoError(t, err)
	timetable, err := calendar.NewTimetable(c.Terms.Plan, nil)
	require.NoError(t, err)
	dollar, _ := c.Assets.Index("USD")
	bitcoin, _ := c.Assets.Index("BTC")
	trade := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC).UnixNano()
	cycle, err := timetable.Schedule(c.Terms.Trades[asset.Fiat].Rail, bitcoin, dollar).Cycle(trade, 2)
	require.NoError(t, err)
	assert.Equal(t, "2026-11-27", cycle.Date.String(), "Thanksgiving is between")
	cycle, err = timetable.Schedule(c.Terms.Trades[asset.Crypto].Rail, bitcoin, bitcoin).Cycle(trade, 0)
	require.NoError(t, err)
	assert.Equal(t, "2026-11-24", cycle.Date.String())
}

func TestABadDocumentIsNamedWithFieldAndValue(t *testing.T) {
	for _, c := range []struct{ document, old, replacement, want string }{
		{InstrumentsName, `"kind": "fiat"`, `"kind": "gold"`, `configuration document "instruments": assets[0].kind (USD) is "gold": want fiat or crypto`},
		{InstrumentsName, `, "kind": "fiat"`, ``, `assets[0].kind (USD) is ""`},
		{InstrumentsName, `"code": "BTC"`, `"code": "USD"`, `assets: asset "USD" is there twice`},
		{CalendarsName, `"name": "crypto"`, `"name": "crypto", "colour": 1`, `unknown field "colour"`},
		{CalendarsName, `"saturday"`, `"Caturday"`, `configuration document "calendars": calendars[1] (us-bank): weekend[0] is "Caturday"`},
		{CalendarsName, `"holidays": []`, `"holidays": ["soon"]`, `calendars[1] (us-bank): holidays[0]: date is "soon"`},
		{CalendarsName, `"holidays": []`, `"open": ["2026-02-30"]`, `open[0]: date is "2026-02-30"`},
		{CalendarsName, `"2026-12-24"`, `"2026-12-25"`, `early_closes has 2026-12-25: want a day on which gb is open`},
		{CalendarsName, `"2026-12-24"`, `"x"`, `early_closes[0].date is "x"`},
		{CalendarsName, `"12:30"`, `"25:00"`, `early_closes[0].at: time of day is "25:00"`},
		{CalendarsName, `"holidays_of": "gb"`, `"holidays_of": "mars"`, `holidays_of is "mars"`},
		{SettlementName, `"USD": [`, `"EUR": [`, `configuration document "settlement": asset_calendars has "EUR"`},
		{SettlementName, `"USD": ["us-bank"]`, ``, `asset_calendars["USD"] has none`},
		{SettlementName, `"24:00"`, `"late"`, `rails[0].cut_off (book): time of day is "late"`},
		{SettlementName, `"0s"`, `""`, `rails[0].cycle_delay (book) is ""`},
		{SettlementName, `["crypto"]`, `["mars"]`, `rails[0] (book): calendars has "mars"`},
		{SettlementName, `"zone": "UTC"`, `"zone": "Mars"`, `rails[0] (book): zone is "Mars"`},
		{SettlementName, `"lag": 1`, `"lag": 4`, `types[1] (crypto-external): lag is 4: want 0 to 3 business days`},
		{SettlementName, `"mode": "net"`, `"mode": "fast"`, `types[2] (ach): mode is "fast": want gross or net`},
		{SettlementName, `"rail": "chain"`, `"rail": "road"`, `types[1] (crypto-external): rail is "road"`},
		{SettlementName, `"name": "crypto-external"`, `"name": "crypto-internal"`, `types[1].name is "crypto-internal"`},
		{SettlementName, `"asset_kind": "fiat"`, `"asset_kind": ""`, `types[2] (ach): kind of asset is ""`},
		{SettlementName, `"crypto": {`, `"gold": {`, `trade_lag has "gold": want fiat and crypto`},
		{SettlementName, `"crypto": "2", `, ``, `penalty_bps_per_day.crypto is missing`},
		{SettlementName, `"0.5"`, `"101"`, `penalty_bps_per_day.fiat: "101": want 0 to 100 basis points`},
		{ApprovalsName, `"72h"`, `"never"`, `configuration document "approvals": lifetime is "never"`},
		{ApprovalsName, `"crypto-internal"`, `"teleport"`, `rules[1] (crypto inside): types[0] is "teleport"`},
		{ApprovalsName, `["USD"]`, `["EUR"]`, `rules[3] (a large day): assets[0] is "EUR"`},
		{ApprovalsName, `["USD"]`, `["USD", "BTC"]`, `accumulated_above is "250000": want exactly one asset`},
		{ApprovalsName, `"250000"`, `"-1"`, `accumulated_above: "-1": want more than 0`},
		{ApprovalsName, `"pass"`, `"allow"`, `effect is "allow": want block, pass or ask`},
		{ApprovalsName, `["treasury"]`, `["nobody"]`, `nobody`},
		{ApprovalsName, `"monday"`, `"Monday"`, `simulated_approvers[0] (ops-1): days[0] is "Monday"`},
		{ApprovalsName, `"09:00"`, `"9"`, `opens: time of day is "9"`},
		{ApprovalsName, `"4m"`, `"0s"`, `within.median is "0s"`},
		{ApprovalsName, `"reject_percent": "1"`, `"reject_percent": "101"`, `reject_percent is "101": want 0 to 100`},
		{ApprovalsName, `"America/New_York"`, `"Local"`, `zone is "Local"`},
	} {
		_, err := configure(t, c.document, c.old, c.replacement)
		assert.ErrorContains(t, err, c.want)
	}
}
