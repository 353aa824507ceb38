package health

import (
	"context"
	"fmt"
	"time"
)

// How often and how patiently a daemon's own health is asked for.
const (
	ProbeInterval  = time.Second           // while it serves
	ProbeEagerness = 50 * time.Millisecond // while it does not, so that it serves as soon as it can
	ProbeTimeout   = 5 * time.Second       // a check that hangs longer counts as failed
)

// Probe asks check for the daemon's health until the context ends, and reports each answer: nil means that it can do its
// job. At most one check is under way; one that ignores its context and hangs is reported after ProbeTimeout and
// then waited for, while the last report stands.
func Probe(ctx context.Context, check func(context.Context) error, report func(error)) {
	for ctx.Err() == nil {
		err := probeOnce(ctx, check, report)
		if ctx.Err() != nil {
			return
		}
		report(err)
		pause := ProbeInterval
		if err != nil {
			pause = ProbeEagerness
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// probeOnce returns the check's answer; when the check is late it reports that first.
func probeOnce(ctx context.Context, check func(context.Context) error, report func(error)) error {
	limited, cancel := context.WithTimeout(ctx, ProbeTimeout)
	defer cancel()
	answer := make(chan error, 1) // so that a check which nobody waits for any more can end
	go func() { answer <- check(limited) }()
	select {
	case err := <-answer:
		return err
	case <-limited.Done():
	}
	if ctx.Err() == nil {
		report(fmt.Errorf("the health check has not answered within %s", ProbeTimeout))
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
