// Package orders builds orders from what people type, and shows orders and fills as tables.
package orders

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/fleet/internal/decimal"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// Wanted is an order as people ask for it. Prices are in quote units per base unit, quantities in base units, all plain decimals;
// an empty field is not asked for.
type Wanted struct {
	Symbol   string
	Sell     bool
	Quantity string
	Quote    string // quote units to spend or receive, instead of Quantity
	Limit    string // none: at the market
	Stop     string
	Profit   string // as Stop, from the other side
	Trail    string // distance of a stop that follows the market
	From     string // where the trail starts
	Trigger  string // one of Triggers
	MaxQuote string // for a buy that triggers without a limit
	TIF      string // one of TIFs
	Until    time.Time
	PostOnly bool
	Display  string
	STP      string // one of STPs

	OCOStop, OCOLimit                        string // the partner of an OCO pair
	BracketProfit, BracketStop, BracketLimit string // what is placed once the order is filled
}

// Request builds the request of the account. Errors name the flag; what depends on the venue's rules is left to the venue.
func (w Wanted) Request(account, id string) (*exchangev1.PlaceOrderRequest, error) {
	if err := cmp.Or(w.checkDecimals(), w.checkTogether()); err != nil {
		return nil, err
	}
	order, err := w.order()
	if err != nil {
		return nil, err
	}
	request := &exchangev1.PlaceOrderRequest{Account: account, ClientOrderId: id, Order: order}
	if w.OCOStop != "" {
		request.OneCancelsOther = w.stop(order.GetSide(), w.OCOStop, w.OCOLimit)
		request.OneCancelsOther.Quantity = w.Quantity
	}
	if w.BracketProfit != "" {
		request.TakeProfit = &exchangev1.NewOrder{
			Symbol: w.Symbol, Side: opposite(order.GetSide()), Type: exchangev1.OrderType_ORDER_TYPE_LIMIT, Price: w.BracketProfit,
		}
	}
	if w.BracketStop != "" {
		request.StopLoss = w.stop(opposite(order.GetSide()), w.BracketStop, w.BracketLimit)
	}
	for _, each := range []*exchangev1.NewOrder{order, request.GetOneCancelsOther(), request.GetStopLoss()} {
		if needsMaxQuote(each) && w.MaxQuote == "" {
			return nil, errors.New("--max-quote is missing: a buy that triggers without a limit price needs the most that it may spend")
		}
	}
	return request, nil
}

func (w Wanted) order() (*exchangev1.NewOrder, error) {
	order := &exchangev1.NewOrder{
		Symbol: w.Symbol, Side: exchangev1.Side_SIDE_BUY, Type: w.kind(), Quantity: w.Quantity, QuoteQuantity: w.Quote, Price: w.Limit,
		StopPrice:      w.Stop + w.Profit + w.From, // at most one is given
		TrailingOffset: w.Trail, PostOnly: w.PostOnly, DisplayQuantity: w.Display,
	}
	if w.Sell {
		order.Side = exchangev1.Side_SIDE_SELL
	}
	if needsMaxQuote(order) {
		order.MaxQuote = w.MaxQuote
	}
	if !w.Until.IsZero() {
		order.ExpireTime = timestamppb.New(w.Until)
		order.TimeInForce = exchangev1.TimeInForce_TIME_IN_FORCE_GTD
	}
	var failures [3]error
	if w.TIF != "" {
		order.TimeInForce, failures[0] = choose("--tif", w.TIF, TIFs)
	}
	order.TriggerSource, failures[1] = choose("--trigger", w.Trigger, Triggers)
	order.SelfTradePrevention, failures[2] = choose("--stp", w.STP, STPs)
	return order, errors.Join(failures[:]...)
}

func (w Wanted) kind() exchangev1.OrderType {
	limited := w.Limit != ""
	switch {
	case w.Trail != "":
		return exchangev1.OrderType_ORDER_TYPE_TRAILING_STOP
	case w.Stop != "" && limited:
		return exchangev1.OrderType_ORDER_TYPE_STOP_LIMIT
	case w.Stop != "":
		return exchangev1.OrderType_ORDER_TYPE_STOP
	case w.Profit != "" && limited:
		return exchangev1.OrderType_ORDER_TYPE_TAKE_PROFIT_LIMIT
	case w.Profit != "":
		return exchangev1.OrderType_ORDER_TYPE_TAKE_PROFIT
	case limited:
		return exchangev1.OrderType_ORDER_TYPE_LIMIT
	}
	return exchangev1.OrderType_ORDER_TYPE_MARKET
}

// stop is the stop order of an OCO pair or a bracket.
func (w Wanted) stop(side exchangev1.Side, at, limit string) *exchangev1.NewOrder {
	order := &exchangev1.NewOrder{Symbol: w.Symbol, Side: side, Type: exchangev1.OrderType_ORDER_TYPE_STOP, StopPrice: at, Price: limit}
	if limit != "" {
		order.Type = exchangev1.OrderType_ORDER_TYPE_STOP_LIMIT
	}
	if needsMaxQuote(order) {
		order.MaxQuote = w.MaxQuote
	}
	order.TriggerSource = Triggers[w.Trigger]
	return order
}

func needsMaxQuote(order *exchangev1.NewOrder) bool {
	unlimited := []exchangev1.OrderType{
		exchangev1.OrderType_ORDER_TYPE_STOP, exchangev1.OrderType_ORDER_TYPE_TAKE_PROFIT, exchangev1.OrderType_ORDER_TYPE_TRAILING_STOP,
	}
	return order.GetSide() == exchangev1.Side_SIDE_BUY && slices.Contains(unlimited, order.GetType())
}

func opposite(side exchangev1.Side) exchangev1.Side {
	if side == exchangev1.Side_SIDE_BUY {
		return exchangev1.Side_SIDE_SELL
	}
	return exchangev1.Side_SIDE_BUY
}

// checkDecimals looks at the numbers themselves.
func (w Wanted) checkDecimals() error {
	for _, given := range []struct{ name, value string }{
		{"the quantity", w.Quantity},
		{"--quote", w.Quote},
		{"--limit", w.Limit},
		{"--stop", w.Stop},
		{"--take-profit-at", w.Profit},
		{"--trail", w.Trail},
		{"--trail-from", w.From},
		{"--max-quote", w.MaxQuote},
		{"--display", w.Display},
		{"--oco-stop", w.OCOStop},
		{"--oco-limit", w.OCOLimit},
		{"--bracket-take-profit", w.BracketProfit},
		{"--bracket-stop", w.BracketStop},
		{"--bracket-stop-limit", w.BracketLimit},
	} {
		if given.value != "" && !decimal.Positive(given.value) {
			return fmt.Errorf("%s is %q: want a plain decimal above 0, e.g. 0.5", given.name, given.value)
		}
	}
	return nil
}

// checkTogether looks at what cannot be asked for at once.
func (w Wanted) checkTogether() error {
	triggers := given(w.Stop) + given(w.Profit) + given(w.Trail)
	kind := w.kind()
	for _, rule := range []struct {
		broken bool
		want   string
	}{
		{(w.Quantity == "") == (w.Quote == ""), "want either a quantity or --quote"},
		{w.Quote != "" && kind != exchangev1.OrderType_ORDER_TYPE_MARKET, "--quote goes with a market order: want no price with it"},
		{triggers > 1, "want only one of --stop, --take-profit-at and --trail"},
		{w.Trail != "" && w.Limit != "", "--trail has no limit price: want no --limit with it"},
		{w.From != "" && w.Trail == "", "--trail-from goes with --trail"},
		{w.PostOnly && kind != exchangev1.OrderType_ORDER_TYPE_LIMIT, "--post-only goes with --limit alone"},
		{w.Display != "" && kind != exchangev1.OrderType_ORDER_TYPE_LIMIT, "--display goes with --limit alone"},
		{!w.Until.IsZero() && w.TIF != "" && w.TIF != "gtd", "--until is the end of --tif gtd"},
		{w.TIF == "gtd" && w.Until.IsZero(), "--tif gtd needs --until"},
		{w.OCOStop != "" && kind != exchangev1.OrderType_ORDER_TYPE_LIMIT, "--oco-stop is the partner of a --limit order"},
		{w.OCOLimit != "" && w.OCOStop == "", "--oco-limit goes with --oco-stop"},
		{w.OCOStop != "" && given(w.BracketProfit)+given(w.BracketStop) > 0, "want either an OCO pair or a bracket"},
		{w.BracketLimit != "" && w.BracketStop == "", "--bracket-stop-limit goes with --bracket-stop"},
	} {
		if rule.broken {
			return errors.New(rule.want)
		}
	}
	return nil
}

func given(value string) int { return min(len(value), 1) }

// choose looks a word up; the empty word leaves the choice to the venue.
func choose[E any](flag, word string, words map[string]E) (chosen E, err error) {
	chosen, known := words[word]
	if !known && word != "" {
		return chosen, fmt.Errorf("%s is %q: want one of %s", flag, word, strings.Join(Words(words), ", "))
	}
	return chosen, nil
}
