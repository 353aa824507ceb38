package clients

// What happens to each call on its way out: leave from the breaker, ids in the metadata, and the outcome on the account.

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// unary implements grpc.UnaryClientInterceptor. Retries happen below it: they are one call to breaker and account.
func (p *peer) unary(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	done, err := p.admit()
	if err != nil {
		return err
	}
	start := time.Now()
	err = invoke(p.outgoing(ctx), method, request, reply, conn, options...)
	p.answered(done, err, time.Since(start))
	return err
}

// stream implements grpc.StreamClientInterceptor.
func (p *peer) stream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
	done, err := p.admit()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	opened, err := open(p.outgoing(ctx), desc, conn, method, options...)
	if err != nil {
		p.answered(done, err, time.Since(start))
		return nil, err
	}
	watched := &stream{ClientStream: opened, peer: p, start: start, done: done}
	// A caller may give up without ever reading; the breaker must hear of it.
	watched.unwatch = context.AfterFunc(ctx, func() { watched.begin(status.FromContextError(ctx.Err()).Err()) })
	return watched, nil
}

// outgoing puts the correlation id into the metadata, and the trace context where no stats handler does.
func (p *peer) outgoing(ctx context.Context) context.Context {
	pairs := make([]string, 0, 8)
	if id := telemetry.CorrelationID(ctx); id != "" {
		pairs = append(pairs, telemetry.CorrelationHeader, id)
	}
	if p.manager.options.Tracing == nil && trace.SpanContextFromContext(ctx).IsValid() {
		carrier := propagation.MapCarrier{}
		telemetry.Propagator().Inject(ctx, carrier)
		for key, value := range carrier {
			pairs = append(pairs, key, value)
		}
	}
	if len(pairs) == 0 {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, pairs...)
}

// stream watches what comes in: the first message is the success of the call, a failure after it counts anew.
type stream struct {
	grpc.ClientStream
	peer    *peer
	start   time.Time
	done    func(error)
	unwatch func() bool
	begun   atomic.Bool // the outcome of the call is known
	ended   bool        // RecvMsg has returned an error; only its goroutine looks
}

// RecvMsg implements grpc.ClientStream.
func (s *stream) RecvMsg(message any) error {
	err := s.ClientStream.RecvMsg(message)
	if err == nil && s.begun.Load() {
		return nil
	}
	outcome := err
	if errors.Is(err, io.EOF) { // the peer ended it in peace
		outcome = nil
	}
	if s.begin(outcome) {
		s.unwatch()
	} else if outcome != nil && !s.ended {
		s.peer.failedLater(outcome)
	}
	s.ended = err != nil
	return err
}

// begin settles the outcome of the call, unless it is settled already.
func (s *stream) begin(err error) bool {
	first := s.begun.CompareAndSwap(false, true)
	if first {
		s.peer.answered(s.done, err, time.Since(s.start))
	}
	return first
}
