package refusal

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

func TestARefusalIsOneLineWithItsReasonAndWhatToDo(t *testing.T) {
	for want, err := range map[string]error{
		"account alice has 5 USD free, 21500 are needed (INSUFFICIENT_BALANCE): `fleet account show ACCOUNT` shows what is free": errs.New(errs.FailedPrecondition, "INSUFFICIENT_BALANCE", "account alice has 5 USD free, 21500 are needed"),
		"more than 10 orders a second (ORDER_RATE_EXCEEDED): try again in 100ms":                                                 errs.New(errs.ResourceExhausted, "ORDER_RATE_EXCEEDED", "more than 10 orders a second").WithRetryAfter(100 * time.Millisecond),
		`price is "x": want a decimal (INVALID_FIELD)`:                                                                           errs.InvalidField("price", "x", "a decimal"),
	} {
		assert.EqualError(t, Error(errs.Status(err, "exchange").Err()), want)
	}
	require.EqualError(t, Error(status.Error(codes.Unimplemented, "unknown service exchange.v1.VenueService")),
		"unknown service exchange.v1.VenueService: this exchange does not serve it; `grpcurl -plaintext ADDRESS list` shows what it serves")
	require.EqualError(t, Error(errors.New("made here")), "made here")
	require.NoError(t, Error(nil))
}
