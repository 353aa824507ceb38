package daemon_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
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
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/discovery"
	"github.com/trading-ecosystem/service-kit-go/kittest"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

func chassis(t *testing.T, network *kittest.Network, name string, adjust ...func(*settings.Common, *daemon.Options)) *daemon.Chassis {
	t.Helper()
	common, options := kittest.Settings(), kittest.Options(t, network)
	for _, change := range adjust {
		change(&common, &options)
	}
	made, err := daemon.New(name, common, options)
	require.NoError(t, err)
	return made
}

func get(t *testing.T, d *daemon.TestDaemon, path string) (code int, body string) {
	t.Helper()
	response, err := d.HTTP.Get("http://daemon" + path)
	require.NoError(t, err)
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(read)
}

func serving(t *testing.T, d *daemon.TestDaemon, service string) healthpb.HealthCheckResponse_ServingStatus {
	t.Helper()
	response, err := healthpb.NewHealthClient(d.Conn).Check(context.Background(), &healthpb.HealthCheckRequest{Service: service})
	require.NoError(t, err)
	return response.GetStatus()
}

func TestADaemonServesThenAnnouncesItselfAndWithdrawsWhenItStops(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		redis := kittest.Redis(t, network)
		d := daemon.StartTest(t, chassis(t, network, "exchange"), daemon.Service{})
		synctest.Wait()
		assert.Equal(t, healthpb.HealthCheckResponse_SERVING, serving(t, d, "exchange"))
		found, err := d.Directory.Lookup(context.Background(), "exchange")
		require.NoError(t, err)
		require.Len(t, found, 1)
		assert.Equal(t, d.GRPCAddr(), found[0].GRPCAddr)
		assert.Equal(t, discovery.Serving, found[0].Health)

		time.Sleep(10 * time.Minute)
		assert.Len(t, redis.Keys(), 2, "forty heartbeats later it is still registered")

		require.NoError(t, d.Stop())
		assert.Empty(t, redis.Keys(), "nothing is left behind")
	})
}

func TestADaemonIsNotServingBeforeItsOwnHealthCheckPasses(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		redis := kittest.Redis(t, network)
		start := time.Now()
		service := daemon.Service{Health: func(context.Context) error {
			if time.Since(start) < time.Minute {
				return errors.New("waiting for the first tick")
			}
			return nil
		}}
		d := daemon.LaunchTest(t, chassis(t, network, "market-data"), service)
		time.Sleep(30 * time.Second)
		assert.Equal(t, healthpb.HealthCheckResponse_NOT_SERVING, serving(t, d, "market-data"))
		assert.Empty(t, redis.Keys(), "it is announced only once it serves")
		code, body := get(t, d, "/readyz")
		assert.Equal(t, http.StatusServiceUnavailable, code)
		assert.Contains(t, body, "waiting for the first tick")
		code, _ = get(t, d, "/healthz")
		assert.Equal(t, http.StatusOK, code, "it is alive all the same")

		time.Sleep(31 * time.Second)
		assert.Equal(t, healthpb.HealthCheckResponse_SERVING, serving(t, d, ""))
		code, _ = get(t, d, "/readyz")
		assert.Equal(t, http.StatusOK, code)
	})
}

func TestADaemonThatLosesItsHealthTellsDiscoveryAndComesBack(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		var full atomic.Bool
		d := daemon.StartTest(t, chassis(t, network, "custodian"), daemon.Service{Health: func(context.Context) error {
			if full.Load() {
				return errors.New("disk full")
			}
			return nil
		}})
		health := func() discovery.Health {
			time.Sleep(2 * time.Second)
			found, err := d.Directory.Lookup(context.Background(), "custodian")
			require.NoError(t, err)
			require.Len(t, found, 1)
			return found[0].Health
		}
		assert.Equal(t, discovery.Serving, health())
		full.Store(true)
		assert.Equal(t, discovery.NotServing, health())
		_, body := get(t, d, "/readyz")
		assert.Contains(t, body, "disk full")
		full.Store(false)
		assert.Equal(t, discovery.Serving, health())
	})
}

func TestADaemonStartsWithoutRedisAndRegistersWhenItComes(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		d := daemon.StartTest(t, chassis(t, network, "audit"), daemon.Service{})
		time.Sleep(time.Minute)
		code, body := get(t, d, "/readyz")
		assert.Equal(t, http.StatusOK, code, "it serves on")
		assert.Contains(t, body, "degraded")
		redis := kittest.Redis(t, network)
		time.Sleep(time.Minute)
		assert.NotEmpty(t, redis.Keys())
	})
}

func TestATakenPortIsAnErrorThatNamesThePortAndTheSetting(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		fix := func(c *settings.Common, _ *daemon.Options) { c.GRPCAddr = "127.0.0.1:50054" }
		daemon.StartTest(t, chassis(t, network, "exchange", fix), daemon.Service{})
		err := chassis(t, network, "exchange", fix).Run(context.Background(), daemon.Service{})
		require.ErrorContains(t, err, "GRPC_ADDR 127.0.0.1:50054")
		assert.ErrorContains(t, err, "address already in use")
	})
}

func TestADaemonEndsWhenStandardInputDoesAndWasAskedTo(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		reader, writer := io.Pipe()
		made := chassis(t, network, "exchange", func(c *settings.Common, o *daemon.Options) {
			c.StopOnStdinEOF, o.Stdin = true, reader
		})
		done := make(chan error, 1)
		go func() { done <- made.Run(context.Background(), daemon.Service{}) }()
		<-made.Serving()
		require.NoError(t, writer.Close())
		require.NoError(t, <-done)
	})
}

func TestADaemonWhoseOwnWorkFailsEndsAndSaysWhy(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		made := chassis(t, network, "market-data")
		err := made.Run(context.Background(), daemon.Service{Run: func(context.Context) error { return errors.New("no profile") }})
		require.ErrorContains(t, err, "market-data cannot go on: no profile")
	})
}

func TestAHangingCallDelaysTheStopByFiveSecondsAtMost(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		d := daemon.StartTest(t, chassis(t, network, "exchange"), daemon.Service{})
		faults := faultv1.NewFaultServiceClient(d.Conn)
		_, err := faults.InjectFault(context.Background(), &faultv1.InjectFaultRequest{Spec: &faultv1.FaultSpec{
			Duration: durationpb.New(time.Hour), Effect: &faultv1.FaultSpec_BlackHole{BlackHole: &faultv1.BlackHole{}},
		}})
		require.NoError(t, err)
		start := time.Now()
		require.NoError(t, d.Stop())
		assert.Less(t, time.Since(start), 10*time.Second)
	})
}

func TestFaultsAreServedByEveryDaemonAlsoAsJSON(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		d := daemon.StartTest(t, chassis(t, network, "exchange"), daemon.Service{})
		body := `{"spec":{"duration":"60s","abort":{"code":14}}}`
		response, err := d.HTTP.Post("http://daemon/v1/faults", "application/json", strings.NewReader(body))
		require.NoError(t, err)
		answer, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode, string(answer))
		_, ready := get(t, d, "/readyz")
		assert.Contains(t, ready, `"faults"`)
		_, document := get(t, d, "/openapi.json")
		assert.Contains(t, document, "/v1/faults/clear")
		time.Sleep(61 * time.Second)
		_, list := get(t, d, "/v1/faults")
		assert.JSONEq(t, `{"faults":[],"nextPageToken":""}`, list)
	})
}

func TestAPeerIsFoundByNameAndItsStateShowsInReadiness(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		exchange := daemon.StartTest(t, chassis(t, network, "exchange"), daemon.Service{})
		custodian := daemon.StartTest(t, chassis(t, network, "custodian"), daemon.Service{})
		time.Sleep(time.Second)
		response, err := custodian.Peers.Exchange().Health.Check(context.Background(), &healthpb.HealthCheckRequest{Service: "exchange"})
		require.NoError(t, err)
		assert.Equal(t, healthpb.HealthCheckResponse_SERVING, response.GetStatus())
		_, body := get(t, custodian, "/readyz")
		assert.Contains(t, body, "peer:exchange")

		require.NoError(t, exchange.Stop())
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, err = custodian.Peers.Exchange().Health.Check(ctx, &healthpb.HealthCheckRequest{Service: "exchange"})
		assert.Equal(t, codes.Unavailable, status.Code(err))
	})
}

func TestTheConfigurationCanBeCheckedWithoutBinding(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		check := func(c *settings.Common, _ *daemon.Options) { c.CheckConfig = true }
		made := chassis(t, network, "exchange", check)
		require.NoError(t, made.Run(context.Background(), daemon.Service{}))
		_, err := daemon.New("exchange", settings.Common{GRPCAddr: "nonsense"}, daemon.Options{})
		require.ErrorContains(t, err, "nonsense")
	})
}
