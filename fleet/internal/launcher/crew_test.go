package launcher

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/trading-ecosystem/fleet/internal/supervisor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCrewWaitsUntilTheLastDaemonServes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told strings.Builder
		crew := newCrew(t.TempDir(), sample(), &told)
		all := make(chan error, 1)
		go func() { all <- crew.awaitAll(t.Context()) }()
		for index := range 3 {
			crew.hear(index, supervisor.Event{Kind: supervisor.Serving, PID: 1})
		}
		crew.doubt("audit", errors.New("connection refused"))
		time.Sleep(impatience)
		synctest.Wait()
		assert.Equal(t, "still waiting for audit: connection refused (log: .fleet/log/audit.log)\n", told.String())
		require.Empty(t, all)

		crew.hear(3, supervisor.Event{Kind: supervisor.Serving, PID: 1})

		require.NoError(t, <-all)
	})
}

func TestCrewStopsWaitingWhenItIsToldTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, newCrew(t.TempDir(), sample(), &strings.Builder{}).awaitAll(ctx), context.DeadlineExceeded)
	})
}

func TestBackgroundOutlivesTheBodyAndEndsBeforeAlongsideReturns(t *testing.T) {
	var order []string
	failure := errors.New("the body's own")
	err := alongside(t.Context(), func(ctx context.Context) error {
		<-ctx.Done()
		order = append(order, "background")
		return nil
	}, func(context.Context) error {
		order = append(order, "body")
		return failure
	})
	require.ErrorIs(t, err, failure)
	assert.Equal(t, []string{"body", "background"}, order)
}

func TestBackgroundThatFailsEndsTheBody(t *testing.T) {
	failure := errors.New("cannot go on")
	err := alongside(t.Context(), func(context.Context) error { return failure }, func(ctx context.Context) error {
		<-ctx.Done()
		return nil
	})
	require.ErrorIs(t, err, failure)
}

func TestGraceBeginsWithTheStopAndEndsEarlyWhenKilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop, cancelStop := context.WithCancel(t.Context())
		kill, cancelKill := context.WithCancel(t.Context())
		defer cancelKill()
		graceful, release := following(stop, kill, 9*time.Second)
		defer release()
		time.Sleep(time.Hour)
		require.NoError(t, graceful.Err(), "nobody has asked to stop")
		cancelStop()
		time.Sleep(9*time.Second - 1)
		require.NoError(t, graceful.Err())
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		require.Error(t, graceful.Err())

		other, releaseOther := following(stop, kill, 9*time.Second)
		defer releaseOther()
		cancelKill()
		require.Error(t, other.Err())
	})
}
