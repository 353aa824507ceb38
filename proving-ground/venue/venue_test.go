// Package venue_test runs the four daemons together in one process, under virtual time, and takes away what they lean on:
// Redis, the configuration server, a replica, a peer's health.
package venue_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	auditcorrelator "github.com/trading-ecosystem/audit-correlator-go"
	custodiansim "github.com/trading-ecosystem/custodian-simulator-go"
	exchangesim "github.com/trading-ecosystem/exchange-simulator-go"
	marketdatasim "github.com/trading-ecosystem/market-data-simulator-go"
	"github.com/trading-ecosystem/service-kit-go/clients"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/kittest"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// venue is the fleet on a network in memory.
type venue struct {
	network    *kittest.Network
	redis      *miniredis.Miniredis
	audit      *daemon.TestDaemon
	custodian  *daemon.TestDaemon
	exchange   *daemon.TestDaemon
	marketData []*daemon.TestDaemon
}

// open starts the fleet with so many replicas of market data.
func open(t *testing.T, network *kittest.Network, replicas int) venue {
	t.Helper()
	v := venue{network: network, redis: kittest.Redis(t, network)}
	v.audit = auditcorrelator.StartTest(t, func(c *auditcorrelator.Config, o *daemon.Options) { v.connect(t, &c.Common, o) })
	v.custodian = custodiansim.StartTest(t, func(c *custodiansim.Config, o *daemon.Options) { v.connect(t, &c.Common, o) })
	v.exchange = exchangesim.StartTest(t, func(c *exchangesim.Config, o *daemon.Options) { v.connect(t, &c.Common, o) })
	for range replicas {
		v.marketData = append(v.marketData, marketdatasim.StartTest(t,
			func(c *marketdatasim.Config, o *daemon.Options) { v.connect(t, &c.Common, o) }))
	}
	return v
}

func (v venue) connect(t *testing.T, common *settings.Common, options *daemon.Options) {
	*common, *options = kittest.Settings(), kittest.Options(t, v.network)
}

func (v venue) all() []*daemon.TestDaemon {
	return append([]*daemon.TestDaemon{v.audit, v.custodian, v.exchange}, v.marketData...)
}

// common are the clients that every daemon of the fleet offers, by logical name.
func common(peers *clients.Manager) map[string]clients.Every {
	return map[string]clients.Every{
		"audit": peers.Audit().Every, "custodian": peers.Custodian().Every,
		"exchange": peers.Exchange().Every, "market-data": peers.MarketData().Every,
	}
}

func get(t *testing.T, d *daemon.TestDaemon, path string) (code int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://daemon"+path, nil)
	require.NoError(t, err)
	response, err := d.HTTP.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(read)
}
