package marketdatasim_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	marketdatasim "github.com/trading-ecosystem/market-data-simulator-go"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/kittest"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

func TestMain(m *testing.M) {
	if isReaders() {
		os.Exit(runReaders())
	}
	goleak.VerifyTestMain(m)
}

// startOn runs a replica on a network in memory.
func startOn(t *testing.T, network *kittest.Network, adjust ...func(*marketdatasim.Config, *daemon.Options)) (*daemon.TestDaemon, marketdatav1.MarketDataServiceClient) {
	first := func(config *marketdatasim.Config, options *daemon.Options) {
		config.Common, *options = settings.FreePorts(), kittest.Options(t, network)
	}
	d := marketdatasim.StartTest(t, append([]func(*marketdatasim.Config, *daemon.Options){first}, adjust...)...)
	return d, marketdatav1.NewMarketDataServiceClient(d.Conn)
}

// read returns the next updates of a stream.
func read(t *testing.T, stream marketdatav1.MarketDataService_StreamPricesClient, count int) []*marketdatav1.StreamPricesResponse {
	t.Helper()
	var all []*marketdatav1.StreamPricesResponse
	for range count {
		response, err := stream.Recv()
		require.NoError(t, err)
		all = append(all, response)
	}
	return all
}

var everySymbol = []string{"BTC/USD", "ETH/USD", "ADA/BTC", "SOL/USD", "DOT/USD", "USDT/USD", "BTC/USDT"}

func testAUserCanStartItInATestAndAskForPrices(t *testing.T) {
	d := marketdatasim.StartTest(t)
	client := marketdatav1.NewMarketDataServiceClient(d.Conn)
	listed, err := client.ListInstruments(t.Context(), &marketdatav1.ListInstrumentsRequest{})
	require.NoError(t, err)
	require.Len(t, listed.GetInstruments(), len(everySymbol))
	for _, one := range listed.GetInstruments() {
		price, err := client.GetPrice(t.Context(), &marketdatav1.GetPriceRequest{Symbol: one.GetSymbol()})
		require.NoError(t, err)
		update := price.GetUpdate()
		assert.Positive(t, update.GetPrice(), one.GetSymbol())
		assert.Less(t, update.GetBid(), update.GetAsk(), one.GetSymbol())
		assert.LessOrEqual(t, update.GetDayChange().GetLow(), update.GetPrice())
		assert.GreaterOrEqual(t, update.GetDayChange().GetHigh(), update.GetPrice())
		assert.WithinDuration(t, time.Now(), update.GetBusinessTime().AsTime(), time.Minute)
	}
	for _, path := range []string{"/readyz", "/v1/prices/BTC/USD", "/v1/instruments", "/openapi.json"} {
		response, err := d.HTTP.Get("http://market-data" + path)
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, http.StatusOK, response.StatusCode, "%s: %s", path, body)
	}
}

func testItIsFoundUnderItsLogicalName(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		d, _ := startOn(t, network, func(config *marketdatasim.Config, _ *daemon.Options) { config.Common = kittest.Settings() })
		time.Sleep(time.Second)
		found, err := d.Directory.Lookup(context.Background(), marketdatasim.Name)
		require.NoError(t, err)
		require.Len(t, found, 1)
		assert.Equal(t, d.GRPCAddr(), found[0].GRPCAddr)
	})
}

// sequenceOf returns the sequence of the newest tick.
func sequenceOf(t *testing.T, client marketdatav1.MarketDataServiceClient) uint64 {
	t.Helper()
	price, err := client.GetPrice(t.Context(), &marketdatav1.GetPriceRequest{Symbol: "BTC/USD"})
	require.NoError(t, err)
	return price.GetUpdate().GetSequence()
}

func testTwoReplicasWithTheSameSeedPublishTheSamePrices(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		_, first := startOn(t, network)
		time.Sleep(7*time.Second + 13*time.Millisecond) // the others start later, and between two ticks
		_, second := startOn(t, network)
		_, other := startOn(t, network, func(config *marketdatasim.Config, _ *daemon.Options) { config.Seed = 2 })
		request := &marketdatav1.StreamPricesRequest{
			Symbols: everySymbol, UpdateIntervalMs: 500, AfterSequence: sequenceOf(t, first) - 500, // 10 s ago, and on into the present
		}
		var updates [3][]*marketdatav1.StreamPricesResponse
		for i, client := range []marketdatav1.MarketDataServiceClient{first, second, other} {
			stream, err := client.StreamPrices(t.Context(), request)
			require.NoError(t, err)
			updates[i] = read(t, stream, 40*len(everySymbol))
		}
		differing := 0
		for i, one := range updates[0] {
			require.True(t, proto.Equal(one, updates[1][i]), "%v\n%v", one, updates[1][i])
			require.Equal(t, one.GetUpdate().GetSequence(), updates[2][i].GetUpdate().GetSequence())
			if one.GetUpdate().GetPrice() != updates[2][i].GetUpdate().GetPrice() {
				differing++
			}
		}
		assert.Greater(t, differing, len(updates[0])/2, "another seed is another market")
	})
}

func testAStreamGoesOnAtAnotherReplicaWithoutALostOrRepeatedUpdate(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		leaving, first := startOn(t, network)
		_, second := startOn(t, network)
		request := &marketdatav1.StreamPricesRequest{Symbols: []string{"ETH/USD"}, UpdateIntervalMs: 100}
		stream, err := first.StreamPrices(t.Context(), request)
		require.NoError(t, err)
		last := read(t, stream, 20)[19].GetUpdate().GetSequence()
		require.NoError(t, leaving.Stop())
		_, err = stream.Recv()
		require.Equal(t, codes.Unavailable, status.Code(err))
		require.ErrorContains(t, err, "resume elsewhere with after_sequence")

		time.Sleep(3 * time.Second) // the reader takes its time
		request.AfterSequence = last
		stream, err = second.StreamPrices(t.Context(), request)
		require.NoError(t, err)
		for _, one := range read(t, stream, 50) {
			require.Equal(t, last, one.GetPreviousSequence())
			require.Equal(t, last+5, one.GetUpdate().GetSequence())
			last += 5
		}
	})
}

func testShutdownWithAHundredOpenStreamsEndsInTime(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		d, client := startOn(t, network)
		var streams []marketdatav1.MarketDataService_StreamPricesClient
		for i := range 100 {
			stream, err := client.StreamPrices(t.Context(), &marketdatav1.StreamPricesRequest{Symbols: everySymbol, UpdateIntervalMs: uint32(20 + i)})
			require.NoError(t, err)
			read(t, stream, len(everySymbol))
			streams = append(streams, stream)
		}
		start := time.Now()
		require.NoError(t, d.Stop())
		assert.Less(t, time.Since(start), 10*time.Second)
		for _, stream := range streams {
			var err error
			for err == nil {
				_, err = stream.Recv()
			}
			require.Equal(t, codes.Unavailable, status.Code(err), err)
		}
	})
}

func testAFastBusinessClockStreamsBusinessTime(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		_, client := startOn(t, network, func(_ *marketdatasim.Config, options *daemon.Options) {
			options.Defaults = marketdatasim.Documents(map[string]string{
				"clock": `{"wall_anchor": "2000-01-01T00:00:00Z", "business_anchor": "2026-02-01T00:00:00Z", "scale": 1440}`,
			})
		})
		stream, err := client.StreamPrices(t.Context(), &marketdatav1.StreamPricesRequest{Symbols: []string{"BTC/USD"}, UpdateIntervalMs: 1000})
		require.NoError(t, err)
		got := read(t, stream, 12)[1:] // the first one comes at once, the others at each second
		elapsed := got[10].GetUpdate().GetBusinessTime().AsTime().Sub(got[0].GetUpdate().GetBusinessTime().AsTime())
		assert.Equal(t, 4*time.Hour, elapsed, "in ten seconds; a day in a minute")
	})
}

func testWhatCannotBeRightIsRefusedAtTheStart(t *testing.T) {
	make := func(config marketdatasim.Config, replaced map[string]string) error {
		config.Common = settings.FreePorts()
		_, err := marketdatasim.New(config, daemon.Options{Defaults: marketdatasim.Documents(replaced), LogOutput: t.Output()})
		return err
	}
	require.ErrorContains(t, make(marketdatasim.Config{MaxSubscribers: -1}, nil), "MAX_SUBSCRIBERS is -1")
	require.ErrorContains(t, make(marketdatasim.Config{Profile: "wild"}, nil), `"wild"`)
	require.ErrorContains(t, make(marketdatasim.Config{}, map[string]string{"market": `{"profle": "calm"}`}), "profle")
	require.ErrorContains(t, make(marketdatasim.Config{}, map[string]string{"instruments": `{"instruments": []}`}), "at least one instrument")
	require.ErrorContains(t, make(marketdatasim.Config{}, map[string]string{
		"clock": `{"wall_anchor": "2000-01-01T00:00:00Z", "business_anchor": "2026-02-01T00:00:00Z", "scale": 0}`,
	}), "scale is 0")
}

func testAMarketIsMadeToOrderOverJSON(t *testing.T) {
	d := marketdatasim.StartTest(t)
	order := `{"type": "SIMULATION_TYPE_BROWNIAN_MOTION", "symbols": ["BTC/USD"], "start": "2026-03-01T00:00:00Z", "end": "2026-03-01T02:00:00Z"}`
	response, err := d.HTTP.Post("http://market-data/v1/simulations", "application/json", strings.NewReader(order))
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, string(body))
	lines := strings.Split(strings.TrimSpace(string(body)), "\n")
	require.Len(t, lines, 3, "header, bars, verdict")
	assert.Contains(t, lines[1], `"symbol":"BTC/USD"`)
	validated, err := d.HTTP.Post("http://market-data/v1/simulations:validate", "application/json",
		strings.NewReader(`{"simulated": [{"symbol": "BTC/USD", "start": "2026-03-01T00:00:00Z", "close": [1, 2, 3]}]}`))
	require.NoError(t, err)
	defer validated.Body.Close()
	body, err = io.ReadAll(validated.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, validated.StatusCode, string(body))
	assert.Contains(t, string(body), "no whole UTC day in common")
}
