// Package errs is the one error type of the fleet: a kind that maps itself to a gRPC status, a reason for programs, a
// sentence for people. It is classified once, where it is known; handlers return it as it is and the chassis turns
// it into a status (see Status).
package errs

import (
	"errors"
	"fmt"
	"maps"
	"time"
)

// Kind says whose fault an error is and what the caller can do about it.
type Kind uint8

// The kinds. Each maps to the gRPC code of the same name; the zero value is Internal, so that a forgotten kind blames the
// server and not the caller.
const (
	Internal           Kind = iota // a bug or a broken invariant of this daemon
	Invalid                        // INVALID_ARGUMENT: the request is malformed, whatever the state
	NotFound                       // NOT_FOUND: what is named does not exist
	AlreadyExists                  // ALREADY_EXISTS: same id, other content
	FailedPrecondition             // FAILED_PRECONDITION: against a rule of the venue in its present state
	OutOfRange                     // OUT_OF_RANGE: past the retained or valid range
	ResourceExhausted              // RESOURCE_EXHAUSTED: a limit is reached; see WithRetryAfter
	Unavailable                    // UNAVAILABLE: try again
	PermissionDenied               // PERMISSION_DENIED: the caller's role does not allow it
	Unauthenticated                // UNAUTHENTICATED: no or bad credentials
	Aborted                        // ABORTED: lost a race, start over
)

// Violation is one bad field of a request.
type Violation struct {
	Field       string // path in the request, e.g. "update_interval_ms"
	Description string // what was found and what was expected
}

// Error is a classified error. Build it with New; the With methods return a changed copy.
type Error struct {
	Kind       Kind
	Reason     string            // UPPER_SNAKE_CASE, for programs, e.g. UNKNOWN_SYMBOL
	Message    string            // for people: what was being done, with which value, what to do next
	Metadata   map[string]string // the offending fields and values
	Violations []Violation       // the bad fields of the request
	RetryAfter time.Duration     // when to try again; 0 says nothing
	cause      error
}

// New makes an error. The format takes %w as fmt.Errorf does; what it wraps stays reachable by errors.Is and As.
func New(kind Kind, reason, format string, args ...any) *Error {
	formatted := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Reason: reason, Message: formatted.Error(), cause: errors.Unwrap(formatted)}
}

// InvalidField is the error of one malformed field: reason INVALID_FIELD, with the field and its value in the metadata and as
// a violation. Want says what was expected, e.g. "20 to 60000, or 0 for 1000".
func InvalidField(field string, value any, want string) *Error {
	text := fmt.Sprint(value)
	return New(Invalid, "INVALID_FIELD", "%s is %s: want %s", field, quote(value, text), want).
		With("field", field).With("value", text).
		WithViolation(field, fmt.Sprintf("got %s, want %s", quote(value, text), want))
}

func quote(value any, text string) string {
	if _, isString := value.(string); isString {
		return fmt.Sprintf("%q", text)
	}
	return text
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns what the message's %w wrapped, or nil.
func (e *Error) Unwrap() error { return e.cause }

// With returns a copy with one more entry of metadata.
func (e *Error) With(key, value string) *Error {
	changed := *e
	changed.Metadata = maps.Clone(e.Metadata)
	if changed.Metadata == nil {
		changed.Metadata = map[string]string{}
	}
	changed.Metadata[key] = value
	return &changed
}

// WithViolation returns a copy with one more bad field.
func (e *Error) WithViolation(field, description string) *Error {
	changed := *e
	changed.Violations = append(e.Violations[:len(e.Violations):len(e.Violations)], Violation{field, description})
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
	var classified *Error
	if errors.As(err, &classified) {
		return classified.Kind
	}
	return Internal
}
