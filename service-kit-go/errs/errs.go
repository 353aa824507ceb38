// Package errs is the one error type of the fleet: a kind that maps itself to a gRPC status, a reason for programs, a
// sentence for people. It is classified once, where it is known; handlers return it as it is and the chassis turns
// it into a status (see Status).
package errs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Kind says whose fault an error is and what the caller can do about it: a gRPC code, except that the zero value is Internal, so
// that a forgotten kind blames the server and not the caller.
type Kind codes.Code

// The kinds.
const (
	Internal           Kind = 0                              // a bug or a broken invariant of this daemon
	Invalid                 = Kind(codes.InvalidArgument)    // the request is malformed, whatever the state
	NotFound                = Kind(codes.NotFound)           // what is named does not exist
	AlreadyExists           = Kind(codes.AlreadyExists)      // same id, other content
	FailedPrecondition      = Kind(codes.FailedPrecondition) // against a rule of the venue in its present state
	OutOfRange              = Kind(codes.OutOfRange)         // past the retained or valid range
	ResourceExhausted       = Kind(codes.ResourceExhausted)  // a limit is reached; see WithRetryAfter
	Unavailable             = Kind(codes.Unavailable)        // try again
	PermissionDenied        = Kind(codes.PermissionDenied)   // the caller's role does not allow it
	Unauthenticated         = Kind(codes.Unauthenticated)    // no or bad credentials
	Aborted                 = Kind(codes.Aborted)            // lost a race, start over
)

// Code returns the gRPC code of a kind.
func (k Kind) Code() codes.Code { return cmp.Or(codes.Code(k), codes.Internal) }

// Error is a classified error. Build it with New or InvalidField; the With methods return a changed copy.
type Error struct {
	Kind       Kind
	Domain     string                                  // logical name of the daemon that made it; empty: the one that answers with it
	Reason     string                                  // UPPER_SNAKE_CASE, for programs, e.g. UNKNOWN_SYMBOL
	Message    string                                  // for people: what was being done, with which value, what to do next
	Metadata   map[string]string                       // the offending fields and values
	Violations []*errdetails.BadRequest_FieldViolation // the bad fields of the request
	RetryAfter time.Duration                           // when to try again; 0 says nothing
	cause      error
}

// New makes an error. The format takes %w as fmt.Errorf does; what it wraps stays reachable by errors.Is and As.
func New(kind Kind, reason, format string, args ...any) *Error {
	formatted := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Reason: reason, Message: formatted.Error(), Metadata: map[string]string{}, cause: errors.Unwrap(formatted)}
}

// InvalidField is the error of one malformed field: reason INVALID_FIELD, with the field and its value in the metadata and as
// a violation. Want says what was expected, e.g. "20 to 60000, or 0 for 1000".
func InvalidField(field string, value any, want string) *Error {
	got := fmt.Sprint(value)
	if _, isString := value.(string); isString {
		got = strconv.Quote(got)
	}
	err := New(Invalid, "INVALID_FIELD", "%s is %s: want %s", field, got, want).With("field", field).With("value", fmt.Sprint(value))
	description := fmt.Sprintf("got %s, want %s", got, want)
	err.Violations = []*errdetails.BadRequest_FieldViolation{{Field: field, Description: description, Reason: err.Reason}}
	return err
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns what the message's %w wrapped, or nil.
func (e *Error) Unwrap() error { return e.cause }

// With returns a copy with one more entry of metadata; what is no UTF-8 in it, which no message can carry, is replaced.
func (e *Error) With(key, value string) *Error {
	changed := *e
	changed.Metadata = maps.Clone(e.Metadata)
	changed.Metadata[key] = strings.ToValidUTF8(value, "\uFFFD")
	return &changed
}

// WithRetryAfter returns a copy that tells the caller when to try again (google.rpc.RetryInfo).
func (e *Error) WithRetryAfter(wait time.Duration) *Error {
	changed := *e
	changed.RetryAfter = wait
	return &changed
}

// KindOf returns the kind of the first Error in err's chain, Internal when there is none.
func KindOf(err error) Kind {
	if classified, ok := errors.AsType[*Error](err); ok {
		return classified.Kind
	}
	return Internal
}

// GRPCStatus is what status.FromError and status.Code look for, so that an error of this side of a channel looks to a caller like
// any other.
func (e *Error) GRPCStatus() *status.Status { return Status(e, e.Domain) }

// Status maps any error of a handler to a gRPC status: an Error by its kind, with ErrorInfo, field violations and RetryInfo;
// a status (of a peer, say) as it is, but never UNKNOWN; the end of a context to CANCELLED or DEADLINE_EXCEEDED; anything
// else to INTERNAL. Domain is the logical name of the daemon, and goes into ErrorInfo. A nil error gives OK.
func Status(err error, domain string) *status.Status {
	classified, ok := errors.AsType[*Error](err)
	if !ok {
		carried, isStatus := status.FromError(err)
		switch {
		case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
			return status.FromContextError(err)
		case isStatus && carried.Code() != codes.Unknown:
			return carried
		}
		classified = New(Internal, "INTERNAL", "%w", err)
	}
	details := []protoadapt.MessageV1{&errdetails.ErrorInfo{
		Reason: classified.Reason, Domain: cmp.Or(classified.Domain, domain), Metadata: classified.Metadata,
	}}
	if len(classified.Violations) > 0 {
		details = append(details, &errdetails.BadRequest{FieldViolations: classified.Violations})
	}
	if classified.RetryAfter > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(classified.RetryAfter)})
	}
	// The text is that of the whole chain, so that context which was wrapped around the Error is not lost. Details fail only on OK.
	full, _ := status.New(classified.Kind.Code(), err.Error()).WithDetails(details...)
	return full
}
