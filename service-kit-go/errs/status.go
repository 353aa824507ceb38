package errs

import (
	"context"
	"errors"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"
)

var kindCodes = map[Kind]codes.Code{
	Internal: codes.Internal, Invalid: codes.InvalidArgument, NotFound: codes.NotFound,
	AlreadyExists: codes.AlreadyExists, FailedPrecondition: codes.FailedPrecondition, OutOfRange: codes.OutOfRange,
	ResourceExhausted: codes.ResourceExhausted, Unavailable: codes.Unavailable,
	PermissionDenied: codes.PermissionDenied, Unauthenticated: codes.Unauthenticated, Aborted: codes.Aborted,
}

// Code returns the gRPC code of a kind.
func (k Kind) Code() codes.Code { return kindCodes[k] }

// Status maps any error of a handler to a gRPC status: an Error by its kind, with ErrorInfo, field violations and RetryInfo;
// a status (of a peer, say) as it is, but never UNKNOWN; the end of a context to CANCELLED or DEADLINE_EXCEEDED; anything
// else to INTERNAL. Domain is the logical name of the daemon, and goes into ErrorInfo. A nil error gives OK.
func Status(err error, domain string) *status.Status {
	var classified *Error
	switch {
	case err == nil:
		return status.New(codes.OK, "")
	case errors.As(err, &classified):
		return classified.status(err, domain)
	case errors.Is(err, context.Canceled):
		return status.New(codes.Canceled, err.Error())
	case errors.Is(err, context.DeadlineExceeded):
		return status.New(codes.DeadlineExceeded, err.Error())
	}
	if carried, ok := status.FromError(err); ok && carried.Code() != codes.Unknown {
		return carried
	}
	return New(Internal, "INTERNAL", "%w", err).status(err, domain)
}

// status uses the text of the whole chain, so that context which was wrapped around the Error is not lost.
func (e *Error) status(chain error, domain string) *status.Status {
	details := []protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: e.Reason, Domain: domain, Metadata: e.Metadata}}
	if len(e.Violations) > 0 {
		bad := &errdetails.BadRequest{}
		for _, violation := range e.Violations {
			bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{
				Field: violation.Field, Description: violation.Description, Reason: e.Reason,
			})
		}
		details = append(details, bad)
	}
	if e.RetryAfter > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(e.RetryAfter)})
	}
	bare := status.New(e.Kind.Code(), chain.Error())
	full, err := bare.WithDetails(details...)
	if err != nil { // only when the kind maps to OK, which none does
		return bare
	}
	return full
}
