// Package telemetry is what a daemon says about itself: structured logs, traces and the ids that tie them together.
// Nothing in it is global, so that several daemons can run in one process.
package telemetry

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	"go.opentelemetry.io/otel/trace"
)

// NewLogger makes the one logger of a daemon, whose logical name is in every line as "service". Levels are trace, debug, info, warn
// and error, formats json and text (coloured on a terminal); empty means info and json. A line logged with a context carries the
// context's correlation id and trace id; so use WithContext on it wherever a context is at hand.
func NewLogger(output io.Writer, service, level, format string) (*logrus.Logger, error) {
	logger := logrus.New()
	logger.SetOutput(output)
	least, err := logrus.ParseLevel(cmp.Or(level, "info"))
	if err != nil {
		return nil, fmt.Errorf("log level %q: want trace, debug, info, warn or error", level)
	}
	logger.SetLevel(least)
	switch format {
	case "json", "":
		logger.SetFormatter(&logrus.JSONFormatter{TimestampFormat: time.RFC3339Nano})
	case "text":
		logger.SetFormatter(&logrus.TextFormatter{FullTimestamp: true, TimestampFormat: "15:04:05.000"})
	default:
		return nil, fmt.Errorf("log format %q: want json or text", format)
	}
	logger.AddHook(contextFields{service})
	return logger, nil
}

// contextFields adds what the context knows to each line.
type contextFields struct{ service string }

// Levels implements logrus.Hook.
func (contextFields) Levels() []logrus.Level { return logrus.AllLevels }

// Fire implements logrus.Hook.
func (h contextFields) Fire(entry *logrus.Entry) error {
	entry.Data["service"] = h.service
	if entry.Context == nil {
		return nil
	}
	if id := CorrelationID(entry.Context); id != "" {
		entry.Data["correlation_id"] = id
	}
	if span := trace.SpanContextFromContext(entry.Context); span.IsValid() {
		entry.Data["trace_id"] = span.TraceID().String()
	}
	return nil
}

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

// ValidCorrelationID reports whether an id that a caller brought is fit for logs: 1 to 128 visible ASCII characters.
func ValidCorrelationID(id string) bool {
	return id != "" && len(id) <= maxCorrelationID &&
		strings.IndexFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
