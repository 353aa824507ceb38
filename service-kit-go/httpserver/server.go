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
	OpenAPI   [][]byte         // OpenAPI documents to merge into one
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

// New makes a server; it fails when the OpenAPI documents do not merge.
func New(options Options) (*http.Server, error) {
	document, err := mergeOpenAPI(options.OpenAPI)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "alive"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		readiness := options.Readiness()
		code := http.StatusOK
		if !readiness.Ready {
			code = http.StatusServiceUnavailable
		}
		answer(w, code, readiness)
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(options.Registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /buildinfo", buildInfo)
	mux.HandleFunc("GET /config", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, options.Settings)
	})
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(document)
	})
	mux.Handle("/loglevel", logLevel{options.Log})
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.Handle("/v1/", http.MaxBytesHandler(limitBodyTime(options.Gateway), MaxBodyBytes))
	return &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: ReadHeaderTimeout, IdleTimeout: IdleTimeout,
		MaxHeaderBytes: MaxHeaderBytes,
	}, nil
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

func buildInfo(w http.ResponseWriter, _ *http.Request) {
	info := map[string]any{"version": settings.Version}
	if build, ok := debug.ReadBuildInfo(); ok {
		info["go"], info["path"] = build.GoVersion, build.Path
		for _, setting := range build.Settings {
			info[setting.Key] = setting.Value
		}
	}
	answer(w, http.StatusOK, info)
}

// logLevel answers GET with the level and takes a new one by PUT, as plain text.
type logLevel struct{ log *logrus.Logger }

// ServeHTTP implements http.Handler.
func (l logLevel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
	case http.MethodPut:
		text, _ := io.ReadAll(io.LimitReader(r.Body, 16))
		level, err := logrus.ParseLevel(string(text))
		if err != nil {
			answer(w, http.StatusBadRequest, map[string]string{
				"error": fmt.Sprintf("log level %q: send trace, debug, info, warn or error as the body", text),
			})
			return
		}
		l.log.WithFields(logrus.Fields{"from": l.log.GetLevel().String(), "to": level.String()}).Warn("log level changed")
		l.log.SetLevel(level)
	default:
		w.Header().Set("Allow", "GET, PUT")
		answer(w, http.StatusMethodNotAllowed, map[string]string{"error": "use GET or PUT"})
		return
	}
	answer(w, http.StatusOK, map[string]string{"level": l.log.GetLevel().String()})
}
