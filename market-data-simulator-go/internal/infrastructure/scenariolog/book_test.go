package scenariolog

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/kittest"
	"github.com/trading-ecosystem/service-kit-go/simclock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

func silent(t *testing.T) *logrus.Logger {
	log := logrus.New()
	log.SetOutput(t.Output())
	return log
}

// running is a book that reads a Redis on the network.
func running(t *testing.T, network *kittest.Network, scale float64) (*Book, *redis.Client) {
	client := redis.NewClient(&redis.Options{
		Addr: kittest.RedisAddress, MaxRetries: -1, DialerRetries: 1,
		Dialer: func(ctx context.Context, _, address string) (net.Conn, error) { return network.Dial(ctx, address) },
	})
	book := New(Options{Redis: client, Log: silent(t), Clock: simclock.Mapping{WallAnchor: time.Now(), BusinessAnchor: epoch, Scale: scale}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- book.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
		require.NoError(t, client.Close())
	})
	book.CaughtUp(t.Context(), time.Second)
	return book, client
}

func entry(t *testing.T, book *Book, id string) scenario.Entry {
	phase, err := scenario.Draft{Kind: scenario.Crash}.Phase()
	require.NoError(t, err)
	return scenario.Entry{ID: id, Phases: []scenario.Phase{phase}, Effective: book.Earliest()}
}

func TestEveryBookHasTheEntriesInTheOrderOfTheStream(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		one, _ := running(t, network, 1)
		other, _ := running(t, network, 1)
		for n := range 20 {
			book := one
			if n%3 == 0 {
				book = other
			}
			require.NoError(t, book.Append(t.Context(), entry(t, book, fmt.Sprint("s", n))))
			assert.Len(t, book.Log(), n+1, "who appends sees it at once")
		}
		time.Sleep(time.Second)
		assert.Equal(t, one.Log(), other.Log())
		late, _ := running(t, network, 1)
		assert.Equal(t, one.Log(), late.Log())
		assert.Equal(t, health.Up, late.Dependencies()[0].State, "what was there before the start is not late")
	})
}

func TestAnEntryIsEffectiveTwoSecondsOfWallTimeAheadWhateverTheScale(t *testing.T) {
	kittest.Run(t, func(t *testing.T, _ *kittest.Network) {
		for scale, want := range map[float64]time.Duration{1: 3 * time.Second, 0.1: time.Second, 1440: 2881 * time.Second} {
			book := New(Options{Log: silent(t), Clock: simclock.Mapping{WallAnchor: time.Now().Add(-time.Microsecond), BusinessAnchor: epoch, Scale: scale}})
			assert.Equal(t, epoch.Add(want), book.Earliest(), "scale %v", scale)
		}
	})
}

func TestAnEntryThatCannotBeReadIsLeftOutAndShown(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		book, client := running(t, network, 1)
		require.NoError(t, client.XAdd(t.Context(), &redis.XAddArgs{Stream: Stream, Values: []any{field, `{"version": 7}`}}).Err())
		require.NoError(t, client.XAdd(t.Context(), &redis.XAddArgs{Stream: Stream, Values: []any{"else", "x"}}).Err())
		require.NoError(t, book.Append(t.Context(), entry(t, book, "good")))
		assert.Len(t, book.Log(), 1)
		seen := book.Dependencies()[0]
		assert.Equal(t, health.Degraded, seen.State)
		assert.Contains(t, seen.LastError, "is left out, so prices may differ")
		assert.Equal(t, 2, seen.Detail["unreadable"])
	})
}

func TestWithoutRedisAnEntryIsUnavailableAndNothingHasChanged(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		book, _ := running(t, network, 1)
		network.Cut(kittest.RedisAddress)
		start := time.Now()
		err := book.Append(t.Context(), entry(t, book, "a"))
		assert.Equal(t, errs.Unavailable, errs.KindOf(err))
		assert.LessOrEqual(t, time.Since(start), Patience)
		assert.Empty(t, book.Log())
	})
}

func TestALogThatIsFullRefusesAndSaysHowToBeginAnew(t *testing.T) {
	book := New(Options{Log: silent(t), Clock: simclock.Mapping{WallAnchor: time.Now(), BusinessAnchor: epoch, Scale: 1}})
	book.take(make([]scenario.Entry, MaxEntries-1))
	require.NoError(t, book.Append(t.Context(), entry(t, book, "last")))
	err := book.Append(t.Context(), entry(t, book, "one-more"))
	assert.Equal(t, errs.ResourceExhausted, errs.KindOf(err))
	require.ErrorContains(t, err, "delete the Redis key fleet:scenarios")
}

func TestIdsOfAStreamAreComparedByTimeAndNumber(t *testing.T) {
	assert.True(t, older("0", "1-0"))
	assert.True(t, older("9-9", "10-0"))
	assert.True(t, older("10-9", "10-10"))
	assert.False(t, older("10-10", "10-10"))
}
