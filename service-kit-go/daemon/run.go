package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	"github.com/trading-ecosystem/service-kit-go/discovery"
	"github.com/trading-ecosystem/service-kit-go/grpcserver"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// How long each step of stopping may take; together they stay below the ten seconds that launchers and orchestrators
// grant.
const (
	callsLimit = 5 * time.Second
	httpLimit  = time.Second
	flushLimit = 2 * time.Second
)

// running is a daemon between bind and stop.
type running struct {
	*Chassis
	service                Service
	grpc                   *grpcserver.Server
	http                   *http.Server
	registrar              *discovery.Registrar
	grpcSocket, httpSocket net.Listener
	own                    *grpc.ClientConn // to this daemon itself, for the gateway
}

// Run binds, serves, announces, and blocks until the context ends (or standard input does, where the settings say so);
// then it drains and stops, within about nine seconds, and closes the chassis. The error tells why the daemon could not
// start or had to end; nil means that it was asked to stop.
func (c *Chassis) Run(ctx context.Context, service Service) (err error) {
	defer func() { err = errors.Join(err, c.Close()) }()
	if c.Settings.CheckConfig { // whatever is wrong has been found by the time the daemon is made
		c.Log.Info("the configuration is valid")
		return nil
	}
	r := &running{Chassis: c, service: service}
	if err := r.bind(ctx); err != nil {
		return err
	}
	defer c.state.enter(StateStopped, "stopped")
	if err := r.build(); err != nil {
		return errors.Join(err, r.grpcSocket.Close(), r.httpSocket.Close())
	}
	c.state.enter(StateStarting, "health not yet known")
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if c.Settings.StopOnStdinEOF {
		go func() { // stays until then: a read cannot be called off
			defer stop()
			_, _ = io.Copy(io.Discard, c.options.Stdin)
		}()
	}
	return r.serve(ctx)
}

// Bound is closed when both listeners are bound; from then on GRPCAddr and HTTPAddr tell where.
func (c *Chassis) Bound() <-chan struct{} { return c.bound }

// GRPCAddr is the host:port of the gRPC listener as others reach it; valid once Bound is closed.
func (c *Chassis) GRPCAddr() string { return c.grpcAddr }

// HTTPAddr is the host:port of the HTTP listener as others reach it; valid once Bound is closed.
func (c *Chassis) HTTPAddr() string { return c.httpAddr }

// Serving is closed when the daemon serves for the first time.
func (c *Chassis) Serving() <-chan struct{} { return c.state.serving }

func (r *running) bind(ctx context.Context) (err error) {
	if r.grpcSocket, err = r.listen(ctx, "GRPC_ADDR", r.Settings.GRPCAddr); err != nil {
		return err
	}
	if r.httpSocket, err = r.listen(ctx, "HTTP_ADDR", r.Settings.HTTPAddr); err != nil {
		return errors.Join(err, r.grpcSocket.Close())
	}
	r.grpcAddr = settings.Advertised(r.grpcSocket.Addr(), r.Settings.AdvertiseAddr)
	r.httpAddr = settings.Advertised(r.httpSocket.Addr(), r.Settings.AdvertiseAddr)
	close(r.bound)
	return nil
}

func (r *running) listen(ctx context.Context, setting, address string) (net.Listener, error) {
	socket, err := r.options.Network.Listen(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("bind %s %s: %w (set another; port 0 takes a free one)", setting, address, err)
	}
	return socket, nil
}

// build makes the two servers and what announces them; nothing is served yet.
func (r *running) build() (err error) {
	r.grpc = grpcserver.New(grpcserver.Options{
		Name: r.Name, Log: r.Log, Registry: r.Registry, Tracing: r.tracing,
		Extra: append([]grpc.ServerOption{grpc.ChainUnaryInterceptor(r.Faults.Unary), grpc.ChainStreamInterceptor(r.Faults.Stream)}, r.service.ServerOptions...),
	})
	faultv1.RegisterFaultServiceServer(r.grpc, r.Faults)
	if r.service.Register != nil {
		r.service.Register(r.grpc)
	}
	r.registrar = discovery.NewRegistrar(r.redis, discovery.Instance{
		Name: r.Name, InstanceID: r.InstanceID, Version: settings.Version, StartedAt: time.Now().UTC(),
		GRPCAddr: r.grpcAddr, HTTPAddr: r.httpAddr, Health: discovery.Serving,
	}, r.Log, r.Registry)
	r.http, err = r.newHTTP()
	return err
}

// serve runs everything until something fails or the context ends, and stops it in order.
func (r *running) serve(ctx context.Context) error {
	background, cancelBackground := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelBackground()
	announced, withdraw := context.WithCancel(background)
	defer withdraw()
	group, failed := errgroup.WithContext(ctx)
	group.Go(func() error { return r.grpc.Serve(r.grpcSocket) })
	group.Go(func() error {
		if err := r.http.Serve(r.httpSocket); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error { return r.Directory.Run(background) })
	group.Go(func() error { return r.Config.Run(background) })
	if r.service.Run != nil {
		group.Go(func() error { return r.ownWork(background) })
	}
	group.Go(func() error { return r.probe(announced) })
	gone := make(chan struct{}) // closed once the fleet knows that the daemon is no more
	group.Go(func() error {
		defer close(gone)
		select {
		case <-r.Serving():
			return r.registrar.Run(announced)
		case <-announced.Done():
			return nil
		}
	})
	group.Go(func() error {
		<-failed.Done() // asked to stop, or another member failed
		r.state.enter(StateDraining, "asked to stop")
		r.Log.Info("draining")
		withdraw()
		select {
		case <-gone:
		case <-time.After(discovery.WithdrawLimit):
		}
		r.stop()
		cancelBackground()
		return nil
	})
	r.Log.WithFields(logrus.Fields{
		"grpc_addr": r.grpcAddr, "http_addr": r.httpAddr, "instance_id": r.InstanceID, "version": settings.Version,
	}).Info("listening")
	if problem := settings.OnlyLocal(r.grpcAddr, r.Settings.RedisURL); problem != "" {
		r.Log.Warn(problem)
	}
	return group.Wait()
}

func (r *running) ownWork(ctx context.Context) error {
	err := r.service.Run(ctx)
	if ctx.Err() != nil {
		return nil
	}
	err = cmp.Or(err, errors.New("it returned although nobody asked it to stop"))
	return fmt.Errorf("%s cannot go on: %w", r.Name, err)
}

// probe keeps the health status what the daemon's own check says.
func (r *running) probe(ctx context.Context) error {
	check := r.service.Health
	if check == nil {
		check = func(context.Context) error { return nil }
	}
	health.Probe(ctx, check, r.report)
	return nil
}

func (r *running) report(err error) {
	state, announced, reason := StateServing, discovery.Serving, ""
	if err != nil {
		state, announced, reason = StateImpaired, discovery.NotServing, err.Error()
	}
	if r.state.enter(state, reason) {
		r.grpc.SetServing(err == nil)
		r.registrar.SetHealth(announced)
		if err != nil {
			r.Log.WithError(err).Warn(state)
			return
		}
		r.Log.Info(state)
		r.state.tell()
	}
}

// stop lets those who are here finish. Nobody is sent here any more by now.
func (r *running) stop() {
	r.Faults.Close() // calls that a fault holds would hold the stop
	if !r.grpc.StopWithin(callsLimit) {
		r.Log.WithField("limit", callsLimit.String()).Warn("calls were still running and have been cut off")
	}
	limited, cancel := context.WithTimeout(context.Background(), httpLimit)
	defer cancel()
	if err := r.http.Shutdown(limited); err != nil {
		_ = r.http.Close() // somebody still reads: cut them off
	}
	_ = r.own.Close() // the gateway, its only user, has ended
	r.Log.Info("stopped")
}
