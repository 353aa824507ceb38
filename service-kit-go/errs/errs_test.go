package errs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

func TestEachKindMapsToTheCodeOfItsName(t *testing.T) {
	for kind, code := range map[errs.Kind]codes.Code{
		errs.Internal: codes.Internal, errs.Invalid: codes.InvalidArgument, errs.NotFound: codes.NotFound,
		errs.AlreadyExists: codes.AlreadyExists, errs.FailedPrecondition: codes.FailedPrecondition,
		errs.OutOfRange: codes.OutOfRange, errs.ResourceExhausted: codes.ResourceExhausted,
		errs.Unavailable: codes.Unavailable, errs.PermissionDenied: codes.PermissionDenied,
		errs.Unauthenticated: codes.Unauthenticated, errs.Aborted: codes.Aborted,
	} {
		err := errs.New(kind, "REASON", "what happened")
		assert.Equal(t, code, errs.Status(err, "exchange").Code())
		assert.Equal(t, kind, errs.KindOf(fmt.Errorf("around it: %w", err)))
	}
}

func TestAStatusCarriesReasonFieldsAndRetryTime(t *testing.T) {
	err := errs.New(errs.ResourceExhausted, "RATE_LIMIT", "too many orders").
		With("account", "alice").WithRetryAfter(3 * time.Second)
	err.Violations = []*errdetails.BadRequest_FieldViolation{{Field: "orders", Description: "at most 10 a second"}}
	carried := errs.Status(fmt.Errorf("place order: %w", err), "exchange")
	assert.Equal(t, "place order: too many orders", carried.Message())
	details := carried.Details()
	require.Len(t, details, 3)
	info := details[0].(*errdetails.ErrorInfo)
	assert.Equal(t, "RATE_LIMIT", info.GetReason())
	assert.Equal(t, "exchange", info.GetDomain())
	assert.Equal(t, map[string]string{"account": "alice"}, info.GetMetadata())
	violation := details[1].(*errdetails.BadRequest).GetFieldViolations()[0]
	assert.Equal(t, "orders", violation.GetField())
	assert.Equal(t, 3*time.Second, details[2].(*errdetails.RetryInfo).GetRetryDelay().AsDuration())
}

func TestAnInvalidFieldNamesItselfItsValueAndWhatWasWanted(t *testing.T) {
	err := errs.InvalidField("update_interval_ms", 7, "20 to 60000")
	assert.EqualError(t, err, "update_interval_ms is 7: want 20 to 60000")
	assert.Equal(t, map[string]string{"field": "update_interval_ms", "value": "7"}, err.Metadata)
	violation := errs.Status(err, "market-data").Details()[1].(*errdetails.BadRequest).GetFieldViolations()[0]
	assert.Equal(t, "update_interval_ms", violation.GetField())
	assert.Equal(t, "got 7, want 20 to 60000", violation.GetDescription())
	assert.Equal(t, "INVALID_FIELD", violation.GetReason())
	assert.EqualError(t, errs.InvalidField("symbol", "x y", "BASE/QUOTE"), `symbol is "x y": want BASE/QUOTE`)
}

func TestWhatIsNotClassifiedIsNeverUnknown(t *testing.T) {
	for _, c := range []struct {
		err  error
		code codes.Code
	}{
		{nil, codes.OK},
		{io.ErrUnexpectedEOF, codes.Internal},
		{status.Error(codes.Unknown, "from a peer"), codes.Internal},
		{status.Error(codes.DataLoss, "from a peer"), codes.DataLoss},
		{fmt.Errorf("call: %w", context.Canceled), codes.Canceled},
		{fmt.Errorf("call: %w", context.DeadlineExceeded), codes.DeadlineExceeded},
	} {
		assert.Equal(t, c.code, errs.Status(c.err, "audit").Code(), "%v", c.err)
	}
}

func TestTheCauseStaysReachable(t *testing.T) {
	err := errs.New(errs.Unavailable, "REDIS", "look up %s: %w", "exchange", io.EOF)
	assert.ErrorIs(t, err, io.EOF)
	assert.EqualError(t, err, "look up exchange: EOF")
}

func TestAnErrorWhoseDetailsAreNoUTF8IsStillAnError(t *testing.T) {
	carried := errs.Status(errs.New(errs.NotFound, "UNKNOWN_ACCOUNT", "account \xe2\x82").With("value", "\xe2\x82"), "exchange")
	assert.Equal(t, codes.NotFound, carried.Code())
	assert.Equal(t, "account \xe2\x82", carried.Message())
}

func TestWithMethodsLeaveTheOriginalAlone(t *testing.T) {
	original := errs.New(errs.Invalid, "R", "m").With("a", "1")
	_ = original.With("b", "2").WithRetryAfter(time.Second)
	assert.Equal(t, map[string]string{"a": "1"}, original.Metadata)
	assert.Zero(t, original.RetryAfter)
	assert.Equal(t, errs.Internal, errs.KindOf(errors.New("anything else")))
}
