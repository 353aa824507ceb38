package grpcserver

import (
	"context"
	"maps"
	"net"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// slowCall is the duration from which a successful unary call is logged at info instead of debug.
const slowCall = time.Second

// observer sees every call from outside: it gives it a correlation id, maps its error to a status, and counts, times and
// logs it.
type observer struct {
	name        string
	traced      bool // a stats handler takes the trace context in
	log         logrus.FieldLogger
	requests    *prometheus.CounterVec
	latency     *prometheus.HistogramVec
	inFlight    *prometheus.GaugeVec
	connections prometheus.Gauge
	panics      prometheus.Counter
	methods     sync.Map // full method -> *methodMetrics
}

// methodMetrics are the metrics of one method, looked up once and not once a call.
type methodMetrics struct {
	latency  prometheus.Observer
	inFlight prometheus.Gauge
	requests [codes.Unauthenticated + 1]prometheus.Counter
}

func newObserver(options Options) *observer {
	o := &observer{
		name: options.Name, traced: telemetry.Traced(options.Tracing), log: options.Log,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "grpc_server_requests_total", Help: "Calls that ended, by method and status code.",
		}, []string{"method", "code"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "grpc_server_latency_seconds", Help: "Duration of calls in seconds; of streams, their whole life.",
			Buckets: prometheus.ExponentialBuckets(100e-6, 2.5, 14),
		}, []string{"method"}),
		inFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "grpc_server_in_flight", Help: "Calls under way, by method.",
		}, []string{"method"}),
		connections: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "grpc_server_connections", Help: "Open client connections.",
		}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "grpc_server_panics_total", Help: "Handlers that panicked; each is a bug.",
		}),
	}
	options.Registry.MustRegister(o.requests, o.latency, o.inFlight, o.connections, o.panics)
	return o
}

func (o *observer) method(name string) *methodMetrics {
	if known, ok := o.methods.Load(name); ok {
		return known.(*methodMetrics)
	}
	metrics := &methodMetrics{latency: o.latency.WithLabelValues(name), inFlight: o.inFlight.WithLabelValues(name)}
	for code := range metrics.requests {
		metrics.requests[code] = o.requests.WithLabelValues(name, codes.Code(code).String())
	}
	known, _ := o.methods.LoadOrStore(name, metrics)
	return known.(*methodMetrics)
}

func (o *observer) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	ctx = o.arrive(ctx)
	end := o.begin(ctx, info.FullMethod, false)
	response, err := handler(ctx, request)
	return response, end(err)
}

func (o *observer) stream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx := o.arrive(stream.Context())
	end := o.begin(ctx, info.FullMethod, true)
	return end(handler(server, withContext(stream, ctx)))
}

// begin returns the function that ends the observation; it returns the status error to send.
func (o *observer) begin(ctx context.Context, method string, stream bool) func(error) error {
	metrics, start := o.method(method), time.Now()
	metrics.inFlight.Inc()
	return func(err error) error {
		metrics.inFlight.Dec()
		elapsed := time.Since(start)
		metrics.latency.Observe(elapsed.Seconds())
		mapped := errs.Status(err, o.name)
		metrics.requests[min(mapped.Code(), codes.Unauthenticated)].Inc()
		o.logCall(ctx, method, stream, mapped, elapsed)
		return mapped.Err()
	}
}

func (o *observer) logCall(ctx context.Context, method string, stream bool, outcome *status.Status, elapsed time.Duration) {
	level := logrus.DebugLevel
	switch {
	case outcome.Code() == codes.Internal || outcome.Code() == codes.DataLoss:
		level = logrus.ErrorLevel
	case outcome.Code() == codes.Unavailable && !stream:
		level = logrus.WarnLevel
	case elapsed > slowCall && !stream:
		level = logrus.InfoLevel
	}
	leveled, ok := o.log.(interface{ IsLevelEnabled(logrus.Level) bool })
	if ok && !leveled.IsLevelEnabled(level) {
		return
	}
	entry := o.log.WithFields(logrus.Fields{
		"method": method, "code": outcome.Code().String(), "ms": float64(elapsed.Microseconds()) / 1000,
	}).WithContext(ctx)
	if outcome.Code() != codes.OK {
		entry = entry.WithField("error", outcome.Message())
	}
	entry.Log(level, "call")
}

func (o *observer) recovered(ctx context.Context, cause any) error {
	o.panics.Inc()
	o.log.WithField("stack", string(debug.Stack())).WithContext(ctx).Errorf("handler panicked: %v", cause)
	return errs.New(errs.Internal, "PANIC", "the handler panicked (%v): this is a bug, the log has its stack", cause)
}

// arrive takes in what ties a call to others: the trace context, where no stats handler does, and the caller's correlation
// id, or a new one where there is none that is fit for logs.
func (o *observer) arrive(ctx context.Context) context.Context {
	headers, _ := metadata.FromIncomingContext(ctx)
	if !o.traced && len(headers.Get("traceparent")) > 0 {
		ctx = telemetry.Propagator().Extract(ctx, carrier(headers))
	}
	given := headers.Get(telemetry.CorrelationHeader)
	if len(given) == 1 && telemetry.ValidCorrelationID(given[0]) {
		return telemetry.WithCorrelationID(ctx, given[0])
	}
	return telemetry.WithCorrelationID(ctx, telemetry.NewCorrelationID())
}

// carrier lets a propagator read the metadata of a call.
type carrier metadata.MD

// Get implements propagation.TextMapCarrier.
func (c carrier) Get(key string) string { return strings.Join(metadata.MD(c).Get(key), ",") }

// Set implements propagation.TextMapCarrier; nothing is sent from here.
func (carrier) Set(string, string) {}

// Keys implements propagation.TextMapCarrier.
func (c carrier) Keys() []string { return slices.Collect(maps.Keys(c)) }

// countedListener counts the connections that are open.
type countedListener struct {
	net.Listener
	open prometheus.Gauge
}

// Accept implements net.Listener.
func (l countedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.open.Inc()
	return &countedConn{Conn: conn, closed: sync.OnceFunc(l.open.Dec)}, nil
}

type countedConn struct {
	net.Conn
	closed func()
}

// Close implements net.Conn; gRPC may call it more than once.
func (c *countedConn) Close() error {
	c.closed()
	return c.Conn.Close()
}
