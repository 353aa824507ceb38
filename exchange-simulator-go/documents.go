package exchangesim

// What the documents say, and how the venue hears of it.

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/documents"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/remoteconfig"
	"github.com/trading-ecosystem/service-kit-go/simclock"
)

// clockDocument is read once, at the start: business time must not jump while the venue runs.
const clockDocument = "clock"

// reconfigurePause is the wait before documents are offered to the venue again that it could not take, e.g. with a full queue.
const reconfigurePause = time.Second

// read reads the documents as they are now, and at the start the clock.
func (s *Simulator) read(ctx context.Context) (wanted *venue.Configure, err error) {
	if s.clock.Scale == 0 {
		if s.clock, err = remoteconfig.Get[simclock.Mapping](ctx, s.Config, clockDocument); err != nil {
			return nil, err
		}
	}
	return readConfiguration(ctx, s.Config, s.config.Seed)
}

// readConfiguration makes the venue's configuration of the documents as they are now.
func readConfiguration(ctx context.Context, from *remoteconfig.Client, seed uint64) (*venue.Configure, error) {
	instruments, err := remoteconfig.Get[documents.Instruments](ctx, from, documents.InstrumentsName)
	if err != nil {
		return nil, err
	}
	fees, err := remoteconfig.Get[documents.Fees](ctx, from, documents.FeesName)
	if err != nil {
		return nil, err
	}
	market, err := remoteconfig.Get[documents.Market](ctx, from, documents.MarketName)
	if err != nil {
		return nil, err
	}
	return documents.Configure(instruments, fees, market, seed)
}

// list takes over what the venue lists, once it is configured. It stays until the next start: who follows books and accounts has a place
// for each of them.
func (s *Simulator) list(ctx context.Context) error {
	err := s.machine.Read(ctx, func() { s.listing = s.state.Venue.Listing() })
	s.prices.List(s.listing)
	return err
}

// configure has the venue trade by what the documents say, unless it does so already.
func (s *Simulator) configure(ctx context.Context, wanted *venue.Configure) error {
	var current *venue.Configure
	if err := s.machine.Read(ctx, func() { current = s.state.Venue.Configuration() }); err != nil {
		return err
	}
	if current != nil {
		wanted.Seed = current.Seed // that of the first one stays
		if err := documents.Fits(current, wanted); err != nil {
			return fmt.Errorf("%w (or give the exchange an empty DATA_DIR)", err)
		}
	}
	if current == nil || string(venue.AppendCommand(nil, wanted)) != string(venue.AppendCommand(nil, current)) {
		if err := s.submit(ctx, wanted); err != nil {
			return fmt.Errorf("configure the venue by the documents instruments, fees and market: %w", err)
		}
		s.Log.WithField("instruments", len(wanted.Instruments)).Info("the venue is configured by the documents")
	}
	return nil
}

// watch hands changed documents to the venue until the context ends.
func (s *Simulator) watch(ctx context.Context) error {
	for _, name := range documents.Names {
		defer s.Config.Watch(name, s.nudge)()
	}
	defer s.Config.Watch(clockDocument, s.outdated)()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.changed:
			s.reconfigure(ctx)
		}
	}
}

func (s *Simulator) nudge() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// outdated notes that business time runs by another clock than the document's.
func (s *Simulator) outdated() {
	s.documents.Note(s.Log, errors.New(`document "clock" has changed: restart to use it`), "business time runs on as it did")
}

// reconfigure takes the documents as they are now. What is wrong with them is said, and the old ones stay in force.
func (s *Simulator) reconfigure(ctx context.Context) {
	wanted, err := s.read(ctx)
	if err == nil {
		err = s.lists(wanted)
	}
	if err == nil {
		err = s.configure(ctx, wanted)
	}
	if ctx.Err() != nil {
		return
	}
	if kind := errs.KindOf(err); err != nil && (kind == errs.ResourceExhausted || kind == errs.Unavailable) {
		time.AfterFunc(reconfigurePause, s.nudge)
	}
	s.documents.Note(s.Log, err, "the venue trades by the documents that it had")
}

// lists says that a configuration lists more than the daemon has started with.
func (s *Simulator) lists(wanted *venue.Configure) error {
	if len(wanted.Instruments) > len(s.listing.Instruments) || len(wanted.Assets) > len(s.listing.Assets) {
		return fmt.Errorf("document %q lists new instruments or assets: restart to list them, market-data first", documents.InstrumentsName)
	}
	return nil
}
