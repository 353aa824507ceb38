// Package exchangesim is the exchange of the fleet: the venue that orders are sent to. It puts the venue behind its journal, brings
// it prices, timers and configuration, and opens its gRPC doors.
//
//	orders ----.                                          .-> answers
//	documents --+-> commands -> journal -> venue -> events +-> feeds, history
//	prices -----+                                         '-> custodian, audit
//	timers -----'
package exchangesim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sync/errgroup"

	documents "github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/historian"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/infrastructure/prices"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/infrastructure/retention"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/infrastructure/settlement"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/infrastructure/timers"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/presentation/marketfeed"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/presentation/metrics"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/settings"
	"github.com/trading-ecosystem/service-kit-go/simclock"
)

// Name is the logical name: in discovery, in health checks and as the domain of errors.
const Name = "exchange"

// The addresses that are bound by default.
const (
	DefaultGRPCAddr = "127.0.0.1:50054"
	DefaultHTTPAddr = "127.0.0.1:8084"
)

// DefaultSubscribers is the most streams of one kind that are open at once by default.
const DefaultSubscribers = 10_000

// saveLimit bounds the snapshot of the end. Without it the next start replays the more; with it the whole stop stays below the
// ten seconds that launchers and orchestrators grant.
const saveLimit = 2 * time.Second

// Config are the settings of the daemon.
type Config struct {
	settings.Common `embed:""`

	MaxSubscribers int `json:"MAX_SUBSCRIBERS" name:"max-subscribers" env:"MAX_SUBSCRIBERS" default:"10000" help:"Most streams of one kind (books, trades, executions) open at once; further ones are refused."`
	EventLogMB     int `json:"EVENT_LOG_MB" name:"event-log-mb" env:"EVENT_LOG_MB" default:"512" help:"Most megabytes that events may take in DATA_DIR: the audit loses what is more, and new orders are refused when settlement is that far behind."`
}

// Validate says what is wrong with the settings.
func (c Config) Validate() error {
	if c.MaxSubscribers < 0 {
		return fmt.Errorf("MAX_SUBSCRIBERS is %d: want a positive number, or 0 for %d", c.MaxSubscribers, DefaultSubscribers)
	}
	if c.EventLogMB != 0 && c.EventLogMB < retention.LeastMegabytes {
		return fmt.Errorf("EVENT_LOG_MB is %d: want %d or more, or 0 for %d", c.EventLogMB, retention.LeastMegabytes, retention.DefaultMegabytes)
	}
	return c.Common.Validate()
}

// Simulator is the daemon. Make it with New and run it once; one that is never run must be closed.
type Simulator struct {
	*daemon.Chassis
	config    Config
	clock     simclock.Mapping
	state     *records.State
	machine   *records.Machine
	listing   *instrument.Listing
	prices    *prices.Feed
	timers    *timers.Timers
	retention *retention.Keeper
	history   *historian.Historian
	feed      *marketfeed.Feed
	exporter  *settlement.Exporter
	documents *health.Tracker // whether they are those that the venue trades by
	changed   chan struct{}   // holds one: a document has changed
	began     time.Time
	opened    atomic.Bool // the auctions of the start are over
	closing   sync.Once
	leave     func() error // gives the journal's directory back
}

// New makes the daemon: it opens the journal and replays what came after the last snapshot, and has the venue configured by the
// documents; it binds nothing yet. It fails on a setting or a document that cannot be right, on documents that do not fit what was
// listed before, and on a directory that another process holds or that is damaged. Unless the options bring documents of their own,
// it falls back to those shipped.
func New(config Config, options daemon.Options) (*Simulator, error) {
	return newOn(config, options, dataDirectory)
}

// newOn is New on a directory of the caller's.
func newOn(config Config, options daemon.Options, place func(Config, logrus.FieldLogger) (ground, error)) (*Simulator, error) {
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
	s := &Simulator{
		Chassis: chassis, config: config, changed: make(chan struct{}, 1), began: time.Now(), leave: func() error { return nil },
		documents: health.NewTracker("venue-documents", health.Degraded),
	}
	if err := s.build(place); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// build reads the documents, opens the journal, and makes what stands around the venue.
func (s *Simulator) build(place func(Config, logrus.FieldLogger) (ground, error)) error {
	ctx := context.Background()
	wanted, err := s.read(ctx)
	if err != nil || s.config.CheckConfig {
		return err
	}
	ground, err := place(s.config, s.Log)
	if err != nil {
		return err
	}
	s.leave = ground.leave
	if err := s.open(ground); err != nil {
		return err
	}
	s.prices = prices.New(prices.Options{Prices: s.Peers.MarketData().Prices, Submit: s.refer, Log: s.Log})
	if err := s.configure(ctx, wanted); err != nil {
		return err
	}
	if err := s.list(ctx); err != nil {
		return err
	}
	if err := s.submit(ctx, &venue.Disconnect{}); err != nil {
		return fmt.Errorf("end the sessions of the last run: %w", err)
	}
	if err := s.submit(ctx, stale(s.listing)); err != nil {
		return fmt.Errorf("take back the quotes of the last run: %w", err)
	}
	s.surround(ground)
	return nil
}

// stale says that no reference price is known yet, so that the venue's own makers do not stand at those of the last run.
func stale(listing *instrument.Listing) *venue.SetReferences {
	c := &venue.SetReferences{}
	for n := range listing.Instruments {
		c.Quotes = append(c.Quotes, venue.Quote{Instrument: int32(n), Stale: true})
	}
	return c
}

// surround makes what acts on the venue, and what follows its events.
func (s *Simulator) surround(place ground) {
	s.timers = timers.New(timers.Options{
		Due: s.state.Due.Times, Changed: s.state.Due.Changed(), Wall: s.clock.Wall, Submit: s.submit, Log: s.Log,
	})
	megabytes := cmp.Or(s.config.EventLogMB, retention.DefaultMegabytes)
	s.retention = retention.New(s.machine, int64(megabytes)<<20, s.Log)
	s.history = historian.New(historian.Options{
		Machine: s.machine, State: s.state, Directory: place.data, Log: s.Log, Registerer: s.Registry,
	})
	s.feed = marketfeed.New(marketfeed.Options{
		Machine: s.machine, State: s.state, Listing: s.listing, Clock: s.now, Registerer: s.Registry, Log: s.Log,
		Subscribers: s.config.MaxSubscribers,
	})
	s.exporter = settlement.New(settlement.Options{
		Machine: s.machine, Venue: s.state.Venue, Custodian: s.Peers.Custodian().Settlement, Name: Name, Registerer: s.Registry, Log: s.Log,
	})
	s.Registry.MustRegister(metrics.New(metrics.Options{
		Machine: s.machine, State: s.state, Ages: s.prices.Ages, Dropped: s.retention.Dropped, Consumers: consumers,
	}))
}

// submit has a command carried out; the refusal of a rule is an error like any other.
func (s *Simulator) submit(ctx context.Context, command venue.Command) error {
	answer, err := s.machine.Submit(ctx, command)
	if err != nil {
		return err
	}
	return answer.Err
}

// refer brings the venue reference prices, by which its own participants trade; but not while new orders are refused.
func (s *Simulator) refer(ctx context.Context, command venue.Command) error {
	if err := s.retention.Refusal(); err != nil {
		return err
	}
	return s.submit(ctx, command)
}

// health says why the daemon cannot do its job: the journal takes no commands, the books do not follow, or the venue has not opened.
func (s *Simulator) health(ctx context.Context) error {
	if err := s.machine.Health(ctx); err != nil {
		return err
	}
	if err := s.feed.Health(ctx); err != nil {
		return err
	}
	return s.opening(ctx)
}

// openingPatience is how long a start waits for the auctions that open a fresh venue: who is told that the daemon serves expects to
// trade. A longer auction is for people to take part in.
const openingPatience = 5 * time.Second

// opening says that the venue is in its first auctions.
func (s *Simulator) opening(ctx context.Context) error {
	if s.opened.Load() {
		return nil
	}
	calling := 0
	if err := s.machine.Read(ctx, func() {
		for n := range s.listing.Instruments {
			if s.state.Venue.State(int32(n)).Phase == matching.Calling {
				calling++
			}
		}
	}); err != nil {
		return err
	}
	if calling > 0 && time.Since(s.began) < openingPatience {
		return fmt.Errorf("the opening auctions of %d instruments are under way", calling)
	}
	s.opened.Store(true)
	return nil
}

// work runs what stands around the venue, and saves the venue when the last call has been answered.
func (s *Simulator) work(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, run := range []func(context.Context) error{
		s.feed.Run, s.history.Run, s.exporter.Run, s.watch, s.prices.Run, s.timers.Run, s.retention.Run,
	} {
		group.Go(func() error { return run(ctx) })
	}
	err := group.Wait()
	if unsaved := s.save(); unsaved != nil {
		s.Log.WithError(unsaved).Error("the journal could not be closed in order: the next start replays it")
	}
	return err
}

// save closes the journal with a snapshot, once.
func (s *Simulator) save() (err error) {
	s.closing.Do(func() {
		if s.machine != nil {
			ctx, cancel := context.WithTimeout(context.Background(), saveLimit)
			defer cancel()
			began := time.Now()
			err = s.machine.Close(ctx)
			s.Log.WithFields(logrus.Fields{"commands": s.machine.Stats().Commands, "took": time.Since(began).String()}).Info("journal closed")
		}
		err = errors.Join(err, s.leave())
	})
	return err
}

// Close gives back what New has taken, the journal included. It is safe to call twice, and after Run.
func (s *Simulator) Close() error { return errors.Join(s.save(), s.Chassis.Close()) }

// Run serves until the context ends.
func (s *Simulator) Run(ctx context.Context) error {
	if s.config.CheckConfig {
		return s.Chassis.Run(ctx, daemon.Service{})
	}
	return errors.Join(s.Chassis.Run(ctx, s.Service()), s.Close())
}

// journalID names the journal to whoever follows its events.
func (s *Simulator) journalID() string { return fmt.Sprintf("%x", [16]byte(s.machine.ID())) }
