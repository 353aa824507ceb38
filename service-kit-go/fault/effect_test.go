package fault

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

func TestLatencyDelaysACallByItsFixedPartAndUpToItsJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t)
		spec := latency(time.Second, time.Second)
		spec.Duration = durationpb.New(time.Hour)
		d.inject(t, spec)
		var least, most time.Duration = time.Hour, 0
		for range 50 {
			begin := time.Now()
			require.NoError(t, d.get(t.Context()))
			least, most = min(least, time.Since(begin)), max(most, time.Since(begin))
		}
		assert.Greater(t, least, time.Second)
		assert.Less(t, least, 1200*time.Millisecond)
		assert.Greater(t, most, 1800*time.Millisecond)
		assert.LessOrEqual(t, most, 2*time.Second)
	})
}

func TestLatencyEndsWithTheCallAndWithTheFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t)
		d.inject(t, latency(time.Hour, 0))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		assertCode(t, codes.DeadlineExceeded, d.get(ctx))
		begin := time.Now()
		require.NoError(t, d.get(t.Context()), "goes on once the fault is over")
		assert.Equal(t, 59*time.Second, time.Since(begin))
	})
}

func TestAbortFailsTheCallWithItsCodeAndMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t)
		d.inject(t, abort(codes.Unauthenticated))
		err := d.get(t.Context())
		assertCode(t, codes.Unauthenticated, err)
		assert.Equal(t, "injected fault", status.Convert(err).Message())
		_, err = d.follow(t.Context())
		assertCode(t, codes.Unauthenticated, err)
	})
}

// follow opens a stream and reads its first message.
func (d *daemon) follow(ctx context.Context) (sequence uint64, err error) {
	stream, err := d.prices.StreamPrices(ctx, &marketdatav1.StreamPricesRequest{})
	if err != nil {
		return 0, err
	}
	message, err := stream.Recv()
	return message.GetPreviousSequence(), err
}

func TestDropLeavesOutMessagesOfRunningStreamsAndSparesUnaryCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		stream, err := d.prices.StreamPrices(ctx, &marketdatav1.StreamPricesRequest{})
		require.NoError(t, err)
		send := func(from, to uint64) {
			for sequence := from; sequence <= to; sequence++ {
				d.sequences <- sequence
			}
			synctest.Wait()
		}
		send(1, 2)
		spec := dropMessages()
		spec.MaxHits = 3
		fault := d.inject(t, spec)
		require.NoError(t, d.get(t.Context()))
		send(3, 4)
		assert.EqualValues(t, 2, d.list(t)[0].Hits, "each message is a hit of %s", fault.FaultId)
		send(5, 6)
		close(d.sequences)
		var got []uint64
		for {
			message, err := stream.Recv()
			if err != nil {
				break
			}
			got = append(got, message.PreviousSequence)
		}
		assert.Equal(t, []uint64{1, 2, 6}, got)
	})
}

func (d *daemon) list(t testing.TB) []*faultv1.Fault {
	t.Helper()
	response, err := d.ListFaults(t.Context(), &faultv1.ListFaultsRequest{})
	require.NoError(t, err)
	return response.Faults
}

func TestBlackHoleHoldsACallUntilItsDeadlineOrTheEndOfTheFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t)
		d.inject(t, blackHole())
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		assertCode(t, codes.DeadlineExceeded, d.get(ctx))
		assert.Equal(t, time.Second, time.Since(begin))
		err := d.get(t.Context())
		assertCode(t, codes.Unavailable, err)
		assert.ErrorContains(t, err, "the call was held by the injected fault fault-1")
		assert.Equal(t, time.Minute, time.Since(begin))
		require.NoError(t, d.get(t.Context()))
	})
}

func TestBlackHoleThatMayStrikeTwiceHoldsBothCallsAndLetsTheThirdPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t)
		spec := blackHole()
		spec.MaxHits = 2
		d.inject(t, spec)
		begin := time.Now()
		held := make(chan time.Duration, 2)
		for _, patience := range []time.Duration{10 * time.Second, 20 * time.Second} {
			go func() {
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				defer cancel()
				_ = d.get(ctx)
				held <- time.Since(begin)
			}()
		}
		synctest.Wait()
		require.NoError(t, d.get(t.Context()))
		assert.Equal(t, []time.Duration{10 * time.Second, 20 * time.Second}, []time.Duration{<-held, <-held})
		synctest.Wait()
		assert.Empty(t, d.list(t))
		assert.Equal(t, "fault ends, fault-1, black_hole, it has struck as often as it may", d.messages()[1])
	})
}

func TestFaultsOnOneMethodActOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t)
		d.inject(t, latency(time.Second, 0))
		d.inject(t, latency(2*time.Second, 0))
		d.inject(t, abort(codes.Aborted))
		begin := time.Now()
		assertCode(t, codes.Aborted, d.get(t.Context()))
		assert.Equal(t, 3*time.Second, time.Since(begin))
	})
}

func TestHealthAndFaultServiceAreNeverAffected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t)
		for _, spec := range []*faultv1.FaultSpec{abort(codes.Internal), dropMessages(), {MethodPattern: "*Check", Effect: abort(codes.Internal).Effect}} {
			d.inject(t, spec)
		}
		_, err := d.health.Check(t.Context(), &healthpb.HealthCheckRequest{})
		require.NoError(t, err)
		watch, err := d.health.Watch(t.Context(), &healthpb.HealthCheckRequest{})
		require.NoError(t, err)
		_, err = watch.Recv()
		require.NoError(t, err)
		listed, err := d.faults.ListFaults(t.Context(), &faultv1.ListFaultsRequest{})
		require.NoError(t, err)
		assert.Len(t, listed.Faults, 3)
		require.NoError(t, d.strike(t.Context(), "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", false))
	})
}

func TestPatternChoosesTheMethods(t *testing.T) {
	const method = "/marketdata.v1.MarketDataService/GetPrice"
	for pattern, matches := range map[string]bool{
		"": true, "*": true, method: true, "/marketdata.v1.MarketDataService/*": true, "*/GetPrice": true, "/market*/Get*": true, "/GetPrice": false,
		"/marketdata.v1.MarketDataService/Get": false, "*GetPrice*": true, "/marketdataXv1.MarketDataService/GetPrice": false,
		"/marketdata.v1.MarketDataService/List*": false, "*.*": true, "/marketdata.v1.MarketDataService/GetPric.": false,
	} {
		assert.Equal(t, matches, glob(pattern).MatchString(method), pattern)
	}
}
