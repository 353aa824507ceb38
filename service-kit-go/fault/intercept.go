package fault

// Where faults meet calls. While no fault is active a call, and a message of a stream, costs one atomic load.

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/grpc"
)

// UnaryInterceptor returns the interceptor of unary methods.
func (i *Injector) UnaryInterceptor() grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		if i.active.Load() != nil {
			if err := i.strikeCall(ctx, info.FullMethod); err != nil {
				return nil, err
			}
		}
		return handle(ctx, request)
	}
}

// StreamInterceptor returns the interceptor of streaming methods. A fault that drops messages also hits the streams that were
// running when it began.
func (i *Injector) StreamInterceptor() grpc.StreamServerInterceptor {
	return func(server any, served grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
		if i.active.Load() != nil {
			if err := i.strikeCall(served.Context(), info.FullMethod); err != nil {
				return err
			}
		}
		return handle(server, &stream{served, i, info.FullMethod})
	}
}

// strikeCall lets the active faults, oldest first, do what they do to a call.
func (i *Injector) strikeCall(ctx context.Context, method string) error {
	for _, fault := range i.meant(method) {
		if fault.drops() {
			continue
		}
		if hit, jitter := fault.strikes(method); hit {
			err := fault.strike(ctx, jitter)
			i.settle(fault)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// dropped reports whether an active fault drops this message.
func (i *Injector) dropped(method string) bool {
	for _, fault := range i.meant(method) {
		if !fault.drops() {
			continue
		}
		if hit, _ := fault.strikes(method); hit {
			i.settle(fault)
			return true
		}
	}
	return false
}

// meant returns the active faults, unless the method is spared from all of them.
func (i *Injector) meant(method string) []*fault {
	if slices.ContainsFunc(spared, func(beginning string) bool { return strings.HasPrefix(method, beginning) }) {
		return nil
	}
	return i.faults()
}

func (i *Injector) settle(fault *fault) {
	if fault.letGo() {
		i.endOnce(fault, "it has struck as often as it may")
	}
}

// stream leaves out the messages that a fault drops.
type stream struct {
	grpc.ServerStream
	injector *Injector
	method   string
}

// SendMsg implements grpc.ServerStream.
func (s *stream) SendMsg(message any) error {
	if s.injector.active.Load() != nil && s.injector.dropped(s.method) {
		return nil
	}
	return s.ServerStream.SendMsg(message)
}
