// Package marketdatasim is the market data of the fleet: simulated prices that look like real ones, streamed over gRPC. It
// reads what to simulate, wires the price path to the feed and the feed to its gRPC door.
//
//	documents -> path.Path -> feed.Hub -> grpcapi.Server
package marketdatasim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	documents "github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/scenarios"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/simulation"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/infrastructure/scenariolog"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/presentation/feed"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/presentation/grpcapi"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/remoteconfig"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// Name is the logical name: in discovery, in health checks and as the domain of errors.
const Name = "market-data"

// The addresses that are bound by default.
const (
	DefaultGRPCAddr = "127.0.0.1:50055"
	DefaultHTTPAddr = "127.0.0.1:8085"
)

// Config are the settings of the daemon. Replicas with the same seed, profile and documents publish the same prices.
type Config struct {
	settings.Common `embed:""`

	Profile        string `json:"PROFILE" name:"profile" env:"PROFILE" help:"Price profile: a shipped name (lively, calm) or a file that calibrate wrote; by default what the market document says."`
	MaxSubscribers int    `json:"MAX_SUBSCRIBERS" name:"max-subscribers" env:"MAX_SUBSCRIBERS" default:"10000" help:"Most price streams open at once; further ones are refused."`

	MaxSubscriptions int `json:"MAX_SUBSCRIPTIONS" name:"max-subscriptions" env:"MAX_SUBSCRIPTIONS" default:"100000" help:"Most symbols that all open price streams together follow; streams that would exceed it are refused."`
}

// Validate says what is wrong with the settings.
func (c Config) Validate() error {
	if c.MaxSubscribers < 0 {
		return fmt.Errorf("MAX_SUBSCRIBERS is %d: want a positive number, or 0 for %d", c.MaxSubscribers, feed.DefaultSubscribers)
	}
	if c.MaxSubscriptions < 0 {
		return fmt.Errorf("MAX_SUBSCRIPTIONS is %d: want a positive number, or 0 for %d", c.MaxSubscriptions, feed.DefaultSubscriptions)
	}
	return c.Common.Validate()
}

// Simulator is the daemon. Make it with New and run it once.
type Simulator struct {
	*daemon.Chassis
	hub       *feed.Hub
	api       *grpcapi.Server
	book      *scenariolog.Book
	scenarios *grpcapi.ScenarioServer
	faults    *grpcapi.FeedFaultServer
	profile   string          // that was asked for; empty for the market document's
	documents *health.Tracker // whether they are still those that prices are made from
}

// New makes the daemon; it binds nothing yet. It fails on a setting or a configuration document that cannot be right.
// Unless the options bring documents of their own, it falls back to those shipped.
func New(config Config, options daemon.Options) (*Simulator, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if options.Defaults == nil {
		options.Defaults = documents.Documents
	}
	options.Settings = config
	chassis, err := daemon.New(Name, config.Common, options)
	if err != nil {
		return nil, err
	}
	s := &Simulator{Chassis: chassis, profile: config.Profile, documents: health.NewTracker("market-documents", health.Degraded)}
	if err := s.build(config); err != nil {
		return nil, errors.Join(err, chassis.Close())
	}
	return s, nil
}

// build makes the feed of the market that the documents describe.
func (s *Simulator) build(config Config) error {
	market, err := readMarket(context.Background(), s.Config, config.Profile)
	if err != nil {
		return err
	}
	if _, err := remoteconfig.Get[scenarios.Document](context.Background(), s.Config, "scenarios"); err != nil {
		return err
	}
	prices, err := market.path(config.Seed)
	if err != nil {
		return err
	}
	s.book = scenariolog.New(scenariolog.Options{Redis: s.Redis(), Clock: market.clock, Log: s.Log})
	s.scenarios = grpcapi.NewScenarioServer(s.book, market.instruments, func(ctx context.Context) (scenarios.Document, error) {
		return remoteconfig.Get[scenarios.Document](ctx, s.Config, "scenarios")
	})
	copies := scenariolog.NewCopies(prices, s.book)
	s.hub = feed.New(feed.Options{
		Source: scenariolog.NewPrices(prices, s.book), Instruments: market.instruments, Schedule: feed.NewSchedule(market.clock, prices.Epoch()),
		Past:        func(until uint64) (feed.Charted, error) { return copies.Prices(until) },
		Subscribers: config.MaxSubscribers, Subscriptions: config.MaxSubscriptions, Registerer: s.Registry, Log: s.Log,
	})
	world, err := simulation.NewWorld(market.profile, market.instruments)
	if err != nil {
		return err
	}
	s.api = grpcapi.NewServer(s.hub, market.instruments, grpcapi.NewSimulations(world, market.profile.Name))
	s.faults = grpcapi.NewFeedFaultServer(s.hub.Faults(), market.instruments)
	s.api.Previewer = grpcapi.NewPreviewer(s.scenarios, copies)
	s.api.History = grpcapi.NewHistory(scenariolog.NewPrices(prices.Fork(), s.book), s.book.Now)
	s.Log.WithField("profile", market.profile.Name).WithField("seed", config.Seed).
		WithField("instruments", len(market.instruments)).WithField("clock_scale", market.clock.Scale).Info("market")
	return nil
}

// Service is what the daemon serves beside what every daemon does.
func (s *Simulator) Service() daemon.Service {
	return daemon.Service{
		Register: func(registrar grpc.ServiceRegistrar) {
			marketdatav1.RegisterMarketDataServiceServer(registrar, s.api)
			marketdatav1.RegisterScenarioServiceServer(registrar, s.scenarios)
			marketdatav1.RegisterFeedFaultServiceServer(registrar, s.faults)
		},
		Gateway: []func(context.Context, *runtime.ServeMux, *grpc.ClientConn) error{
			marketdatav1.RegisterMarketDataServiceHandler, marketdatav1.RegisterScenarioServiceHandler,
			marketdatav1.RegisterFeedFaultServiceHandler,
		},
		OpenAPI:       []string{"marketdata.v1"},
		Health:        s.hub.Health,
		Run:           s.publish,
		Sources:       []health.Source{s.documents, s.book, s.hub.Faults()},
		ServerOptions: []grpc.ServerOption{grpc.ForceServerCodecV2(feed.Codec())},
	}
}

// logPatience is how long the first price waits for the scenario log.
const logPatience = 2 * time.Second

// publish runs the feed under the scenario log, and says so when a document changes that only a new start can take up.
func (s *Simulator) publish(ctx context.Context) error {
	for _, document := range marketDocuments {
		defer s.Config.Watch(document, func() { s.outdated(ctx, document) })()
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.book.Run(ctx) })
	group.Go(func() error {
		s.book.CaughtUp(ctx, logPatience)
		return s.hub.Run(ctx)
	})
	return group.Wait()
}

// outdated notes that a document is no longer the one that prices are made from, in the log and in /readyz: a replica that starts
// now would publish other prices, or, with a document that makes no market, could not start.
func (s *Simulator) outdated(ctx context.Context, document string) {
	err := fmt.Errorf("document %q has changed: restart to use it, all replicas together", document)
	if _, bad := readMarket(ctx, s.Config, s.profile); bad != nil {
		err = fmt.Errorf("document %q has changed and cannot be used: mend it before the next start: %w", document, bad)
	}
	s.documents.Observe(err)
	s.Log.WithError(err).WithField("document", document).Warn("prices are still made from the documents read at the start")
}

// Run serves until the context ends.
func (s *Simulator) Run(ctx context.Context) error { return s.Chassis.Run(ctx, s.Service()) }
