package grpcserver

// What happens around each call, unary and streaming alike.

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/grpc-ecosystem/go-grpc-middleware/v2"
	"github.com/sirupsen/logrus"
	"go.opentelemetry.io/otel/propagation"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// slowCall is the duration from which a successful unary call is logged at info instead of debug.
const slowCall = time.Second

func (s *Server) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (response any, err error) {
	err = s.observe(ctx, info.FullMethod, false, func(ctx context.Context) (err error) {
		response, err = handler(ctx, request)
		return err
	})
	return response, err
}

func (s *Server) stream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	return s.observe(stream.Context(), info.FullMethod, true, func(ctx context.Context) error {
		return handler(server, &middleware.WrappedServerStream{ServerStream: stream, WrappedContext: ctx})
	})
}

// observe sees a call from outside: it gives it a correlation id, maps its error to the status to send, and counts, times and
// logs it.
func (s *Server) observe(ctx context.Context, method string, stream bool, handle func(context.Context) error) error {
	ctx = s.arrive(ctx)
	inFlight, start := s.inFlight.WithLabelValues(method), time.Now()
	inFlight.Inc()
	outcome := errs.Status(s.protect(ctx, stream, handle), s.options.Name)
	inFlight.Dec()
	elapsed := time.Since(start)
	s.latency.WithLabelValues(method).Observe(elapsed.Seconds())
	s.requests.WithLabelValues(method, outcome.Code().String()).Inc()
	s.logCall(ctx, method, stream, outcome, elapsed)
	return outcome.Err()
}

// protect turns a panic into an error, and bounds the context of a call.
//
// DeadlineShave is taken off the deadline, so that the callee's own time-out, which names what it waited for, reaches the caller
// before the caller gives up. Deadlines that are close already stay as they are.
//
// The context of a stream ends with the cause ErrDraining when the server drains. A handler may answer with an error of its own;
// one that just returns the context's error has it turned into ErrDraining.
func (s *Server) protect(ctx context.Context, stream bool, handle func(context.Context) error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			s.panics.Inc()
			s.options.Log.WithField("stack", string(debug.Stack())).WithContext(ctx).Errorf("handler panicked: %v", cause)
			err = errs.New(errs.Internal, "PANIC", "the handler panicked (%v): this is a bug, the log has its stack", cause)
		}
	}()
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) >= 2*DeadlineShave {
		shorter, cancel := context.WithDeadline(ctx, deadline.Add(-DeadlineShave))
		defer cancel()
		ctx = shorter
	}
	if !stream {
		return handle(ctx)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.draining, func() { cancel(ErrDraining) })()
	if err = handle(ctx); s.draining.Err() != nil && errors.Is(err, context.Canceled) {
		return ErrDraining
	}
	return err
}

func (s *Server) logCall(ctx context.Context, method string, stream bool, outcome *status.Status, elapsed time.Duration) {
	level := logrus.DebugLevel
	switch {
	case outcome.Code() == codes.Internal || outcome.Code() == codes.DataLoss:
		level = logrus.ErrorLevel
	case outcome.Code() == codes.Unavailable && !stream:
		level = logrus.WarnLevel
	case elapsed > slowCall && !stream:
		level = logrus.InfoLevel
	}
	if !s.options.Log.IsLevelEnabled(level) {
		return
	}
	entry := s.options.Log.WithFields(logrus.Fields{
		"method": method, "code": outcome.Code().String(), "ms": float64(elapsed.Microseconds()) / 1000,
	}).WithContext(ctx)
	if outcome.Code() != codes.OK {
		entry = entry.WithField("error", outcome.Message())
	}
	entry.Log(level, "call")
}

// arrive takes in what ties a call to others: the trace context, where no stats handler does, and the caller's correlation
// id, or a new one where there is none that is fit for logs.
func (s *Server) arrive(ctx context.Context) context.Context {
	headers, _ := metadata.FromIncomingContext(ctx)
	if s.options.Tracing == nil && len(headers.Get("traceparent")) > 0 {
		carrier := propagation.MapCarrier{}
		for _, key := range telemetry.Propagator().Fields() {
			carrier[key] = strings.Join(headers.Get(key), ",")
		}
		ctx = telemetry.Propagator().Extract(ctx, carrier)
	}
	given := headers.Get(telemetry.CorrelationHeader)
	if len(given) == 1 && telemetry.ValidCorrelationID(given[0]) {
		return telemetry.WithCorrelationID(ctx, given[0])
	}
	return telemetry.WithCorrelationID(ctx, uuid.NewString())
}
