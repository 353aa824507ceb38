package orders

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// Table renders orders for people. Times are business time, UTC.
func Table(all []*exchangev1.Order) string {
	return table("ORDER\tCLIENT ID\tSIDE\tPAIR\tTYPE\tQUANTITY\tPRICE\tTRIGGER\tFILLED\tLEFT\tSTATUS\tCHANGED", all, func(one *exchangev1.Order) []any {
		order := one.GetOrder()
		return []any{
			one.GetOrderId(), dash(one.GetClientOrderId()), SideName(order.GetSide()), order.GetSymbol(), kindName(order), quantity(order),
			dash(order.GetPrice()), trigger(one), dash(one.GetFilledQuantity()), dash(one.GetRemainingQuantity()), standing(one),
			clock(one.GetUpdatedTime()),
		}
	})
}

// Fills renders the fills of orders for people.
func Fills(all []*exchangev1.Fill) string {
	return table("TIME (UTC)\tTRADE\tORDER\tSIDE\tPAIR\tPRICE\tQUANTITY\tQUOTE\tROLE\tFEE\tSLIPPAGE (BPS)", all, func(fill *exchangev1.Fill) []any {
		role, slippage := "taker", "-"
		if fill.GetMaker() {
			role = "maker"
		}
		if fill.GetArrivalMid() != 0 {
			slippage = fmt.Sprintf("%+.2f", fill.GetSlippageBps())
		}
		return []any{
			clock(fill.GetTime()), fill.GetTradeId(), fill.GetOrderId(), SideName(fill.GetSide()), fill.GetSymbol(), fill.GetPrice(),
			fill.GetQuantity(), fill.GetQuoteQuantity(), role, strings.TrimSpace(fill.GetFee() + " " + fill.GetFeeAsset()), slippage,
		}
	})
}

func table[R any](header string, rows []R, cells func(R) []any) string {
	var text strings.Builder
	writer := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(writer, header)
	line := strings.TrimSuffix(strings.Repeat("%v\t", strings.Count(header, "\t")+1), "\t") + "\n"
	for _, row := range rows {
		fmt.Fprintf(writer, line, cells(row)...)
	}
	_ = writer.Flush() // into memory
	return text.String()
}

// kindName is the type with what makes it special, e.g. "limit, post-only, fok".
func kindName(order *exchangev1.NewOrder) string {
	name := shortName(order.GetType().String(), "ORDER_TYPE_")
	if order.GetPostOnly() {
		name += ", post-only"
	}
	if order.GetDisplayQuantity() != "" {
		name += ", shows " + order.GetDisplayQuantity()
	}
	switch order.GetTimeInForce() {
	case exchangev1.TimeInForce_TIME_IN_FORCE_UNSPECIFIED, exchangev1.TimeInForce_TIME_IN_FORCE_GTC:
		return name
	}
	return name + ", " + shortName(order.GetTimeInForce().String(), "TIME_IN_FORCE_")
}

func quantity(order *exchangev1.NewOrder) string {
	if order.GetQuantity() == "" && order.GetQuoteQuantity() != "" {
		_, quote, _ := strings.Cut(order.GetSymbol(), "/")
		return order.GetQuoteQuantity() + " " + quote
	}
	return dash(order.GetQuantity())
}

func trigger(one *exchangev1.Order) string {
	at := cmp.Or(one.GetTriggerPrice(), one.GetOrder().GetStopPrice())
	if offset := one.GetOrder().GetTrailingOffset(); offset != "" {
		return strings.TrimSpace(at + " trails by " + offset)
	}
	return dash(at)
}

func standing(one *exchangev1.Order) string {
	name := shortName(one.GetStatus().String(), "ORDER_STATUS_")
	if one.GetReason() != "" {
		name += " (" + one.GetReason() + ")"
	}
	return name
}

func clock(at *timestamppb.Timestamp) string {
	if at == nil {
		return "-"
	}
	return at.AsTime().UTC().Format(time.DateTime)
}

func dash(text string) string { return cmp.Or(text, "-") }
