package clients

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/health"
)

// fixable is a replica that fails with a code until it is mended (OK).
func fixable(code *atomic.Int64) *replica {
	return &replica{answer: func(context.Context, string) error { return status.Error(codes.Code(code.Load()), "broken") }}
}

func TestPeerThatFailedFiveTimesInARowIsProbedOnceAfterThirtySeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var code atomic.Int64
		code.Store(int64(codes.Internal))
		peer := fixable(&code)
		fleet := newFleet(t, []*replica{peer})

		for range BreakerFailures {
			require.Equal(t, codes.Internal, status.Code(fleet.get(t.Context())))
		}
		time.Sleep(10 * time.Second)
		refused := fleet.get(t.Context())
		assertCircuitOpen(t, refused, 20*time.Second)
		assert.Contains(t, refused.Error(), "market-data is not called since it failed 5 times in a row")
		assert.Contains(t, refused.Error(), "it will be probed again in 20s, at ")
		assert.Contains(t, refused.Error(), "its last error was: rpc error: code = Internal desc = broken")
		assert.EqualValues(t, 5, peer.calls.Load(), "an open circuit calls nobody")

		time.Sleep(20 * time.Second)
		assert.Equal(t, codes.Internal, status.Code(fleet.get(t.Context())), "the probe reaches the peer")
		assertCircuitOpen(t, fleet.get(t.Context()), BreakerOpen)

		code.Store(int64(codes.OK))
		time.Sleep(BreakerOpen)
		for range 3 {
			require.NoError(t, fleet.get(t.Context()), "a good probe closes the circuit")
		}
		assert.Equal(t, health.Up, fleet.Dependencies()[0].State)
	})
}

func assertCircuitOpen(t *testing.T, err error, retryAfter time.Duration) {
	t.Helper()
	var classified *errs.Error
	require.ErrorAs(t, err, &classified)
	assert.Equal(t, "CIRCUIT_OPEN", classified.Reason)
	assert.Equal(t, retryAfter, classified.RetryAfter)
	answer, _ := status.FromError(err)
	require.Equal(t, codes.Unavailable, answer.Code())
	require.Len(t, answer.Details(), 2)
	info := answer.Details()[0].(*errdetails.ErrorInfo)
	assert.Equal(t, "exchange", info.Domain, "the daemon that refuses to call")
	assert.Equal(t, map[string]string{"service": "market-data"}, info.Metadata)
	assert.Equal(t, retryAfter, answer.Details()[1].(*errdetails.RetryInfo).RetryDelay.AsDuration())
}

func TestWhileOneCallProbesAllOthersAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken, hold := true, make(chan struct{})
		peer := &replica{answer: func(context.Context, string) error {
			if broken {
				return status.Error(codes.DataLoss, "broken")
			}
			<-hold
			return nil
		}}
		fleet := newFleet(t, []*replica{peer})
		for range BreakerFailures {
			require.Error(t, fleet.get(t.Context()))
		}
		broken = false
		time.Sleep(BreakerOpen)
		probe := make(chan error, 1)
		go func() { probe <- fleet.get(context.Background()) }()
		synctest.Wait()

		refused := fleet.get(t.Context())
		assertCircuitOpen(t, refused, ProbePatience)
		assert.Contains(t, refused.Error(), "one call is probing right now")

		// A probe that hangs must not shut out everybody for ever.
		time.Sleep(ProbePatience)
		synctest.Wait()
		second := make(chan error, 1)
		go func() { second <- fleet.get(context.Background()) }()
		synctest.Wait()
		assert.EqualValues(t, BreakerFailures+2, peer.calls.Load())
		close(hold)
		assert.NoError(t, <-probe)
		assert.NoError(t, <-second)
		assert.NoError(t, fleet.get(t.Context()))
	})
}

func TestWhichCodesCountAgainstThePeer(t *testing.T) {
	faults := map[codes.Code]bool{codes.Unavailable: true, codes.DeadlineExceeded: true, codes.Internal: true, codes.Unknown: true, codes.DataLoss: true}
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		t.Run(code.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var answer atomic.Int64
				answer.Store(int64(code))
				fleet := newFleet(t, []*replica{fixable(&answer)})
				for range 2 * BreakerFailures {
					_ = fleet.get(t.Context())
				}
				var refused *errs.Error
				assert.Equal(t, faults[code], errors.As(fleet.get(t.Context()), &refused))
			})
		})
	}
}

func TestAnswerBetweenFailuresKeepsTheCircuitClosedAndShedLoadSaysNothing(t *testing.T) {
	for between, opens := range map[codes.Code]bool{codes.OK: false, codes.NotFound: false, codes.ResourceExhausted: true, codes.Canceled: true} {
		t.Run(between.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var answer atomic.Int64
				fleet := newFleet(t, []*replica{fixable(&answer)})
				for call := range BreakerFailures + 1 {
					answer.Store(int64(codes.Internal))
					if call == BreakerFailures-1 {
						answer.Store(int64(between))
					}
					_ = fleet.get(t.Context())
				}
				var refused *errs.Error
				assert.Equal(t, opens, errors.As(fleet.get(t.Context()), &refused))
			})
		})
	}
}

func TestCallersWhoGiveUpNeverOpenTheCircuitButPeersThatHangDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fleet := newFleet(t, []*replica{{answer: func(ctx context.Context, _ string) error {
			<-ctx.Done()
			return ctx.Err()
		}}})
		for range 2 * BreakerFailures {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			require.Equal(t, codes.Canceled, status.Code(fleet.get(ctx)))
		}
		for range BreakerFailures {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			require.Equal(t, codes.DeadlineExceeded, status.Code(fleet.get(ctx)))
			cancel()
		}
		assertCircuitOpen(t, fleet.get(t.Context()), BreakerOpen)
	})
}
