package feed

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/simclock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rule is a source whose prices anybody can work out: sequence cents above a base of the instrument's own.
type rule struct {
	stall func(sequence uint64) // called before each tick
}

func (r rule) At(sequence uint64, quotes []path.Quote) error {
	if r.stall != nil {
		r.stall(sequence)
	}
	for i := range quotes {
		price := rulePrice(i, sequence)
		day := path.Day{Open: 100, High: price, Low: 100, Volume: 2000}
		quotes[i] = path.Quote{Price: price, Bid: price, Ask: price + 0.01, MinuteVolume: 1.5, Day: day}
	}
	return nil
}

// BarAt is a bar of prices that rise; a base tick has volume 1.
func (r rule) BarAt(sequence uint64, interval time.Duration, bars []bar.Bar) error {
	opens := sequence - sequence%ticksOf(interval)
	for i := range bars {
		bars[i] = bar.Bar{
			Time: path.Epoch.Add(time.Duration(opens) * path.TickInterval), Open: rulePrice(i, opens), Low: rulePrice(i, opens),
			High: rulePrice(i, sequence), Close: rulePrice(i, sequence), Volume: float64(sequence - opens + 1),
		}
	}
	return nil
}

func rulePrice(instrument int, sequence uint64) float64 {
	return float64(uint64(instrument+1)*1_000_000+sequence%1_000_000) / 100
}

func pairs(t testing.TB, symbols ...string) []instrument.Instrument {
	cent, err := instrument.ParseIncrement("0.01")
	require.NoError(t, err)
	var all []instrument.Instrument
	for _, symbol := range symbols {
		all = append(all, instrument.Instrument{Symbol: symbol, Tick: cent, Lot: cent})
	}
	return all
}

// oneHourIn is a clock that says an hour after the epoch now.
func oneHourIn(scale float64) simclock.Mapping {
	return simclock.Mapping{WallAnchor: time.Now(), BusinessAnchor: path.Epoch.Add(time.Hour), Scale: scale}
}

const hourTicks = uint64(time.Hour / path.TickInterval)

func newHub(t testing.TB, clock simclock.Mapping, source Source) *Hub {
	return New(Options{
		Source: source, Instruments: pairs(t, "AAA/USD", "BBB/USD"),
		Schedule: NewSchedule(clock, path.Epoch), Registerer: prometheus.NewRegistry(),
	})
}

// withPast gives a hub that was made without one a past.
func withPast(t testing.TB, hub *Hub) *Hub {
	options := Options{
		Instruments: pairs(t, "AAA/USD", "BBB/USD"), Schedule: hub.schedule,
		Past: func(uint64) (Charted, error) { return rule{}, nil },
	}
	hub.archive, hub.chart = newArchive(options), newChart(options)
	return hub
}

// inBubble runs a hub under virtual time, has published its first tick, and stops it at the end.
func inBubble(t *testing.T, clock func() simclock.Mapping, source Source, body func(t *testing.T, hub *Hub)) {
	synctest.Test(t, func(t *testing.T) {
		hub := newHub(t, clock(), source)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- hub.Run(ctx) }()
		synctest.Wait()
		body(t, hub)
		cancel()
		require.NoError(t, <-done)
	})
}

// received is one update and when it came.
type received struct {
	*marketdatav1.StreamPricesResponse
	at time.Duration // since the stream was opened
}

// listener is a reader that keeps what it is sent.
type listener struct {
	mu     sync.Mutex
	got    []received
	opened time.Time
	cancel context.CancelCauseFunc
	result chan error
	delay  func() // called in each send, as a slow connection would
}

func listen(t *testing.T, hub *Hub, request Request, delay func()) *listener {
	ctx, cancel := context.WithCancelCause(t.Context())
	l := &listener{opened: time.Now(), cancel: cancel, result: make(chan error, 1), delay: delay}
	go func() { l.result <- hub.Stream(ctx, request, l.take) }()
	return l
}

func (l *listener) take(frame *Frame) error {
	var response marketdatav1.StreamPricesResponse
	if err := proto.Unmarshal(frame.Bytes(), &response); err != nil {
		return err
	}
	l.mu.Lock()
	l.got = append(l.got, received{&response, time.Since(l.opened)})
	l.mu.Unlock()
	if l.delay != nil {
		l.delay()
	}
	return nil
}

// hangUp ends the stream as a client does and returns what was received.
func (l *listener) hangUp(t *testing.T) []received {
	l.cancel(nil)
	require.ErrorIs(t, <-l.result, context.Canceled)
	return l.got
}

func sequences(all []received) (sequences []uint64) {
	for _, one := range all {
		sequences = append(sequences, one.GetUpdate().GetSequence())
	}
	return sequences
}

func requireReason(t *testing.T, err error, kind errs.Kind, reason string) errs.Error {
	t.Helper()
	var classified *errs.Error
	require.ErrorAs(t, err, &classified)
	require.Equal(t, kind, classified.Kind)
	require.Equal(t, reason, classified.Reason)
	return *classified
}

var errBrokenPipe = errors.New("broken pipe")
