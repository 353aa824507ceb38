// Package httpserver is the HTTP side of every daemon: is it alive and ready, what are its metrics, settings and build, and the
// JSON form of its gRPC services.
package httpserver

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/pprof"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// The limits of every HTTP server. Writing has none, because a stream may go on for as long as its reader reads.
const (
	ReadHeaderTimeout = 5 * time.Second
	ReadBodyTimeout   = 30 * time.Second
	IdleTimeout       = 2 * time.Minute
	MaxHeaderBytes    = 16 << 10
	MaxBodyBytes      = 4 << 20
)

// Options are what a server needs from its daemon.
type Options struct {
	Log       *logrus.Logger
	Registry  *prometheus.Registry
	Settings  any              // the effective settings, shown as JSON; secrets redact themselves
	Readiness func() Readiness // must not block
	Gateway   http.Handler     // the JSON form of the gRPC services, under /v1/
	OpenAPI   json.RawMessage  // the document of that JSON form
}

// Readiness is what /readyz answers with.
type Readiness struct {
	Name         string              `json:"name"`
	InstanceID   string              `json:"instance_id"`
	Version      string              `json:"version"`
	State        string              `json:"state"` // as the lifecycle names it, e.g. "serving"
	Ready        bool                `json:"ready"`
	Since        time.Time           `json:"since"`
	Reason       string              `json:"reason,omitempty"` // why it is not ready
	Dependencies []health.Dependency `json:"dependencies"`
}

// New makes a server.
func New(options Options) *http.Server {
	mux := http.NewServeMux()
	show := func(path string, body func() any) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, body()) })
	}
	show("/healthz", func() any { return map[string]string{"status": "alive"} })
	show("/buildinfo", func() any {
		build, _ := debug.ReadBuildInfo() // modules and settings of the build; null for a binary without them
		return map[string]any{"version": settings.Version, "build": build}
	})
	show("/config", func() any { return options.Settings })
	if options.OpenAPI != nil {
		show("/openapi.json", func() any { return options.OpenAPI })
	}
	show("/loglevel", func() any { return map[string]string{"level": options.Log.GetLevel().String()} })
	mux.HandleFunc("PUT /loglevel", func(w http.ResponseWriter, r *http.Request) { setLogLevel(w, r, options.Log) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		readiness := options.Readiness()
		answer(w, map[bool]int{true: http.StatusOK, false: http.StatusServiceUnavailable}[readiness.Ready], readiness)
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(options.Registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.Handle("/v1/", options.Gateway)
	return &http.Server{
		Handler: http.MaxBytesHandler(limitBodyTime(mux), MaxBodyBytes), ReadHeaderTimeout: ReadHeaderTimeout, IdleTimeout: IdleTimeout, MaxHeaderBytes: MaxHeaderBytes,
	}
}

// limitBodyTime bounds how long a request's body may take. The server's own ReadTimeout would do so too, but it would also
// end the streams of requests that have no body.
func limitBodyTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			// An error means that the connection has no deadlines, as in a test without sockets.
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(ReadBodyTimeout))
		}
		next.ServeHTTP(w, r)
	})
}

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(body) // the reader has gone: nobody is left to tell
}

// setLogLevel takes a level as plain text.
func setLogLevel(w http.ResponseWriter, r *http.Request, log *logrus.Logger) {
	text, _ := io.ReadAll(io.LimitReader(r.Body, 16))
	level, err := logrus.ParseLevel(string(text))
	if err != nil {
		problem := fmt.Sprintf("log level %q: send trace, debug, info, warn or error as the body", text)
		answer(w, http.StatusBadRequest, map[string]string{"error": problem})
		return
	}
	log.WithFields(logrus.Fields{"from": log.GetLevel().String(), "to": level.String()}).Warn("log level changed")
	log.SetLevel(level)
	answer(w, http.StatusOK, map[string]string{"level": level.String()})
}
