// Package refusal tells people in one line why the exchange has refused something, and what they can do about it.
package refusal

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/fleet/internal/probe"
)

// advice is what to do next, by reason; reasons whose message says it already are left out.
var advice = map[string]string{
	"ACCOUNT_BLOCKED":        "`fleet account limits ACCOUNT --unblock` lets it trade again",
	"ACCOUNT_EXISTS":         "`fleet account show ACCOUNT` shows it; choose another name for a new one",
	"CLIENT_ORDER_ID_REUSED": "choose another --id, or leave it out",
	"INSUFFICIENT_BALANCE":   "`fleet account show ACCOUNT` shows what is free",
	"MARKET_HALTED":          "`fleet venue status` says why, `fleet venue resume PAIR` ends it",
	"NOT_HALTED":             "`fleet venue status` shows what each pair is doing",
	"NOT_SAME_OWNER":         "transfers go between an account and its sub-accounts",
	"ORDER_ENDED":            "`fleet order show ID` says how",
	"PRICE_OUT_OF_BAND":      "`fleet book PAIR --once` shows the market",
	"TRANSFER_ID_REUSED":     "choose another --id, or leave it out",
	"UNKNOWN_ACCOUNT":        "`fleet account create NAME --fund USD=100000` opens one",
	"UNKNOWN_ORDER":          "`fleet order list ACCOUNT` shows what there is",
	"UNKNOWN_SYMBOL":         "`fleet venue status` shows the pairs",
	"WOULD_TAKE":             "choose a price further from the market, or leave out --post-only",
}

// Error makes one line of the error of a call: what the exchange says, its reason, what to do next and when. It keeps nil.
func Error(err error) error {
	if err == nil {
		return nil
	}
	var line strings.Builder
	line.WriteString(probe.Reason(err))
	info, retry := details(err)
	if info.GetReason() != "" {
		fmt.Fprintf(&line, " (%s)", info.GetReason())
	}
	if next := advice[info.GetReason()]; next != "" {
		line.WriteString(": " + next)
	}
	if status.Code(err) == codes.Unimplemented {
		line.WriteString(": this exchange does not serve it; `grpcurl -plaintext ADDRESS list` shows what it serves")
	}
	if retry != nil {
		fmt.Fprintf(&line, ": try again in %s", retry.GetRetryDelay().AsDuration())
	}
	return errors.New(line.String())
}

func details(err error) (info *errdetails.ErrorInfo, retry *errdetails.RetryInfo) {
	for _, detail := range status.Convert(err).Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			info = detail
		case *errdetails.RetryInfo:
			retry = detail
		}
	}
	return info, retry
}
