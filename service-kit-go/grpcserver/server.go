// Package grpcserver is the gRPC side of every daemon: limits, health, reflection, tracing, metrics, logs, error mapping,
// panic recovery and deadlines, so that a handler is left with its own work.
package grpcserver

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// The limits of every server. A caller that exceeds one is refused by gRPC itself and costs no one else.
const (
	MaxMessageBytes      = 4 << 20          // largest request
	MaxHeaderBytes       = 16 << 10         // largest metadata of a request
	MaxStreamsPerConn    = 10_000           // calls under way on one connection
	MinKeepalivePing     = 10 * time.Second // a client that pings more often is disconnected
	KeepaliveInterval    = 30 * time.Second // an idle connection is asked whether it is still there
	KeepaliveTimeout     = 10 * time.Second // and closed when it does not answer
	ConnectionSetupLimit = 10 * time.Second // a connection that has not finished its handshake by then is closed
	DeadlineShave        = 20 * time.Millisecond
)

// Options are what a server needs from its daemon.
type Options struct {
	Name     string // logical name: health service name, and domain of errors
	Log      *logrus.Logger
	Registry prometheus.Registerer
	Tracing  trace.TracerProvider // nil makes no spans and passes the caller's trace on
	Extra    []grpc.ServerOption  // the daemon's own, e.g. a codec, and interceptors, which come innermost
}

// Server is a gRPC server and its health. Make it with New.
type Server struct {
	*grpc.Server
	options     Options
	health      *health.Server
	draining    context.Context // ends when the server drains
	drain       context.CancelFunc
	requests    *prometheus.CounterVec
	latency     *prometheus.HistogramVec
	inFlight    *prometheus.GaugeVec
	connections prometheus.Gauge
	panics      prometheus.Counter
}

// New makes a server that is NOT_SERVING and has health and reflection registered.
func New(options Options) *Server {
	metrics := telemetry.Metrics{Registerer: options.Registry}
	s := &Server{
		options: options, health: health.NewServer(),
		requests:    metrics.Counter("grpc_server_requests_total", "Calls that ended, by method and status code.", "method", "code"),
		latency:     metrics.Seconds("grpc_server_latency_seconds", "Duration of calls in seconds; of streams, their whole life.", "method"),
		inFlight:    metrics.Gauge("grpc_server_in_flight", "Calls under way, by method.", "method"),
		panics:      metrics.Counter("grpc_server_panics_total", "Handlers that panicked; each is a bug.").WithLabelValues(),
		connections: metrics.Gauge("grpc_server_connections", "Open client connections.").WithLabelValues(),
	}
	s.draining, s.drain = context.WithCancel(context.Background())
	serverOptions := []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(s.unary), grpc.ChainStreamInterceptor(s.stream),
		grpc.MaxRecvMsgSize(MaxMessageBytes), grpc.MaxHeaderListSize(MaxHeaderBytes),
		grpc.MaxConcurrentStreams(MaxStreamsPerConn), grpc.ConnectionTimeout(ConnectionSetupLimit),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: MinKeepalivePing, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: KeepaliveInterval, Timeout: KeepaliveTimeout}),
	}
	if options.Tracing != nil { // a stats handler costs each message of each stream
		serverOptions = append(serverOptions, grpc.StatsHandler(otelgrpc.NewServerHandler(
			otelgrpc.WithTracerProvider(options.Tracing), otelgrpc.WithPropagators(telemetry.Propagator()),
			otelgrpc.WithMeterProvider(metricnoop.NewMeterProvider()))))
	}
	s.Server = grpc.NewServer(append(serverOptions, options.Extra...)...)
	s.SetServing(false)
	healthpb.RegisterHealthServer(s, s.health)
	reflection.Register(s)
	return s
}

// Serve accepts connections, and counts them, until the server stops.
func (s *Server) Serve(socket net.Listener) error {
	return s.Server.Serve(countedListener{socket, s.connections})
}

// SetServing sets the health of the process ("") and of the logical name.
func (s *Server) SetServing(serving bool) {
	status := healthpb.HealthCheckResponse_NOT_SERVING
	if serving {
		status = healthpb.HealthCheckResponse_SERVING
	}
	s.health.SetServingStatus("", status)
	s.health.SetServingStatus(s.options.Name, status)
}

// StopWithin ends what would keep a graceful stop waiting: health is NOT_SERVING from now on, and the context of each
// stream ends with the cause ErrDraining. Then it stops gracefully, and stops hard what is still running when the limit has
// passed. It reports whether all calls ended by themselves.
func (s *Server) StopWithin(limit time.Duration) (graceful bool) {
	s.health.Shutdown()
	s.drain()
	cut := time.AfterFunc(limit, s.Stop)
	s.GracefulStop()
	return cut.Stop()
}

// ErrDraining is the cause with which the contexts of streams end when the server stops; a stream that returns
// because of it ends with UNAVAILABLE.
var ErrDraining = errs.New(errs.Unavailable, "SHUTTING_DOWN", "this instance is shutting down: call another one, or this one again later")

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
