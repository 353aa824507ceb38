package httpserver_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/httpserver"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

func options(readiness *httpserver.Readiness) httpserver.Options {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return httpserver.Options{
		OpenAPI: []byte(`{"swagger": "2.0"}`), Log: log, Registry: prometheus.NewRegistry(),
		Settings:  settings.Common{GRPCAddr: "127.0.0.1:50054", RedisURL: "redis://u:hunter2@redis:6379"},
		Readiness: func() httpserver.Readiness { return *readiness },
		Gateway:   http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }),
	}
}

func ask(t *testing.T, o httpserver.Options, method, path, body string) (code int, answer string) {
	t.Helper()
	server := httpserver.New(o)
	recorder := httptest.NewRecorder()
	server.Handler.ServeHTTP(recorder, httptest.NewRequest(method, path, strings.NewReader(body)))
	return recorder.Code, recorder.Body.String()
}

func TestReadinessIs503UntilReadyAndNamesEachDependency(t *testing.T) {
	readiness := &httpserver.Readiness{
		Name: "exchange", State: "impaired", Reason: "no prices",
		Dependencies: []health.Dependency{{Name: "redis", State: health.Degraded, Since: time.Now(), LastError: "refused"}},
	}
	o := options(readiness)
	code, body := ask(t, o, http.MethodGet, "/readyz", "")
	assert.Equal(t, http.StatusServiceUnavailable, code)
	var got httpserver.Readiness
	require.NoError(t, json.Unmarshal([]byte(body), &got))
	assert.Equal(t, "no prices", got.Reason)
	assert.Equal(t, "refused", got.Dependencies[0].LastError)
	readiness.Ready = true
	code, _ = ask(t, o, http.MethodGet, "/readyz", "")
	assert.Equal(t, http.StatusOK, code)
}

func TestAliveMetricsBuildAndProfilesAnswer(t *testing.T) {
	o := options(&httpserver.Readiness{})
	for _, path := range []string{"/healthz", "/metrics", "/buildinfo", "/debug/pprof/", "/openapi.json"} {
		code, _ := ask(t, o, http.MethodGet, path, "")
		assert.Equal(t, http.StatusOK, code, path)
	}
	code, _ := ask(t, o, http.MethodGet, "/nowhere", "")
	assert.Equal(t, http.StatusNotFound, code)
}

func TestTheEffectiveSettingsShowWithoutSecrets(t *testing.T) {
	code, body := ask(t, options(&httpserver.Readiness{}), http.MethodGet, "/config", "")
	assert.Equal(t, http.StatusOK, code)
	assert.Contains(t, body, "127.0.0.1:50054")
	assert.NotContains(t, body, "hunter2")
}

func TestTheLogLevelCanBeChangedAndABadOneIsRefused(t *testing.T) {
	o := options(&httpserver.Readiness{})
	code, body := ask(t, o, http.MethodPut, "/loglevel", "debug")
	assert.Equal(t, http.StatusOK, code)
	assert.Contains(t, body, "debug")
	assert.Equal(t, logrus.DebugLevel, o.Log.GetLevel())
	code, body = ask(t, o, http.MethodPut, "/loglevel", "loud")
	assert.Equal(t, http.StatusBadRequest, code)
	assert.Contains(t, body, "loud")
	assert.Equal(t, logrus.DebugLevel, o.Log.GetLevel())
	code, _ = ask(t, o, http.MethodDelete, "/loglevel", "")
	assert.Equal(t, http.StatusMethodNotAllowed, code)
}

func TestABodyBeyondTheLimitIsCutOff(t *testing.T) {
	_, body := ask(t, options(&httpserver.Readiness{}), http.MethodPost, "/v1/orders", strings.Repeat("x", httpserver.MaxBodyBytes+1))
	assert.LessOrEqual(t, len(body), httpserver.MaxBodyBytes)
}

// A body that never comes must not hold a connection outside the gateway either. The deadline itself is net/http's; that it is
// set before the handler reads is what can be seen here.
func TestABodyIsGivenADeadlineOnEveryPath(t *testing.T) {
	for _, path := range []string{"/loglevel", "/v1/orders", "/debug/pprof/symbol"} {
		recorder := &deadlined{ResponseRecorder: httptest.NewRecorder()}
		request := httptest.NewRequest(http.MethodPut, path, strings.NewReader("info"))
		httpserver.New(options(&httpserver.Readiness{})).Handler.ServeHTTP(recorder, request)
		assert.WithinDuration(t, time.Now().Add(httpserver.ReadBodyTimeout), recorder.deadline, httpserver.ReadBodyTimeout/2, path)
	}
}

// deadlined is a response writer that keeps the deadline that was set on its connection.
type deadlined struct {
	*httptest.ResponseRecorder
	deadline time.Time
}

// SetReadDeadline is what http.ResponseController looks for.
func (d *deadlined) SetReadDeadline(deadline time.Time) error {
	d.deadline = deadline
	return nil
}
