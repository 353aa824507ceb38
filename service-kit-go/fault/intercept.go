package fault

// Where faults meet calls. While no fault is active a call, and a message of a stream, costs one atomic load.

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/grpc"
)

// spared are the beginnings of the methods that no fault touches: those that tell how the daemon is, and the one way to stop a
// fault.
var spared = []string{"/grpc.health.", "/grpc.reflection.", "/fault.v1.FaultService/"}

func isSpared(method string) bool {
	return slices.ContainsFunc(spared, func(beginning string) bool { return strings.HasPrefix(method, beginning) })
}

// Unary is the interceptor of unary methods.
func (i *Injector) Unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	if err := i.strike(ctx, info.FullMethod, false); err != nil {
		return nil, err
	}
	return handle(ctx, request)
}

// Stream is the interceptor of streaming methods. A fault that drops messages also hits the streams that were running when it
// began.
func (i *Injector) Stream(server any, served grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	if err := i.strike(served.Context(), info.FullMethod, false); err != nil {
		return err
	}
	return handle(server, &stream{served, i, info.FullMethod})
}

// strike lets the active faults, oldest first, do what they do to a call, or to a message that a stream sends. A fault that holds
// its calls ends with the last of them, not when it caught it: it would let go of them all at once.
func (i *Injector) strike(ctx context.Context, method string, message bool) error {
	if !i.any.Load() || isSpared(method) {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, fault := range i.faults { // which are never changed, only replaced
		if message != (fault.effect == "drop_messages") {
			continue
		}
		hit, jitter := fault.strikes(method)
		if !hit {
			continue
		}
		i.hits.WithLabelValues(fault.effect).Inc()
		i.mu.Unlock()
		err := fault.strike(ctx, jitter)
		i.mu.Lock()
		if fault.over++; fault.over == fault.spec.MaxHits {
			i.end(fault, "it has struck as often as it may")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// stream leaves out the messages that a fault drops.
type stream struct {
	grpc.ServerStream
	injector *Injector
	method   string
}

// SendMsg implements grpc.ServerStream.
func (s *stream) SendMsg(message any) error {
	if s.injector.any.Load() && s.injector.strike(s.Context(), s.method, true) != nil {
		return nil
	}
	return s.ServerStream.SendMsg(message)
}
