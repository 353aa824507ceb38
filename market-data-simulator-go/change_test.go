package marketdatasim_test

import (
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	marketdatasim "github.com/trading-ecosystem/market-data-simulator-go"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/kittest"
	"github.com/trading-ecosystem/service-kit-go/remoteconfig"
)

// journal keeps a log.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

// String returns all that was logged.
func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

const configAddress = "10.0.0.9:8090"

// serveDocuments is a configuration server on the network; its market document names the profile.
func serveDocuments(t *testing.T, network *kittest.Network, profile *atomic.Value) {
	socket, err := network.Listen(t.Context(), configAddress)
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		name := strings.TrimPrefix(request.URL.Path, "/v1/config/")
		documents := marketdatasim.Documents(map[string]string{
			"market": `{"profile": "` + profile.Load().(string) + `"}`,
			"clock":  `{"wall_anchor": "2000-01-01T00:00:00Z", "business_anchor": "2026-02-01T00:00:00Z", "scale": 1}`,
		})
		content, err := fs.ReadFile(documents, name+".json")
		if err != nil {
			http.NotFound(response, request)
			return
		}
		_, _ = response.Write(content)
	})}
	go func() { _ = server.Serve(socket) }()
	t.Cleanup(func() { require.NoError(t, server.Close()) })
}

func testADocumentThatChangesIsNamedInTheLogBecauseItNeedsANewStart(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		var profile atomic.Value
		profile.Store("calm")
		serveDocuments(t, network, &profile)
		log := &journal{}
		d, _ := startOn(t, network, func(config *marketdatasim.Config, options *daemon.Options) {
			config.ConfigURL, options.LogOutput, config.LogLevel = "http://"+configAddress, log, "info"
		})
		assert.Contains(t, log.String(), "profile=calm", "the server's document counts, not the shipped one")
		assert.NotContains(t, log.String(), "restart to use it")
		profile.Store("lively")
		time.Sleep(remoteconfig.TTL + time.Minute)
		assert.Contains(t, log.String(), "has changed: restart to use it")
		assert.Contains(t, log.String(), "document=market")
		assert.Contains(t, readiness(t, d), "restart to use it", "a replica that starts now would publish other prices")
		profile.Store("nope")
		time.Sleep(remoteconfig.TTL + time.Minute)
		assert.Contains(t, readiness(t, d), "cannot be used")
		assert.Contains(t, readiness(t, d), "nope")
	})
}

func readiness(t *testing.T, d *daemon.TestDaemon) string {
	response, err := d.HTTP.Get("http://market-data/readyz")
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(text)
}
