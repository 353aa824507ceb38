package command

// How people ask for a fault: of the calls of a daemon, of the feed of market data, or of the venue.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"google.golang.org/grpc"

	"github.com/trading-ecosystem/fleet/internal/faults"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/discovery"
)

const (
	feedDaemon  = "market-data" // the one that has a feed
	venueDaemon = "exchange"    // the one that is a venue
)

// FaultInject starts a fault.
type FaultInject struct {
	Search
	Daemon      string        `arg:"" help:"Logical name: market-data, exchange, custodian or audit."`
	Duration    time.Duration `name:"duration" default:"30s" help:"The fault ends by itself after this time, up to 24h."`
	Method      string        `name:"method" placeholder:"GLOB" help:"Methods that are hit, e.g. '/marketdata.v1.MarketDataService/*'; all when not given."`
	Probability float64       `name:"probability" default:"1" help:"Share of the calls, ticks, orders or messages that are hit, above 0 up to 1."`
	MaxHits     uint64        `name:"max-hits" placeholder:"N" help:"The fault ends after that many hits."`
	Seed        uint64        `name:"seed" help:"Seed of the draws for probability and jitter."`
	Latency     time.Duration `name:"latency" placeholder:"DURATION" help:"Effect: calls wait this long first."`
	Jitter      time.Duration `name:"jitter" placeholder:"DURATION" help:"With --latency, or --venue entry-latency: and a random time up to this."`
	Abort       string        `name:"abort" placeholder:"CODE" help:"Effect: calls fail with this status code, e.g. UNAVAILABLE."`
	Message     string        `name:"message" help:"With --abort: the message of the status."`
	Drop        bool          `name:"drop" help:"Effect: streams leave out messages."`
	BlackHole   bool          `name:"black-hole" help:"Effect: calls are never answered."`
	Feed        string        `name:"feed" placeholder:"TYPE" help:"Effect on the updates of market-data: stale, gap, delay, outage, out-of-order or bad-tick."`
	Symbols     []string      `name:"symbol" placeholder:"BTC/USD,..." help:"With --feed: symbols that are hit; with --venue one; all when not given."`
	Lag         time.Duration `name:"lag" placeholder:"DURATION" help:"With --feed delay or out-of-order: how late, 20ms to 30s; by default 2s."`
	Magnitude   float64       `name:"magnitude" placeholder:"SHARE" help:"With --feed bad-tick: how far off, above 0 and below 1; by default 0.1."`
	Venue       string        `name:"venue" placeholder:"TYPE" help:"Effect on the venue of the exchange: reject-orders, outage, maintenance, entry-latency, stale-book, duplicate-executions or delay-executions."`
	Reason      string        `name:"reason" placeholder:"REASON" help:"With --venue reject-orders: why orders are refused, in UPPER_SNAKE_CASE."`
	Delay       time.Duration `name:"delay" placeholder:"DURATION" help:"With --venue entry-latency or delay-executions: how late."`
	After       time.Duration `name:"after" placeholder:"DURATION" help:"With --venue: how long from now the fault begins; by default at once."`
	JSON        bool          `name:"json" help:"Print one JSON object."`
}

// Validate implements kong's check of the usage.
func (f *FaultInject) Validate() error {
	if err := checkDaemon(f.Daemon); err != nil {
		return err
	}
	ofFeed, ofVenue := f.Lag != 0 || f.Magnitude != 0, f.Reason != "" || f.Delay != 0 || f.After != 0
	switch {
	case f.Feed != "" && f.Venue != "":
		return errors.New("--feed and --venue are effects of their own: want one of them")
	case f.Feed == "" && f.Venue == "" && len(f.Symbols) > 0:
		return errors.New("--symbol goes with --feed or --venue")
	case f.Feed == "" && ofFeed:
		return errors.New("--lag and --magnitude go with --feed")
	case f.Venue == "" && ofVenue:
		return errors.New("--reason, --delay and --after go with --venue")
	case f.Feed != "":
		return f.checkFeed()
	case f.Venue != "":
		return f.checkVenue()
	}
	_, err := f.wanted().Spec()
	return err
}

// checkFeed is the check of the usage of --feed.
func (f *FaultInject) checkFeed() error {
	if f.Daemon != feedDaemon {
		return fmt.Errorf("--feed is about the updates of %s: %s has none", feedDaemon, f.Daemon)
	}
	if f.ofCalls() || f.Jitter != 0 {
		return errors.New("--feed is an effect of its own: want no --method, --max-hits, --latency, --jitter, --abort, --message, --drop or --black-hole with it")
	}
	_, err := f.wantedFeed().Spec()
	return err
}

// checkVenue is the check of the usage of --venue.
func (f *FaultInject) checkVenue() error {
	if f.Daemon != venueDaemon {
		return fmt.Errorf("--venue is about the venue of the %s: %s is none", venueDaemon, f.Daemon)
	}
	if f.ofCalls() || f.Seed != 0 {
		return errors.New("--venue is an effect of its own: want no --method, --max-hits, --seed, --latency, --abort, --message, --drop or --black-hole with it")
	}
	if len(f.Symbols) > 1 {
		return errors.New("a fault of the venue hits one --symbol, or all: inject one for each")
	}
	_, err := f.wantedVenue().Spec(time.Now())
	return err
}

// ofCalls tells whether something is set that only faults of calls have.
func (f *FaultInject) ofCalls() bool {
	return f.Method != "" || f.MaxHits != 0 || f.Latency != 0 || f.Abort != "" || f.Message != "" || f.Drop || f.BlackHole
}

func (f *FaultInject) wanted() faults.Wanted {
	return faults.Wanted{
		Method: f.Method, Probability: f.Probability, MaxHits: f.MaxHits, Duration: f.Duration, Seed: f.Seed,
		Latency: f.Latency, Jitter: f.Jitter, Abort: f.Abort, Message: f.Message, Drop: f.Drop, BlackHole: f.BlackHole,
	}
}

func (f *FaultInject) wantedFeed() faults.WantedFeed {
	return faults.WantedFeed{
		What: f.Feed, Symbols: f.Symbols, Probability: f.Probability, Duration: f.Duration, Seed: f.Seed, Lag: f.Lag, Magnitude: f.Magnitude,
	}
}

func (f *FaultInject) wantedVenue() faults.WantedVenue {
	wanted := faults.WantedVenue{
		What: f.Venue, Symbol: strings.Join(f.Symbols, ""), Share: f.Probability, Reason: f.Reason, Delay: f.Delay, Jitter: f.Jitter,
		After: f.After, Duration: f.Duration,
	}
	if wanted.Share == 1 {
		wanted.Share = 0 // which means the same, and fits all types
	}
	return wanted
}

// Run implements kong's command.
func (f *FaultInject) Run(ctx context.Context, app *kong.Context) error {
	var active []faults.Active
	err := eachInstance(ctx, f.Search, []string{f.Daemon}, func(ctx context.Context, of discovery.Instance, channel *grpc.ClientConn) error {
		begun, err := f.inject(ctx, channel)
		if err == nil {
			begun.Daemon, begun.Instance = of.Name, of.InstanceID
			active = append(active, begun)
		}
		return err
	})
	return printFaults(app, active, err, f.JSON)
}

func (f *FaultInject) inject(ctx context.Context, channel *grpc.ClientConn) (begun faults.Active, err error) {
	switch {
	case f.Feed != "":
		spec, err := f.wantedFeed().Spec()
		if err != nil {
			return begun, err
		}
		answer, err := marketdatav1.NewFeedFaultServiceClient(channel).InjectFeedFault(ctx, &marketdatav1.InjectFeedFaultRequest{Spec: spec})
		return faults.Active{Feed: answer.GetFault()}, err
	case f.Venue != "":
		spec, err := f.wantedVenue().Spec(time.Now())
		if err != nil {
			return begun, err
		}
		answer, err := exchangev1.NewVenueFaultServiceClient(channel).InjectVenueFault(ctx, &exchangev1.InjectVenueFaultRequest{Spec: spec})
		return faults.Active{Venue: answer.GetFault()}, err
	}
	spec, err := f.wanted().Spec()
	if err != nil {
		return begun, err
	}
	answer, err := faultv1.NewFaultServiceClient(channel).InjectFault(ctx, &faultv1.InjectFaultRequest{Spec: spec})
	return faults.Active{Fault: answer.GetFault()}, err
}
