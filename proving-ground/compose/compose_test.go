package compose_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/proving-ground/internal/benchmark"
)

// daemons are the four, with their ports in the containers and the largest image that they may be, in megabytes.
var daemons = []struct {
	service, image, grpc, http string
	megabytes                  float64
}{
	{"market-data", "market-data-simulator", "50055", "8085", 45},
	{"exchange", "exchange-simulator", "50054", "8084", 30},
	{"custodian", "custodian-simulator", "50053", "8083", 30},
	{"audit", "audit-correlator", "50052", "8082", 30},
}

const everything = 6 // containers: Redis, configuration, four daemons

// TestComposeBringsUpTheSameFleet is one story, whose parts build on one another.
func TestComposeBringsUpTheSameFleet(t *testing.T) {
	p := newProject(t)
	for _, profile := range []string{"observability", "postgres"} {
		p.mustCompose(t, "--profile", profile, "config")
	}
	building, cancel := context.WithTimeout(t.Context(), buildPatience)
	defer cancel()
	begin := time.Now()
	_, err := p.run(building, "build")
	require.NoError(t, err)
	t.Logf("images built in %.0f s", time.Since(begin).Seconds())

	begin = time.Now()
	p.mustCompose(t, "up", "--detach")
	p.awaitHealthy(t, everything)
	healthy := time.Since(begin)
	t.Logf("from compose up to all healthy: %.1f s", healthy.Seconds())

	for _, part := range []struct {
		name string
		test func(*testing.T)
	}{
		{"images hold one static program and nothing that an intruder could use", p.imagesAreBare},
		{"every daemon is registered at an address that the others reach", p.everyoneIsRegistered},
		{"the public clients reach every daemon from outside", p.reachedFromOutside},
		{"two replicas of market data publish the same prices", p.replicasAgree},
		{"a daemon that is killed comes back and registers anew", p.killedComesBack},
		{"a daemon that is cut off from Redis serves on, and registers again", p.cutOffServesOn},
	} {
		if !t.Run(part.name, part.test) {
			return
		}
	}
	require.NoError(t, benchmark.Keep(p.root, p.measured(t, healthy)))
}

// measured is what the page of benchmarks is told.
func (p project) measured(t *testing.T, healthy time.Duration) benchmark.Section {
	var body strings.Builder
	fmt.Fprintf(&body, "By `make test-compose`: %s. From `compose up`, with the images built, until all %d containers are healthy: %.0f s.\n\n"+
		"| image | MB | goal | reached |\n|---|---|---|---|\n", benchmark.Machine(), everything, healthy.Seconds())
	for _, daemon := range daemons {
		megabytes, reached := p.megabytes(t, daemon.image), "no"
		if megabytes <= daemon.megabytes {
			reached = "yes"
		}
		fmt.Fprintf(&body, "| %s | %.1f | <= %.0f | %s |\n", daemon.image, megabytes, daemon.megabytes, reached)
	}
	return benchmark.Section{Title: "The fleet in containers", Body: body.String()}
}

// megabytes is the size of a daemon's image.
func (p project) megabytes(t *testing.T, image string) float64 {
	size, err := strconv.ParseFloat(p.inspect(t, imageOf(image), "{{.Size}}"), 64)
	require.NoError(t, err)
	return size / 1e6
}

func imageOf(daemon string) string { return "trading-ecosystem/" + daemon + ":" + version }

func (p project) imagesAreBare(t *testing.T) {
	for _, daemon := range daemons {
		assert.LessOrEqual(t, p.megabytes(t, daemon.image), daemon.megabytes, daemon.image)
		assert.Equal(t, "65532:65532", p.inspect(t, imageOf(daemon.image), "{{.Config.User}}"))
		container := p.container(t, daemon.service)
		assert.Equal(t, "true", p.inspect(t, container, "{{.HostConfig.ReadonlyRootfs}}"))
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		_, err := p.command(ctx, "docker", "exec", container, "/bin/sh", "-c", "true")
		cancel()
		require.ErrorContains(t, err, "no such file or directory", "there is no shell")
	}
}

func (p project) everyoneIsRegistered(t *testing.T) {
	await(t, "all are registered", func() error {
		found := p.registered(t)
		for _, name := range []string{"market-data", "exchange", "custodian", "audit", "config"} {
			if len(found[name]) != 1 {
				return fmt.Errorf("%s is not: %v", name, found)
			}
		}
		return nil
	})
}

func (p project) reachedFromOutside(t *testing.T) {
	for _, daemon := range daemons {
		p.must(t, "bin/grpc_health_probe", "-addr="+p.address(t, daemon.service, 1, daemon.grpc), "-service="+daemon.service)
	}
	stream := p.prices(t, 1)
	for range 3 {
		response, err := stream.Recv()
		require.NoError(t, err)
		assert.Positive(t, response.GetUpdate().GetPrice())
	}
}

// prices opens a stream of every tick of BTC/USD from a replica.
func (p project) prices(t *testing.T, replica int) grpc.ServerStreamingClient[marketdatav1.StreamPricesResponse] {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	stream, err := marketdatav1.NewMarketDataServiceClient(p.dial(t, "market-data", replica, "50055")).StreamPrices(ctx,
		&marketdatav1.StreamPricesRequest{Symbols: []string{"BTC/USD"}, UpdateIntervalMs: 20})
	require.NoError(t, err)
	return stream
}

func (p project) dial(t *testing.T, service string, index int, port string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+p.address(t, service, index, port), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

func (p project) replicasAgree(t *testing.T) {
	p.mustCompose(t, "up", "--detach", "--no-recreate", "--scale", "market-data=2")
	p.awaitHealthy(t, everything+1)
	await(t, "both are registered", func() error {
		if found := p.registered(t)["market-data"]; len(found) != 2 {
			return fmt.Errorf("registered are %v", found)
		}
		return nil
	})
	prices, compared := map[uint64]float64{}, 0
	streams := []grpc.ServerStreamingClient[marketdatav1.StreamPricesResponse]{p.prices(t, 1), p.prices(t, 2)}
	for turn := range 400 {
		response, err := streams[turn%2].Recv()
		require.NoError(t, err)
		update := response.GetUpdate()
		if other, both := prices[update.GetSequence()]; both {
			compared++
			assert.InDelta(t, other, update.GetPrice(), 0, "sequence %d", update.GetSequence())
		}
		prices[update.GetSequence()] = update.GetPrice()
	}
	assert.Positive(t, compared, "the streams have sequences in common")
	p.mustCompose(t, "up", "--detach", "--no-recreate", "--scale", "market-data=1")
}

func (p project) killedComesBack(t *testing.T) {
	pid, err := strconv.Atoi(p.inspect(t, p.container(t, "exchange"), "{{.State.Pid}}"))
	require.NoError(t, err)
	process, err := os.FindProcess(pid)
	require.NoError(t, err)
	before := p.registered(t)["exchange"]
	if err := process.Kill(); err != nil {
		t.Skipf("skipped: the engine's processes cannot be killed from here: %v", err)
	}
	await(t, "the exchange is registered anew", func() error {
		if found := p.registered(t)["exchange"]; len(found) != 1 || found[0] == before[0] {
			return fmt.Errorf("registered is %v, before it was %v", found, before)
		}
		return nil
	})
	p.awaitHealthy(t, everything)
	assert.Equal(t, "1", p.inspect(t, p.container(t, "exchange"), "{{.RestartCount}}"))
}

func (p project) cutOffServesOn(t *testing.T) {
	const registration = "discovery:registration"
	network, container := p.name+"_operations", p.container(t, "exchange")
	p.must(t, "docker", "network", "disconnect", network, container)
	await(t, "the exchange notices that Redis is away", func() error {
		state, err := p.dependency(t, "exchange", "8084", registration)
		if err == nil && state != "degraded" {
			err = fmt.Errorf("it says %s", state)
		}
		return err
	})
	health := healthpb.NewHealthClient(p.dial(t, "exchange", 1, "50054"))
	answer, err := health.Check(t.Context(), &healthpb.HealthCheckRequest{Service: "exchange"}, grpc.WaitForReady(true))
	require.NoError(t, err)
	assert.Equal(t, healthpb.HealthCheckResponse_SERVING, answer.GetStatus())

	p.must(t, "docker", "network", "connect", "--alias", "exchange", network, container)
	await(t, "the exchange is registered again", func() error {
		state, err := p.dependency(t, "exchange", "8084", registration)
		if err == nil && (state != "up" || len(p.registered(t)["exchange"]) != 1) {
			err = fmt.Errorf("it says %s", state)
		}
		return err
	})
	assert.NotContains(t, strings.ToLower(p.mustCompose(t, "ps")), "unhealthy")
}
