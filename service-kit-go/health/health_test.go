package health_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/trading-ecosystem/service-kit-go/health"
)

func TestATrackerRemembersSinceWhenAndTheLastError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tracker := health.NewTracker("redis", health.Degraded)
		assert.Equal(t, health.Up, tracker.Dependencies()[0].State)
		time.Sleep(time.Minute)
		assert.True(t, tracker.Observe(errors.New("connection refused")))
		failedAt := time.Now().UTC()
		time.Sleep(time.Minute)
		assert.False(t, tracker.Observe(errors.New("time-out")))
		state := tracker.Dependencies()[0]
		assert.Equal(t, health.Degraded, state.State)
		assert.Equal(t, failedAt, state.Since)
		assert.Equal(t, "time-out", state.LastError)
		assert.True(t, tracker.Observe(nil))
		state = tracker.Dependencies()[0]
		assert.Equal(t, health.Up, state.State)
		assert.Equal(t, "time-out", state.LastError, "kept for whoever asks what it was")
	})
}

func TestAProbeAsksEagerlyUntilHealthyAndThenEverySecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		start := time.Now()
		var asked []time.Duration
		check := func(context.Context) error {
			asked = append(asked, time.Since(start))
			if len(asked) < 3 {
				return errors.New("not yet")
			}
			return nil
		}
		go health.Probe(ctx, check, func(error) {})
		time.Sleep(2200 * time.Millisecond)
		cancel()
		synctest.Wait()
		ms := time.Millisecond
		assert.Equal(t, []time.Duration{0, 50 * ms, 100 * ms, 1100 * ms, 2100 * ms}, asked)
	})
}

func TestACheckThatHangsIsReportedAfterFiveSecondsAndAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		start, hang, asked := time.Now(), make(chan struct{}), 0
		var reports []string
		var at []time.Duration
		check := func(context.Context) error { asked++; <-hang; return nil } // ignores its context
		go health.Probe(ctx, check, func(err error) {
			at = append(at, time.Since(start))
			if err == nil {
				reports = append(reports, "healthy")
				return
			}
			reports = append(reports, err.Error())
		})
		time.Sleep(20 * time.Second)
		synctest.Wait()
		assert.Equal(t, 1, asked)
		assert.Equal(t, []string{"the health check has not answered within 5s"}, reports)
		assert.Equal(t, []time.Duration{5 * time.Second}, at)
		close(hang)
		synctest.Wait()
		assert.Equal(t, "healthy", reports[1])
		cancel()
	})
}
