package telemetry

import (
	"context"
	"strings"

	"github.com/google/uuid"
)

// CorrelationHeader is the gRPC metadata key and HTTP header that carries the correlation id between daemons.
const CorrelationHeader = "x-correlation-id"

// maxCorrelationID bounds what is taken from a caller, in bytes.
const maxCorrelationID = 128

type correlationKey struct{}

// WithCorrelationID returns a context that carries the id.
func WithCorrelationID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, correlationKey{}, id)
}

// CorrelationID returns the id that the context carries, or "".
func CorrelationID(ctx context.Context) string {
	id, _ := ctx.Value(correlationKey{}).(string)
	return id
}

// NewCorrelationID makes an id at the edge, where a caller brought none.
func NewCorrelationID() string { return uuid.NewString() }

// ValidCorrelationID reports whether an id that a caller brought is fit for logs: 1 to 128 visible ASCII characters.
func ValidCorrelationID(id string) bool {
	return id != "" && len(id) <= maxCorrelationID &&
		strings.IndexFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
