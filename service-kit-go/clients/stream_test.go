package clients

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// follow opens a stream and reads it until it ends.
func follow(ctx context.Context, fleet *fleet) (messages int, err error) {
	stream, err := fleet.MarketData().Prices.StreamPrices(ctx, &prices{Symbols: []string{"BTC/USD"}})
	for err == nil {
		if _, err = stream.Recv(); err == nil {
			messages++
		}
	}
	return messages, err
}

// outcomes are the counted ends of calls, by code.
func outcomes(fleet *fleet) map[string]uint64 {
	return fleet.peers["market-data"].outcomes
}

func send(messages int, end error) func(feed) error {
	return func(stream feed) error {
		for range messages {
			if err := stream.Send(&marketdatav1.StreamPricesResponse{}); err != nil {
				return err
			}
		}
		return end
	}
}

func TestStreamThatFailsBeforeItsFirstMessageIsOneFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fleet := newFleet(t, []*replica{{serve: send(0, status.Error(codes.Internal, "broken"))}})
		for range BreakerFailures {
			_, err := follow(t.Context(), fleet)
			require.Equal(t, codes.Internal, status.Code(err))
		}
		assert.Equal(t, map[string]uint64{"Internal": BreakerFailures}, outcomes(fleet))
		_, err := follow(t.Context(), fleet)
		assertCircuitOpen(t, err, BreakerOpen)
	})
}

func TestStreamThatFailsLaterIsASuccessAndThenAFailureOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fleet := newFleet(t, []*replica{{serve: send(3, status.Error(codes.Internal, "broken"))}})
		for range 2 * BreakerFailures {
			messages, err := follow(t.Context(), fleet)
			require.Equal(t, codes.Internal, status.Code(err))
			require.Equal(t, 3, messages)
		}
		assert.Equal(t, map[string]uint64{"OK": 10, "Internal": 10}, outcomes(fleet),
			"never two failures in a row, so the circuit stays closed")
	})
}

func TestRunningStreamsThatFailTogetherOpenTheCircuit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := make(chan struct{})
		fleet := newFleet(t, []*replica{{serve: func(stream feed) error {
			_ = stream.Send(&marketdatav1.StreamPricesResponse{})
			<-broken
			return status.Error(codes.Internal, "broken")
		}}})
		ended := make(chan error, BreakerFailures)
		for range BreakerFailures {
			go func() {
				_, err := follow(context.Background(), fleet)
				ended <- err
			}()
		}
		synctest.Wait()
		close(broken)
		for range BreakerFailures {
			require.Equal(t, codes.Internal, status.Code(<-ended))
		}
		_, err := follow(t.Context(), fleet)
		assertCircuitOpen(t, err, BreakerOpen)
	})
}

func TestStreamThatEndsAsTheCallerPlannedIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fleet := newFleet(t, []*replica{{serve: func(stream feed) error {
			_ = stream.Send(&marketdatav1.StreamPricesResponse{})
			<-stream.Context().Done()
			return stream.Context().Err()
		}}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := follow(ctx, fleet)
		require.Equal(t, codes.DeadlineExceeded, status.Code(err))
		assert.Equal(t, map[string]uint64{"OK": 1}, outcomes(fleet))
	})
}

func TestStreamThatEndsInPeaceWithoutAMessageIsASuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fleet := newFleet(t, []*replica{{serve: send(0, nil)}})
		_, err := follow(t.Context(), fleet)
		require.Equal(t, io.EOF, err)
		assert.Equal(t, map[string]uint64{"OK": 1}, outcomes(fleet))
	})
}

func TestProbeByAStreamThatIsAbandonedOrSilentDoesNotShutOutOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := true
		fleet := newFleet(t, []*replica{{serve: func(stream feed) error {
			if broken {
				return status.Error(codes.Internal, "broken")
			}
			<-stream.Context().Done()
			return nil
		}}})
		for range BreakerFailures {
			_, err := follow(t.Context(), fleet)
			require.Error(t, err)
		}
		broken = false
		time.Sleep(BreakerOpen)

		ctx, abandon := context.WithCancel(t.Context())
		_, err := fleet.MarketData().Prices.StreamPrices(ctx, &prices{})
		require.NoError(t, err)
		_, err = follow(t.Context(), fleet)
		assertCircuitOpen(t, err, ProbePatience)
		abandon()
		synctest.Wait()

		ctx, abandon = context.WithCancel(t.Context())
		defer abandon()
		_, err = fleet.MarketData().Prices.StreamPrices(ctx, &prices{})
		require.NoError(t, err, "an abandoned probe makes room at once")
		time.Sleep(ProbePatience)
		synctest.Wait()
		abandon()
		synctest.Wait()
		ctx, abandon = context.WithCancel(t.Context())
		defer abandon()
		_, err = fleet.MarketData().Prices.StreamPrices(ctx, &prices{})
		require.NoError(t, err, "a silent one after a while")
		assertCircuitOpen(t, fleet.get(t.Context()), ProbePatience)
	})
}
