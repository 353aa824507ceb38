package status

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/trading-ecosystem/service-kit-go/discovery"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/httpserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// network answers /readyz by host:port; hosts that it does not know refuse the connection, those with nil never answer.
type network map[string]*httpserver.Readiness

func (n network) RoundTrip(request *http.Request) (*http.Response, error) {
	readiness, known := n[request.URL.Host]
	switch {
	case !known:
		return nil, errors.New("connection refused")
	case readiness == nil:
		<-request.Context().Done()
		return nil, request.Context().Err()
	}
	body, err := json.Marshal(readiness)
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(body))}, err
}

func ready(name, id string, dependencies ...health.Dependency) *httpserver.Readiness {
	return &httpserver.Readiness{
		Name: name, InstanceID: id, Version: "v1", State: "serving", Ready: true, Since: noon, Dependencies: dependencies,
	}
}

func registered(name, id, grpc, http string) discovery.Instance {
	return discovery.Instance{Name: name, InstanceID: id, GRPCAddr: grpc, HTTPAddr: http, Health: discovery.Serving, StartedAt: noon}
}

// directory answers look-ups.
type directory map[string][]discovery.Instance

func (d directory) lookup(_ context.Context, name string) ([]discovery.Instance, error) {
	return d[name], nil
}

func gather(t *testing.T, lookup Lookup, network network) []Row {
	t.Helper()
	rows, err := Gather(t.Context(), lookup, &http.Client{Transport: network})
	require.NoError(t, err)
	return rows
}

func row(t *testing.T, rows []Row, name string) Row {
	t.Helper()
	for _, row := range rows {
		if row.Name == name {
			return row
		}
	}
	require.FailNow(t, "no row", name)
	return Row{}
}

// A fleet in which everything that can be wrong is.
func troubled() (directory, network) {
	gone := health.Dependency{Name: "redis", State: health.Degraded, LastError: "dial tcp 127.0.0.1:6379:\nconnection refused"}
	impaired := ready("exchange", "exchange-1")
	impaired.Ready, impaired.Reason = false, "journal is down: no space left on device"
	instances := directory{
		"market-data": {
			registered("market-data", "market-data-1", "h:1", "h:2"), registered("market-data", "market-data-2", "h:3", "h:4"),
		},
		"exchange":     {registered("exchange", "exchange-1", "h:5", "h:6")},
		"custodian":    {{Name: "custodian", GRPCAddr: "h:7", HTTPAddr: "h:8"}},
		"risk-monitor": {registered("risk-monitor", "bot", "", "h:9")},
		"config":       {registered("config", "config-1", "", "h:10")},
	}
	return instances, network{
		"h:2": ready("market-data", "market-data-1"), "h:4": ready("market-data", "market-data-2", gone),
		"h:6": impaired, "h:8": ready("custodian", "custodian-1"), "h:10": ready("audit", "audit-1"),
	}
}

func TestTableShowsEverybodyAndWhyTheyAreNotHealthy(t *testing.T) {
	directory, network := troubled()
	got := Table(gather(t, directory.lookup, network))
	path := filepath.Join("testdata", "table.txt")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o750))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

func TestNamesOfTheFleetHaveARowEvenWhenNobodyIsThere(t *testing.T) {
	rows := gather(t, directory{}.lookup, network{})
	var names []string
	for _, row := range rows {
		names = append(names, row.Name)
		assert.Equal(t, "not registered", row.Detail)
		assert.False(t, row.Healthy)
	}
	assert.Equal(t, []string{"market-data", "exchange", "custodian", "audit", "config"}, names, "guests only when they are there")
}

func TestReasonOfOneThatIsNotReadyNamesTheDependency(t *testing.T) {
	directory, network := troubled()
	exchange := row(t, gather(t, directory.lookup, network), "exchange")
	assert.False(t, exchange.Healthy)
	assert.Equal(t, "journal is down: no space left on device", exchange.Detail)
}

func TestOneThatNobodyRegisteredIsAskedAndSaidToBeMissingInDiscovery(t *testing.T) {
	directory, network := troubled()
	custodian := row(t, gather(t, directory.lookup, network), "custodian")
	assert.True(t, custodian.Healthy)
	assert.False(t, custodian.Registered)
	assert.Equal(t, "custodian-1", custodian.InstanceID)
	assert.Equal(t, "not registered", custodian.Detail)
}

func TestOneThatDoesNotAnswerIsGivenUpInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := time.Now()
		rows := gather(t, directory{"audit": {registered("audit", "audit-1", "h:1", "h:2")}}.lookup, network{"h:2": nil})
		assert.Equal(t, patience, time.Since(asked))
		assert.Equal(t, "no answer: context deadline exceeded", row(t, rows, "audit").Detail)
	})
}

func TestOneWithoutHTTPIsAskedOverGRPC(t *testing.T) {
	rows := gather(t, directory{"audit": {registered("audit", "audit-1", "127.0.0.1:1", "")}}.lookup, network{})
	assert.Contains(t, row(t, rows, "audit").Detail, "no answer over gRPC: Unavailable")
}

func TestDiscoveryThatFailsIsToldBesideWhatCouldBeFound(t *testing.T) {
	directory, network := troubled()
	failing := func(ctx context.Context, name string) ([]discovery.Instance, error) {
		found, _ := directory.lookup(ctx, name)
		return found, errors.New("redis is away")
	}
	rows, err := Gather(t.Context(), failing, &http.Client{Transport: network})
	require.ErrorContains(t, err, "redis is away")
	assert.True(t, row(t, rows, "custodian").Healthy)
}
