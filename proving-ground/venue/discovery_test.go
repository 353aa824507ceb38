package venue_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

func TestEachDaemonFindsAndCallsEveryOther(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		v := open(t, network, 1)
		time.Sleep(time.Second)
		for _, caller := range v.all() {
			for name, peer := range common(caller.Peers) {
				answer, err := peer.Health.Check(context.Background(), &healthpb.HealthCheckRequest{Service: name})
				require.NoError(t, err, "%s calls %s", caller.Name, name)
				assert.Equal(t, healthpb.HealthCheckResponse_SERVING, answer.GetStatus())
			}
			_, body := get(t, caller, "/readyz")
			assert.Contains(t, body, `"peer:market-data"`)
		}
	})
}

func TestCallsMoveToTheOtherReplicaWithoutAnErrorWhenOneDies(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		v := open(t, network, 2)
		time.Sleep(time.Second)
		prices := v.exchange.Peers.MarketData().Prices
		for call := range 200 {
			if call == 100 {
				network.Cut(v.marketData[0].GRPCAddr())
			}
			_, err := prices.GetPrice(context.Background(), &marketdatav1.GetPriceRequest{Symbol: "BTC/USD"})
			require.NoError(t, err, "call %d", call)
			time.Sleep(10 * time.Millisecond)
		}
	})
}

func TestStreamsGoOnAtTheOtherReplicaWhereTheyBrokeOff(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		v := open(t, network, 2)
		time.Sleep(time.Second)
		prices := v.exchange.Peers.MarketData().Prices
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		request := &marketdatav1.StreamPricesRequest{Symbols: []string{"BTC/USD"}, UpdateIntervalMs: 100}
		const wanted, interval = 50, 5 // updates, and base ticks between two of them
		var sequences []uint64
		breaks := 0
		for len(sequences) < wanted {
			stream, err := prices.StreamPrices(ctx, request)
			require.NoError(t, err)
			for len(sequences) < wanted {
				update, err := stream.Recv()
				if err != nil {
					breaks++
					break
				}
				sequences = append(sequences, update.GetUpdate().GetSequence())
				if len(sequences) == wanted/2 && breaks == 0 { // whichever replica serves it, and then it is the other's turn
					network.Cut(v.marketData[0].GRPCAddr())
				}
			}
			require.LessOrEqual(t, breaks, 1)
			request.AfterSequence = sequences[len(sequences)-1]
		}
		for i := 2; i < len(sequences); i++ { // the first update is the latest price and lies on no grid
			assert.Equal(t, sequences[i-1]+interval, sequences[i])
		}
	})
}

func TestRedisGoneAndBackFailsNothingAndRegistrationsReturn(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		v := open(t, network, 2)
		time.Sleep(time.Second)
		prices := v.exchange.Peers.MarketData().Prices
		priced := func() {
			_, err := prices.GetPrice(context.Background(), &marketdatav1.GetPriceRequest{Symbol: "ETH/USD"})
			require.NoError(t, err)
		}
		priced()
		network.Cut(kittest.RedisAddress)
		for range 120 {
			time.Sleep(time.Second)
			priced()
		}
		for _, key := range v.redis.Keys() {
			assert.NotContains(t, key, "fleet:instance:", "all registrations have expired meanwhile")
		}
		for _, d := range v.all() {
			code, body := get(t, d, "/readyz")
			assert.Equal(t, http.StatusOK, code, "%s serves on", d.Name)
			assert.Contains(t, body, `"degraded"`, "%s says so", d.Name)
		}
		network.Heal(kittest.RedisAddress)
		time.Sleep(time.Minute)
		priced()
		for _, d := range v.all() {
			found, err := v.audit.Directory.Lookup(context.Background(), d.Name)
			require.NoError(t, err)
			assert.NotEmpty(t, found, "%s is registered again", d.Name)
		}
	})
}
