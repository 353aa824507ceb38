package launcher

// A berth is where one daemon lives: its binary, its addresses, its log; one life after another.

import (
	"context"
	"fmt"

	"github.com/trading-ecosystem/fleet/internal/port"
	"github.com/trading-ecosystem/fleet/internal/probe"
	"github.com/trading-ecosystem/fleet/internal/process"
	"github.com/trading-ecosystem/fleet/internal/supervisor"
)

type berth struct {
	index     int // in the state's daemons
	placement placement
	grpc      *port.Claim // held until the daemon is started
	http      *port.Claim
	binary    string
	around    *surroundings
	inherited []string
	crew      *crew
}

// job is what the supervisor is to keep alive here.
func (b *berth) job(ctx context.Context) supervisor.Job {
	return supervisor.Job{
		Start:  func(served bool) (supervisor.Process, error) { return b.start(ctx, served) },
		Ready:  b.ready,
		Notify: func(event supervisor.Event) { b.crew.hear(b.index, event) },
	}
}

// start starts a life. One that never served may have lost its port to someone else between claim and bind, so where the port was
// free to choose another is taken.
func (b *berth) start(ctx context.Context, served bool) (supervisor.Process, error) {
	if !served {
		if err := b.chooseAgain(ctx); err != nil {
			return nil, err
		}
	}
	b.grpc.Release()
	b.http.Release()
	daemon := b.crew.snapshot().Daemons[b.index]
	child, err := process.Start(process.Command{
		Path: b.binary, Env: environment(b.inherited, *b.around, daemon), Log: daemon.Log,
	})
	if err != nil {
		return nil, err
	}
	return child, nil
}

func (b *berth) chooseAgain(ctx context.Context) error {
	for _, choice := range []struct {
		claim **port.Claim
		want  port.Want
	}{{&b.grpc, b.placement.grpc}, {&b.http, b.placement.http}} {
		if !isFree(choice.want) {
			continue
		}
		claim, err := port.Take(ctx, choice.want)
		if err != nil {
			return fmt.Errorf("choose another port: %w", err)
		}
		*choice.claim = claim
	}
	b.crew.moved(b.index, b.grpc.Address(), b.http.Address())
	return nil
}

func (b *berth) ready(ctx context.Context) error {
	return probe.Await(ctx, b.grpc.Address(), b.placement.member.Name, func(err error) {
		b.crew.doubt(b.placement.label, err)
	})
}
