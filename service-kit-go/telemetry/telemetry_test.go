package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

func TestALineCarriesServiceCorrelationAndTrace(t *testing.T) {
	var out bytes.Buffer
	log, err := telemetry.NewLogger(&out, "exchange", "", "")
	require.NoError(t, err)
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	ctx := trace.ContextWithSpanContext(telemetry.WithCorrelationID(context.Background(), "abc"), span)
	log.WithField("order", 7).WithContext(ctx).Info("placed")
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	assert.Equal(t, "exchange", line["service"])
	assert.Equal(t, "abc", line["correlation_id"])
	assert.Equal(t, span.TraceID().String(), line["trace_id"])
	assert.InDelta(t, 7, line["order"], 0)
}

func TestALevelAndAFormatThatDoNotExistAreRefused(t *testing.T) {
	_, err := telemetry.NewLogger(t.Output(), "exchange", "loud", "json")
	require.ErrorContains(t, err, `log level "loud"`)
	_, err = telemetry.NewLogger(t.Output(), "exchange", "info", "xml")
	require.ErrorContains(t, err, `log format "xml"`)
}

func TestACorrelationIDFromOutsideMustBeFitForLogs(t *testing.T) {
	for id, valid := range map[string]bool{
		"abc-123": true, "": false, "a b": false, "a\nb": false, "ü": false,
		strings.Repeat("x", 128): true, strings.Repeat("x", 129): false,
	} {
		assert.Equal(t, valid, telemetry.ValidCorrelationID(id), "%q", id)
	}
}

func TestTracingIsOffUnlessAnEndpointIsSet(t *testing.T) {
	ctx := context.Background()
	provider, stop, err := telemetry.StartTracing(ctx, "audit", "1")
	require.NoError(t, err)
	assert.Nil(t, provider)
	require.NoError(t, stop(ctx))

	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	provider, stop, err = telemetry.StartTracing(ctx, "audit", "1")
	require.NoError(t, err)
	_, span := provider.Tracer("t").Start(ctx, "s")
	assert.True(t, span.IsRecording())
	require.NoError(t, stop(ctx), "nothing was ended, so nothing has to be flushed")

	t.Setenv("OTEL_SDK_DISABLED", "true")
	provider, _, err = telemetry.StartTracing(ctx, "audit", "1")
	require.NoError(t, err)
	assert.Nil(t, provider)
}

func TestAnUnknownProtocolIsRefused(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")
	_, _, err := telemetry.StartTracing(context.Background(), "audit", "1")
	require.ErrorContains(t, err, "http/json")
}
