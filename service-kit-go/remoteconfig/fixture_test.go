// What the tests of remoteconfig share: a configuration server that can be slow, away or wrong, and clients of it in a bubble
// of virtual time.
package remoteconfig_test

import (
	"context"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9/logging"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/trading-ecosystem/service-kit-go/kittest"
	"github.com/trading-ecosystem/service-kit-go/remoteconfig"
)

func TestMain(m *testing.M) {
	logging.Disable()
	goleak.VerifyTestMain(m)
}

// market is the document that most tests read.
type market struct {
	Profile string `json:"profile"`
}

// server is a configuration server, as an http.RoundTripper.
type server struct {
	mu        sync.Mutex
	documents map[string]string
	takes     time.Duration // for an answer
	away      error         // what a request ends with instead of an answer
	withoutID bool          // no ETag
	requests  []string      // what was asked for: document and, when there is one, the ETag
	most      int           // requests at the same time
	now       int
}

// change changes the server in some way, whatever is under way.
func (s *server) change(how func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	how()
}

func (s *server) offers(document, content string) {
	s.change(func() { s.documents[document] = content })
}

func (s *server) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.requests...)
}

// RoundTrip implements http.RoundTripper. The answer is what is offered when the request arrives.
func (s *server) RoundTrip(request *http.Request) (*http.Response, error) {
	document := path.Base(request.URL.Path)
	given := request.Header.Get("If-None-Match")
	s.mu.Lock()
	s.requests = append(s.requests, strings.TrimSpace(document+" "+given))
	s.now++
	s.most = max(s.most, s.now)
	content, known := s.documents[document]
	takes, away, withoutID := s.takes, s.away, s.withoutID
	s.mu.Unlock()
	defer s.change(func() { s.now-- })
	select {
	case <-time.After(takes):
	case <-request.Context().Done():
		return nil, request.Context().Err()
	}
	response := &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Header: http.Header{}, Request: request,
		Body: io.NopCloser(strings.NewReader(content)),
	}
	switch tag := `"` + content + `"`; {
	case away != nil:
		return nil, away
	case !known:
		response.StatusCode, response.Status = http.StatusNotFound, "404 Not Found"
	case given == tag:
		response.StatusCode, response.Body = http.StatusNotModified, http.NoBody
	case !withoutID:
		response.Header.Set("ETag", tag)
	}
	return response, nil
}

// house is a client, its server and its metrics.
type house struct {
	t        *testing.T
	server   *server
	registry *prometheus.Registry
	client   *remoteconfig.Client
}

// inHouse runs a test in a bubble, with a client that runs and whose defaults hold the market document "default".
func inHouse(t *testing.T, test func(t *testing.T, h *house)) {
	kittest.Run(t, func(t *testing.T, _ *kittest.Network) {
		h := &house{t: t, server: &server{documents: map[string]string{}}, registry: prometheus.NewRegistry()}
		h.client = remoteconfig.New(remoteconfig.Options{
			BaseURL: "http://10.0.0.9:8090/", HTTP: &http.Client{Transport: h.server}, Defaults: defaults,
			Log: quiet(t), Registerer: h.registry,
		})
		background(t, h.client.Run)
		test(t, h)
	})
}

var defaults = fstest.MapFS{"market.json": {Data: []byte(`{"profile": "default"}`)}}

func background(t *testing.T, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
}

// profile reads the market document, which must succeed.
func (h *house) profile() string {
	h.t.Helper()
	read, err := h.get()
	require.NoError(h.t, err)
	return read.Profile
}

func (h *house) get() (market, error) {
	return remoteconfig.Get[market](context.Background(), h.client, "market")
}

// metric adds up a metric over those of its labels that are given as name, value.
func (h *house) metric(name string, labels ...string) (sum float64) {
	h.t.Helper()
	families, err := h.registry.Gather()
	require.NoError(h.t, err)
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			matches := family.GetName() == name
			for _, pair := range metric.GetLabel() {
				for i := 0; i < len(labels); i += 2 {
					matches = matches && (pair.GetName() != labels[i] || pair.GetValue() == labels[i+1])
				}
			}
			if matches {
				sum += metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + float64(metric.GetHistogram().GetSampleCount())
			}
		}
	}
	return sum
}

func quiet(t testing.TB) *logrus.Logger {
	log := logrus.New()
	log.SetOutput(t.Output())
	return log
}

// after lets virtual time pass until everyone rests.
func after(wait time.Duration) {
	time.Sleep(wait)
	synctest.Wait()
}
