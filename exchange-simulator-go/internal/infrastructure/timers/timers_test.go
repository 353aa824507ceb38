package timers_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/infrastructure/timers"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/simclock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture is a venue that knows when it is due and when it was told.
type fixture struct {
	*timers.Timers
	business, wall atomic.Int64
	changed        chan struct{}
	began          time.Time

	mu    sync.Mutex
	times []time.Duration // of the Advances, since began
	err   error
	done  func() // what an Advance does to the times
}

// run starts timers in a bubble at a scale of business time, and ends them with the test.
func run(t *testing.T, scale float64, test func(t *testing.T, f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		log := logrus.New()
		log.SetOutput(t.Output())
		f := &fixture{changed: make(chan struct{}, 1), began: time.Now()}
		f.done = func() { f.business.Store(math.MaxInt64); f.wall.Store(math.MaxInt64) }
		f.done()
		clock := simclock.Mapping{WallAnchor: f.began, BusinessAnchor: f.began, Scale: scale}
		f.Timers = timers.New(timers.Options{
			Due: func() (int64, int64) { return f.business.Load(), f.wall.Load() }, Changed: f.changed, Wall: clock.Wall, Submit: f.submit, Log: log,
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- f.Run(ctx) }()
		test(t, f)
		cancel()
		require.NoError(t, <-ended)
	})
}

func (f *fixture) submit(_ context.Context, command venue.Command) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, advances := command.(*venue.Advance); !advances {
		return errors.New("not an Advance")
	}
	f.times = append(f.times, time.Since(f.began))
	if f.err == nil {
		f.done()
	}
	return f.err
}

// due says when the venue is due, after the beginning.
func (f *fixture) due(at *atomic.Int64, after time.Duration) {
	at.Store(f.began.Add(after).UnixNano())
	f.changed <- struct{}{}
}

func (f *fixture) advances() []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]time.Duration(nil), f.times...)
}

func TestTheVenueIsAdvancedWhenItIsDueAndNotBefore(t *testing.T) {
	run(t, 1, func(t *testing.T, f *fixture) {
		f.due(&f.business, 36*time.Hour)
		time.Sleep(24 * time.Hour)
		assert.Empty(t, f.advances())
		f.due(&f.wall, 25*time.Hour)
		time.Sleep(2 * time.Hour)
		assert.Equal(t, []time.Duration{25 * time.Hour}, f.advances(), "what comes sooner is not missed")
	})
}

func TestBusinessTimeIsTranslatedAndWallTimeIsNot(t *testing.T) {
	run(t, 1440, func(t *testing.T, f *fixture) {
		f.due(&f.business, 24*time.Hour)
		time.Sleep(2 * time.Minute)
		assert.Equal(t, []time.Duration{time.Minute}, f.advances())
		f.due(&f.wall, 24*time.Hour)
		time.Sleep(48 * time.Hour)
		assert.Equal(t, []time.Duration{time.Minute, 24 * time.Hour}, f.advances())
	})
}

func TestWhatIsOverdueComesAtOnceButNeverInABusyLoop(t *testing.T) {
	run(t, 1, func(t *testing.T, f *fixture) {
		f.done = func() {} // it stays due
		f.business.Store(0)
		f.changed <- struct{}{}
		time.Sleep(99 * time.Millisecond)
		assert.Equal(t, []time.Duration{0, 20 * time.Millisecond, 40 * time.Millisecond, 60 * time.Millisecond, 80 * time.Millisecond}, f.advances())
	})
}

func TestARefusedAdvanceIsTriedAgainAndShown(t *testing.T) {
	run(t, 1, func(t *testing.T, f *fixture) {
		f.err = errors.New("the queue is full")
		f.due(&f.wall, time.Second)
		time.Sleep(1400 * time.Millisecond)
		assert.Equal(t, []time.Duration{time.Second, 1250 * time.Millisecond}, f.advances())
		assert.Equal(t, health.Degraded, f.Dependencies()[0].State)
		f.mu.Lock()
		f.err = nil
		f.mu.Unlock()
		time.Sleep(time.Hour)
		assert.Len(t, f.advances(), 3)
		assert.Equal(t, health.Up, f.Dependencies()[0].State)
	})
}
