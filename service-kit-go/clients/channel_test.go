package clients

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/status"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
)

func TestCallsMoveOverWhenOneOfTwoReplicasIsKilledDuringThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		thinking := func(context.Context, string) error {
			time.Sleep(10 * time.Millisecond)
			return nil
		}
		killed, kept := &replica{answer: thinking}, &replica{answer: thinking}
		fleet := newFleet(t, []*replica{killed, kept})
		var callers sync.WaitGroup
		for range 16 {
			callers.Go(func() {
				for range 100 {
					assert.NoError(t, fleet.get(context.Background()))
				}
			})
		}
		time.Sleep(500*time.Millisecond + 5*time.Millisecond) // calls are under way on both
		before := killed.calls.Load()
		killed.server.Stop()
		callers.Wait()

		assert.Greater(t, before, int64(100), "both shared the load")
		assert.Equal(t, before, killed.calls.Load())
		assert.Equal(t, "1", kept.mostTries, "one retry was enough, and was needed")
	})
}

func TestReplicaThatIsNotServingIsNotCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &replica{}, &replica{}
		fleet := newFleet(t, []*replica{first, second})
		require.NoError(t, fleet.get(t.Context()))
		first.health.SetServingStatus("market-data", healthpb.HealthCheckResponse_NOT_SERVING)
		synctest.Wait()
		before := first.calls.Load()
		for range 10 {
			require.NoError(t, fleet.get(t.Context()))
		}
		assert.Equal(t, before, first.calls.Load())
		first.health.SetServingStatus("market-data", healthpb.HealthCheckResponse_SERVING)
		synctest.Wait()
		for range 10 {
			require.NoError(t, fleet.get(t.Context()))
		}
		assert.Equal(t, before+5, first.calls.Load(), "back in turn")
	})
}

func TestReadsAreTriedThreeTimesWithGrowingWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := failing(status.Error(codes.Unavailable, "away"))
		fleet := newFleet(t, []*replica{peer})
		require.Equal(t, codes.Unavailable, status.Code(fleet.get(t.Context())))
		require.Len(t, peer.times, RetryAttempts)
		assert.InDelta(t, 50, peer.times[1].Sub(peer.times[0]).Milliseconds(), 11)
		assert.InDelta(t, 100, peer.times[2].Sub(peer.times[1]).Milliseconds(), 21)
		assert.Equal(t, map[string]uint64{"Unavailable": 1}, outcomes(fleet), "retries are one call to the account")
	})
}

func TestOnlyReadsThatAreUnavailableAreRetried(t *testing.T) {
	clear := func(ctx context.Context, fleet *fleet) error {
		_, err := fleet.MarketData().Faults.ClearFaults(ctx, &faultv1.ClearFaultsRequest{})
		return err
	}
	get := func(ctx context.Context, fleet *fleet) error { return fleet.get(ctx) }
	for name, test := range map[string]struct {
		call func(context.Context, *fleet) error
		code codes.Code
	}{
		"a method that changes something": {clear, codes.Unavailable},
		"a bug of the peer":               {get, codes.Internal},
		"an overloaded peer":              {get, codes.ResourceExhausted},
		"a bad request":                   {get, codes.InvalidArgument},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				peer := failing(status.Error(test.code, "no"))
				require.Equal(t, test.code, status.Code(test.call(t.Context(), newFleet(t, []*replica{peer}))))
				assert.EqualValues(t, 1, peer.calls.Load())
			})
		})
	}
}

func TestMethodsThatMayBeRetriedAreThoseThatRead(t *testing.T) {
	names := map[string]bool{}
	for _, name := range idempotent() {
		names[fmt.Sprint(name["service"], "/", name["method"])] = true
	}
	for name, reads := range map[string]bool{
		"marketdata.v1.MarketDataService/ListInstruments": true, "marketdata.v1.MarketDataService/GetPrice": true,
		"marketdata.v1.MarketDataService/StreamPrices": true, "fault.v1.FaultService/ListFaults": true,
		"fault.v1.FaultService/InjectFault": false, "fault.v1.FaultService/ClearFaults": false,
		"grpc.health.v1.Health/Check": true, "grpc.health.v1.Health/Watch": false,
	} {
		assert.Equal(t, reads, names[name], name)
	}
}

func TestRetriesStopAtTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fleet := newFleet(t, []*replica{failing(status.Error(codes.Unavailable, "away"))})
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		start := time.Now()
		require.Equal(t, codes.DeadlineExceeded, status.Code(fleet.get(ctx)))
		assert.Equal(t, 30*time.Millisecond, time.Since(start))
	})
}

func TestRetriesStayWithinTheirBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := &replica{answer: func(_ context.Context, symbol string) error {
			if symbol == "" {
				return status.Error(codes.Unavailable, "away")
			}
			return nil
		}}
		fleet := newFleet(t, []*replica{peer})
		const rounds = 200
		for range rounds { // the success between keeps the circuit closed
			_, err := fleet.MarketData().Prices.GetPrice(t.Context(), &price{})
			require.Equal(t, codes.Unavailable, status.Code(err))
			require.NoError(t, fleet.get(t.Context()))
		}
		retries := peer.calls.Load() - 2*rounds
		assert.GreaterOrEqual(t, retries, int64(RetryBurst/4))
		assert.LessOrEqual(t, float64(retries), RetryBurst/2+RetryShare*rounds)
	})
}

func TestIdleChannelClosesItsConnectionsAndOpensThemAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := &replica{}
		fleet := newFleet(t, []*replica{peer})
		assert.Zero(t, peer.open.Load(), "nobody is dialled before the first call")
		require.NoError(t, fleet.get(t.Context()))
		time.Sleep(IdleTimeout - time.Second)
		assert.EqualValues(t, 1, peer.open.Load())
		time.Sleep(IdleTimeout) // the channel looks whether it is idle once in that time
		assert.Zero(t, peer.open.Load())
		require.NoError(t, fleet.get(t.Context()))
		assert.EqualValues(t, 1, peer.open.Load())
	})
}

func TestPeerThatComesBackAfterLongIsConnectedWithinSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fleet := newFleet(t, nil)
		fleet.found.InitialState(resolver.State{Endpoints: []resolver.Endpoint{{Addresses: []resolver.Address{{Addr: "late"}}}}})
		for range BreakerFailures {
			require.Equal(t, codes.Unavailable, status.Code(fleet.get(t.Context())))
		}
		time.Sleep(10 * time.Minute) // longer and longer waits between attempts to connect
		late := &replica{}
		late.start(t)
		fleet.replicas.Store("late", late)
		time.Sleep(ReconnectMost * 6 / 5) // a wait is at most a fifth longer
		require.NoError(t, fleet.get(t.Context()))
	})
}

func TestChannelThatCannotBeMadeIsABugThatNobodyOverlooks(t *testing.T) {
	fleet := newFleet(t, nil, func(options *Options) {
		options.Dial = []grpc.DialOption{grpc.WithDefaultServiceConfig("{")}
	})
	assert.PanicsWithValue(t, "the channel to market-data is malformed: grpc: the provided default service config is invalid: unexpected end of JSON input",
		func() { fleet.MarketData() })
}

func TestPeerWithoutAnAddressIsUnavailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fleet := newFleet(t, nil)
		assert.Equal(t, codes.Unavailable, status.Code(fleet.get(t.Context())))
	})
}

func TestDialOptionsOfTheCallerWin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dialled := errors.New("dialled by the caller")
		fleet := newFleet(t, []*replica{{}}, func(options *Options) {
			options.Dial = append(options.Dial, grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return nil, dialled }))
		})
		assert.ErrorContains(t, fleet.get(t.Context()), dialled.Error())
	})
}
