package subscription

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// part is what one stream brings and how it ends.
type part struct {
	came bool
	err  error
}

var away = status.Error(codes.Unavailable, "shutting down")

// play reads the parts one after another in virtual time; after the last it waits for the end of the context, a minute later.
func play(t *testing.T, parts ...part) (waits []string, took time.Duration, failure error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		failure = Keep(ctx, func(ctx context.Context) (bool, error) {
			if len(parts) == 0 {
				<-ctx.Done()
				return false, ctx.Err()
			}
			now := parts[0]
			parts = parts[1:]
			return now.came, now.err
		}, func(err error, retryIn time.Duration) {
			waits = append(waits, fmt.Sprint(status.Convert(err).Message(), ", again in ", retryIn))
		})
		took = time.Since(began)
	})
	return waits, took, failure
}

func TestWaitsGrowWhileNothingComesAndShrinkWhenSomethingDoes(t *testing.T) {
	waits, took, err := play(t, part{true, away}, part{false, away}, part{false, away}, part{true, away})
	require.NoError(t, err, "the end of the context is no error")
	assert.Equal(t, []string{
		"shutting down, again in 200ms", "shutting down, again in 400ms", "shutting down, again in 800ms", "shutting down, again in 200ms",
	}, waits)
	assert.Equal(t, time.Minute, took)
}

func TestReaderThatHasEnoughEndsIt(t *testing.T) {
	waits, took, err := play(t, part{true, fmt.Errorf("a reader: %w", ErrEnough)})
	require.NoError(t, err)
	assert.Empty(t, waits)
	assert.Zero(t, took)
}

func TestRefusalsAreNotRepeated(t *testing.T) {
	_, _, err := play(t, part{true, status.Error(codes.NotFound, "no symbol X")})
	require.ErrorContains(t, err, "no symbol X")
}

func TestDaemonThatNeverAnsweredIsUnreachable(t *testing.T) {
	_, took, err := play(t, part{false, away})
	require.ErrorIs(t, err, ErrUnreachable)
	require.ErrorContains(t, err, "shutting down")
	assert.Zero(t, took)
}
