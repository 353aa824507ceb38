// Package configserver offers the configuration documents to the fleet over HTTP, tells it when one changes, and registers itself
// in discovery.
package configserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"
	"github.com/sirupsen/logrus"
	"golang.org/x/sync/errgroup"

	"github.com/trading-ecosystem/fleet/internal/document"
	"github.com/trading-ecosystem/fleet/internal/roster"
	"github.com/trading-ecosystem/service-kit-go/discovery"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/httpserver"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// drainLimit is how long requests may go on when the server stops.
const drainLimit = 2 * time.Second

// Options of a server.
type Options struct {
	Library  *document.Library
	Redis    redis.UniversalClient // nil: nobody is told of changes, and it is not registered
	Log      *logrus.Logger
	Settings any // what /config shows
	// AdvertiseHost is the host at which others reach the server; empty means the one it is bound to.
	AdvertiseHost string
}

// Server offers documents. Make it with New and Serve it once.
type Server struct {
	options   Options
	id        string
	started   time.Time
	http      *http.Server
	registry  *prometheus.Registry
	announcer *announcer
	registrar *discovery.Registrar // set before the first request is served
}

// New makes a server; it opens nothing.
func New(options Options) (*Server, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	server := &Server{
		options: options, id: roster.Config.Name + "-" + uuid.NewString()[:8], started: time.Now().UTC(), registry: registry,
		announcer: newAnnouncer(options.Library, options.Redis, options.Log, registry),
	}
	server.http = httpserver.New(httpserver.Options{
		Log: options.Log, Registry: registry, Settings: options.Settings, Readiness: server.readiness,
		Gateway: newHandler(options.Library, registry),
	})
	return server, nil
}

// Serve answers on the listener, which it closes in the end, until ctx ends. The error says why it could not go on.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	address := settings.Advertised(listener.Addr(), s.options.AdvertiseHost)
	s.registrar = discovery.NewRegistrar(s.options.Redis, discovery.Instance{
		Name: roster.Config.Name, InstanceID: s.id, Version: settings.Version, StartedAt: s.started,
		HTTPAddr: address, Health: discovery.Serving,
	}, s.options.Log, s.registry)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve configuration documents: %w", err)
		}
		return nil
	})
	group.Go(func() error { return s.announcer.run(ctx) })
	group.Go(func() error {
		_ = s.registrar.Run(ctx) // which in the end leaves the fleet
		s.stop()
		return nil
	})
	return group.Wait()
}

func (s *Server) stop() {
	drain, cancelDrain := context.WithTimeout(context.Background(), drainLimit)
	defer cancelDrain()
	if err := s.http.Shutdown(drain); err != nil {
		_ = s.http.Close() // somebody still reads: cut them off
	}
}

// readiness is always ready: what it leans on can only degrade it.
func (s *Server) readiness() httpserver.Readiness {
	dependencies := s.registrar.Dependencies()
	for _, name := range s.options.Library.Names() {
		dependency := health.Dependency{Name: "document:" + name, State: health.Up, Since: s.started}
		if err := s.options.Library.Broken(name); err != nil {
			dependency.State, dependency.LastError = health.Degraded, err.Error()
		}
		dependencies = append(dependencies, dependency)
	}
	return httpserver.Readiness{
		Name: roster.Config.Name, InstanceID: s.id, Version: settings.Version, State: "serving", Ready: true, Since: s.started,
		Dependencies: dependencies,
	}
}
