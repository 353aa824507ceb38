package configserver

// The HTTP face of the documents. Errors have the JSON form of a gRPC status, as everywhere else in the fleet.

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/trading-ecosystem/fleet/internal/document"
	"github.com/trading-ecosystem/fleet/internal/roster"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// listing is one row of GET /v1/config.
type listing struct {
	Name   string `json:"name"`
	ETag   string `json:"etag,omitempty"`
	Source string `json:"source,omitempty"` // path of the file, or "shipped"
	Error  string `json:"error,omitempty"`  // why the file as it stands is not served
}

type handler struct {
	library  *document.Library
	requests *prometheus.CounterVec // by HTTP status
}

// newHandler answers GET (and HEAD) of /v1/config and /v1/config/<document>.
func newHandler(library *document.Library, registry prometheus.Registerer) http.Handler {
	h := handler{library: library, requests: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "config_requests_total", Help: "Requests for configuration documents, by HTTP status.",
	}, []string{"code"})}
	registry.MustRegister(h.requests)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/config", h.list)
	mux.HandleFunc("GET /v1/config/{document...}", h.get)
	mux.HandleFunc("/v1/config/", notAllowed)
	mux.HandleFunc("/v1/config", notAllowed)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, errs.New(errs.NotFound, "UNKNOWN_PATH", "nothing at %s: documents are at /v1/config/<document>", r.URL.Path))
	})
	return h.counted(mux)
}

func (h handler) list(w http.ResponseWriter, _ *http.Request) {
	rows := []listing{}
	for _, name := range h.library.Names() {
		row := listing{Name: name}
		if found, err := h.library.Get(name); err == nil {
			row.ETag, row.Source = found.ETag, found.Source
		}
		if err := h.library.Broken(name); err != nil {
			row.Error = err.Error()
		}
		rows = append(rows, row)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"documents": rows}) // the reader has gone: nobody is left to tell
}

func (h handler) get(w http.ResponseWriter, r *http.Request) {
	found, err := h.library.Get(r.PathValue("document"))
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache") // keep it, but ask whether it is still current
	w.Header().Set("ETag", found.ETag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(found.Text)) // answers If-None-Match by the ETag
}

func notAllowed(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Allow", "GET, HEAD")
	body, _ := protojson.Marshal(errs.Status(errs.New(errs.Invalid, "METHOD_NOT_ALLOWED",
		"%s is not offered: documents are read here, and changed by editing their files", r.Method), roster.Config.Name).Proto())
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusMethodNotAllowed)
	_, _ = w.Write(body)
}

func refuse(w http.ResponseWriter, err error) {
	status := errs.Status(err, roster.Config.Name)
	body, _ := protojson.Marshal(status.Proto()) // fails only for details of unknown type, which errs has none of
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(runtime.HTTPStatusFromCode(status.Code()))
	_, _ = w.Write(body)
}

// counted counts requests by status.
func (h handler) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := &statusRecorder{ResponseWriter: w, code: http.StatusOK}
		next.ServeHTTP(recorder, r)
		h.requests.WithLabelValues(http.StatusText(recorder.code)).Inc()
	})
}

type statusRecorder struct {
	http.ResponseWriter
	code int
}

// WriteHeader implements http.ResponseWriter.
func (r *statusRecorder) WriteHeader(code int) {
	r.code = code
	r.ResponseWriter.WriteHeader(code)
}
