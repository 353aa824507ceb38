package command

// How the commands reach a daemon: one call and its answer, or a stream that goes on when the daemon is started again.

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/fleet/internal/probe"
	"github.com/trading-ecosystem/fleet/internal/subscription"
)

const answerPatience = 5 * time.Second // how long a daemon may take to answer a call

// patiently bounds each call by its own answerPatience.
var patiently = grpc.WithUnaryInterceptor(func(ctx context.Context, method string, request, reply any, channel *grpc.ClientConn,
	invoker grpc.UnaryInvoker, options ...grpc.CallOption,
) error {
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	return invoker(ctx, method, request, reply, channel, options...)
})

// askAny asks the instances of a daemon in turn, until one answers.
func (s Search) askAny(ctx context.Context, daemon string, call func(context.Context, grpc.ClientConnInterface) error) error {
	fleet, err := s.find()
	if err != nil {
		return err
	}
	defer fleet.close()
	instances, err := fleet.instances(ctx, daemon)
	if len(instances) == 0 {
		return errors.Join(err, fleet.nothingThere("no instance of "+daemon+" is registered"))
	}
	var failures error
	for _, instance := range instances {
		err := askAt(ctx, instance.GRPCAddr, call)
		if code := status.Code(err); code != codes.Unavailable && code != codes.DeadlineExceeded {
			return err
		}
		failures = errors.Join(failures, fmt.Errorf("%s at %s: %s", daemon, instance.GRPCAddr, probe.Reason(err)))
	}
	if instances[0].InstanceID == "" {
		return fleet.nothingThere(failures.Error()) // nobody is registered: these are but the addresses where one could be
	}
	return failures
}

func askAt(ctx context.Context, address string, call func(context.Context, grpc.ClientConnInterface) error) error {
	channel, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()), patiently)
	if err != nil {
		return err
	}
	defer func() { _ = channel.Close() }()
	return call(ctx, channel)
}

// stream reads from whichever instance of a daemon there is, while read runs.
func (s Search) stream(ctx context.Context, daemon string, read func(context.Context, grpc.ClientConnInterface) error) error {
	fleet, err := s.find()
	if err != nil {
		return err
	}
	defer fleet.close()
	channel, err := grpc.NewClient("fleet:///"+daemon, grpc.WithTransportCredentials(insecure.NewCredentials()), patiently,
		grpc.WithResolvers(fleet.directory.Resolver(fleet.Fallback())))
	if err != nil {
		return fmt.Errorf("dial %s: %w", daemon, err)
	}
	defer func() { _ = channel.Close() }()
	group, ctx := errgroup.WithContext(ctx)
	watching, stopWatching := context.WithCancel(ctx)
	group.Go(func() error { return fleet.directory.Run(watching) })
	group.Go(func() error {
		defer stopWatching()
		return read(watching, channel)
	})
	err = group.Wait()
	if errors.Is(err, subscription.ErrUnreachable) {
		return fleet.nothingThere(err.Error())
	}
	return err
}
