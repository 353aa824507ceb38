// Package subscription keeps a stream going: when it ends, because a daemon went away or the fleet was restarted, it is opened again.
package subscription

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/fleet/internal/probe"
)

// The wait before a stream is opened again: doubled each time that brought nothing.
const (
	firstWait = 200 * time.Millisecond
	maxWait   = 5 * time.Second
)

var (
	// ErrUnreachable says that the daemon has not answered even once.
	ErrUnreachable = errors.New("nobody answers")
	// ErrEnough is what a stream ends with when its reader wants no more.
	ErrEnough = errors.New("enough")
)

// Stream reads one stream to its end, and tells whether anything came and why it ended.
type Stream func(ctx context.Context) (came bool, err error)

// Keep reads one stream after another until ctx ends or one ends with ErrEnough. When one breaks it tells trouble, and opens the next.
// It returns an error when the daemon refuses the request or has never answered (ErrUnreachable).
func Keep(ctx context.Context, read Stream, trouble func(err error, retryIn time.Duration)) error {
	wait, ever := firstWait, false
	for {
		came, err := read(ctx)
		ever = ever || came
		switch {
		case errors.Is(err, ErrEnough) || ctx.Err() != nil:
			return nil
		case isFinal(err):
			return err
		case !ever:
			return fmt.Errorf("%w: %s", ErrUnreachable, probe.Reason(err))
		}
		if came {
			wait = firstWait
		}
		trouble(err, wait)
		pause(ctx, wait)
		wait = min(2*wait, maxWait)
	}
}

// isFinal tells of a refusal that another attempt would meet again.
func isFinal(err error) bool {
	switch status.Code(err) {
	case codes.InvalidArgument, codes.NotFound, codes.Unimplemented, codes.PermissionDenied, codes.Unauthenticated:
		return true
	}
	return false
}

func pause(ctx context.Context, duration time.Duration) {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
