package grpcserver

import (
	"context"
	"errors"
	"time"

	"github.com/grpc-ecosystem/go-grpc-middleware/v2"
	"google.golang.org/grpc"
)

// around is what happens around a call, which handle goes on with, unary and streaming alike. It serves as both interceptors.
type around func(ctx context.Context, method string, stream bool, handle func(context.Context) error) error

func (a around) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (response any, err error) {
	err = a(ctx, info.FullMethod, false, func(ctx context.Context) (err error) {
		response, err = handler(ctx, request)
		return err
	})
	return response, err
}

func (a around) stream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	return a(stream.Context(), info.FullMethod, true, func(ctx context.Context) error {
		return handler(server, &middleware.WrappedServerStream{ServerStream: stream, WrappedContext: ctx})
	})
}

// shave takes DeadlineShave off the deadline, so that the callee's own time-out, which names what it waited for, reaches the
// caller before the caller gives up. Deadlines that are close already stay as they are.
func shave(ctx context.Context, _ string, _ bool, handle func(context.Context) error) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) >= 2*DeadlineShave {
		shorter, cancel := context.WithDeadline(ctx, deadline.Add(-DeadlineShave))
		defer cancel()
		return handle(shorter)
	}
	return handle(ctx)
}

// endStreams ends the context of each stream with the cause ErrDraining when the server drains. A handler may answer
// with an error of its own; one that just returns the context's error has it turned into ErrDraining.
func endStreams(draining context.Context) around {
	return func(ctx context.Context, _ string, stream bool, handle func(context.Context) error) error {
		if !stream {
			return handle(ctx)
		}
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(draining, func() { cancel(ErrDraining) })()
		err := handle(ctx)
		if draining.Err() != nil && errors.Is(err, context.Canceled) {
			return ErrDraining
		}
		return err
	}
}
