package grpcserver

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"
)

// shave takes DeadlineShave off the deadline, so that the callee's own time-out, which names what it waited for, reaches the
// caller before the caller gives up. Deadlines that are close already stay as they are.
func shave(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok || time.Until(deadline) < 2*DeadlineShave {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-DeadlineShave))
}

func shaveUnary(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	ctx, cancel := shave(ctx)
	defer cancel()
	return handler(ctx, request)
}

func shaveStream(server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx, cancel := shave(stream.Context())
	defer cancel()
	return handler(server, withContext(stream, ctx))
}

// endStreams ends the context of each stream with the cause ErrDraining when the server drains. A handler may answer
// with an error of its own; one that just returns the context's error has it turned into ErrDraining.
func endStreams(draining context.Context) grpc.StreamServerInterceptor {
	return func(server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		ctx, cancel := context.WithCancelCause(stream.Context())
		defer cancel(nil)
		defer context.AfterFunc(draining, func() { cancel(ErrDraining) })()
		err := handler(server, withContext(stream, ctx))
		if draining.Err() != nil && errors.Is(err, context.Canceled) {
			return ErrDraining
		}
		return err
	}
}

// contextStream is a stream with another context.
type contextStream struct {
	grpc.ServerStream
	ctx context.Context //nolint:containedctx // this is what a stream wrapper is for
}

func withContext(stream grpc.ServerStream, ctx context.Context) grpc.ServerStream {
	return &contextStream{ServerStream: stream, ctx: ctx}
}

// Context implements grpc.ServerStream.
func (s *contextStream) Context() context.Context { return s.ctx }
