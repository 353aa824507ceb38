package orders

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
)

func btc(change func(*Wanted)) Wanted {
	wanted := Wanted{Symbol: "BTC/USD", Quantity: "0.50"}
	change(&wanted)
	return wanted
}

func TestWhatIsTypedBecomesTheOrder(t *testing.T) {
	const buy, sell = `"symbol":"BTC/USD","side":"SIDE_BUY","quantity":"0.50",`, `"symbol":"BTC/USD","side":"SIDE_SELL","quantity":"0.50",`
	for name, each := range map[string]struct {
		wanted Wanted
		order  string
	}{
		"market":    {btc(func(*Wanted) {}), buy + `"type":"ORDER_TYPE_MARKET"`},
		"quote":     {btc(func(w *Wanted) { w.Quantity, w.Quote = "", "1000" }), `"symbol":"BTC/USD","side":"SIDE_BUY","type":"ORDER_TYPE_MARKET","quoteQuantity":"1000"`},
		"limit":     {btc(func(w *Wanted) { w.Limit, w.TIF, w.STP = "43000.10", "fok", "both" }), buy + `"type":"ORDER_TYPE_LIMIT","price":"43000.10","timeInForce":"TIME_IN_FORCE_FOK","selfTradePrevention":"SELF_TRADE_PREVENTION_EXPIRE_BOTH"`},
		"until":     {btc(func(w *Wanted) { w.Limit, w.Until = "1", time.Unix(0, 0) }), buy + `"type":"ORDER_TYPE_LIMIT","price":"1","timeInForce":"TIME_IN_FORCE_GTD","expireTime":"1970-01-01T00:00:00Z"`},
		"iceberg":   {btc(func(w *Wanted) { w.Limit, w.Display, w.PostOnly = "1", "0.1", true }), buy + `"type":"ORDER_TYPE_LIMIT","price":"1","displayQuantity":"0.1","postOnly":true`},
		"stop":      {btc(func(w *Wanted) { w.Sell, w.Stop, w.Trigger = true, "42000", "best" }), sell + `"type":"ORDER_TYPE_STOP","stopPrice":"42000","triggerSource":"TRIGGER_SOURCE_BEST_PRICE"`},
		"stop buy":  {btc(func(w *Wanted) { w.Stop, w.MaxQuote = "44000", "25000" }), buy + `"type":"ORDER_TYPE_STOP","stopPrice":"44000","maxQuote":"25000"`},
		"stoplimit": {btc(func(w *Wanted) { w.Sell, w.Stop, w.Limit = true, "42000", "41900" }), sell + `"type":"ORDER_TYPE_STOP_LIMIT","stopPrice":"42000","price":"41900"`},
		"profit":    {btc(func(w *Wanted) { w.Sell, w.Profit = true, "45000" }), sell + `"type":"ORDER_TYPE_TAKE_PROFIT","stopPrice":"45000"`},
		"limited":   {btc(func(w *Wanted) { w.Profit, w.Limit = "40000", "40010" }), buy + `"type":"ORDER_TYPE_TAKE_PROFIT_LIMIT","stopPrice":"40000","price":"40010"`},
		"trail":     {btc(func(w *Wanted) { w.Sell, w.Trail, w.From = true, "250", "43000" }), sell + `"type":"ORDER_TYPE_TRAILING_STOP","trailingOffset":"250","stopPrice":"43000"`},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := each.wanted.Request("alice", "mine")
			require.NoError(t, err)
			text, err := protojson.Marshal(request)
			require.NoError(t, err)
			assert.JSONEq(t, `{"account":"alice","clientOrderId":"mine","order":{`+each.order+`}}`, string(text))
		})
	}
}

func TestPairsAndBracketsTakeTheirSidesFromTheOrder(t *testing.T) {
	request, err := btc(func(w *Wanted) { w.Sell, w.Limit, w.OCOStop, w.OCOLimit = true, "45000", "42000", "41900" }).Request("alice", "x")
	require.NoError(t, err)
	partner, err := protojson.Marshal(request.GetOneCancelsOther())
	require.NoError(t, err)
	assert.JSONEq(t, `{"symbol":"BTC/USD","side":"SIDE_SELL","quantity":"0.50","type":"ORDER_TYPE_STOP_LIMIT","stopPrice":"42000","price":"41900"}`, string(partner))

	request, err = btc(func(w *Wanted) { w.BracketProfit, w.BracketStop = "45000", "42000" }).Request("alice", "x")
	require.NoError(t, err)
	profit, err := protojson.Marshal(request.GetTakeProfit())
	require.NoError(t, err)
	assert.JSONEq(t, `{"symbol":"BTC/USD","side":"SIDE_SELL","type":"ORDER_TYPE_LIMIT","price":"45000"}`, string(profit), "of what was filled")
	loss, err := protojson.Marshal(request.GetStopLoss())
	require.NoError(t, err)
	assert.JSONEq(t, `{"symbol":"BTC/USD","side":"SIDE_SELL","type":"ORDER_TYPE_STOP","stopPrice":"42000"}`, string(loss))
}

func TestWhatCannotBeAskedForTogetherIsRefusedNamingTheFlag(t *testing.T) {
	for want, change := range map[string]func(*Wanted){
		"either a quantity or --quote":  func(w *Wanted) { w.Quote = "1" },
		"want no price with it":         func(w *Wanted) { w.Quantity, w.Quote, w.Limit = "", "1", "1" },
		"only one of --stop":            func(w *Wanted) { w.Stop, w.Profit = "1", "1" },
		"want no --limit with it":       func(w *Wanted) { w.Trail, w.Limit = "1", "1" },
		"--trail-from goes with":        func(w *Wanted) { w.From = "1" },
		"--post-only goes with":         func(w *Wanted) { w.PostOnly = true },
		"--display goes with":           func(w *Wanted) { w.Display, w.Stop, w.Limit = "1", "1", "1" },
		"--until is the end":            func(w *Wanted) { w.TIF, w.Until = "ioc", time.Unix(0, 0) },
		"--tif gtd needs":               func(w *Wanted) { w.TIF = "gtd" },
		"partner of a --limit":          func(w *Wanted) { w.OCOStop = "1" },
		"--oco-limit goes with":         func(w *Wanted) { w.OCOLimit = "1" },
		"an OCO pair or a bracket":      func(w *Wanted) { w.Limit, w.OCOStop, w.BracketStop = "1", "1", "1" },
		"--bracket-stop-limit goes":     func(w *Wanted) { w.BracketLimit = "1" },
		"--max-quote is missing":        func(w *Wanted) { w.Stop = "1" },
		"--max-quote is missing: a buy": func(w *Wanted) { w.Sell, w.BracketStop = true, "1" },
		"want one of day, fok, gtc":     func(w *Wanted) { w.TIF = "ever" },
		"want one of best, last":        func(w *Wanted) { w.Trigger = "mark" },
		"want one of both, decrement":   func(w *Wanted) { w.STP = "x" },
		`--limit is "-1"`:               func(w *Wanted) { w.Limit = "-1" },
		`the quantity is "1e3"`:         func(w *Wanted) { w.Quantity = "1e3" },
	} {
		_, err := btc(change).Request("alice", "x")
		require.ErrorContains(t, err, want)
	}
}
