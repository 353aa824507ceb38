package feed

// Where prices come from travels with them: the scenarios that act on each.

import (
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// Provenance is a source that can tell which scenarios act on its prices; a path.Path is one.
type Provenance interface {
	// Acting yields the scenarios that act on an instrument at a base tick, oldest first.
	Acting(instrument int, sequence uint64, yield func(scenario.Acting))
}

// attribute notes in the messages of a tick which scenarios act on it, if the source can tell.
func (e *encoder) attribute(source any, sequence uint64) {
	told, can := source.(Provenance)
	if !can {
		return
	}
	for i, message := range e.messages {
		update := message.GetUpdate()
		update.Scenarios = update.Scenarios[:0]
		told.Acting(i, sequence, func(acting scenario.Acting) {
			update.Scenarios = append(update.Scenarios, &marketdatav1.ActingScenario{
				ScenarioId: acting.ID, EffectiveTime: timestamppb.New(acting.Effective),
			})
		})
	}
}

// Updates makes the updates of a path that is not published. It is for one goroutine.
type Updates struct {
	path    *path.Path
	encoder *encoder
	quotes  []path.Quote
}

// NewUpdates makes updates of a path's instruments.
func NewUpdates(of *path.Path, instruments []instrument.Instrument) *Updates {
	return &Updates{path: of, encoder: newEncoder(instruments), quotes: make([]path.Quote, len(instruments))}
}

// At returns the updates of some instruments, by position, at a base tick.
func (u *Updates) At(sequence uint64, instruments []int) ([]*marketdatav1.PriceUpdate, error) {
	if err := u.path.At(sequence, u.quotes); err != nil {
		return nil, err
	}
	business := u.path.Epoch().Add(time.Duration(sequence) * path.TickInterval)
	u.encoder.attribute(u.path, sequence)
	updates := make([]*marketdatav1.PriceUpdate, len(instruments))
	for n, i := range instruments {
		u.encoder.fill(i, sequence, business, &u.quotes[i])
		updates[n] = proto.CloneOf(u.encoder.messages[i].GetUpdate())
	}
	return updates, nil
}
