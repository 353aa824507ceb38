package feed

import (
	"strconv"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// The default limits. A stream takes about 13 kB, most of it gRPC's.
const (
	DefaultSubscribers   = 10_000  // open streams
	DefaultSubscriptions = 100_000 // symbols of all streams together
)

// RetryFullAfter is when a reader that found the feed full should try again.
const RetryFullAfter = 5 * time.Second

// limit is how much of something all readers may take together.
type limit struct {
	*semaphore.Weighted
	most          int64
	reason        string // of the error
	setting, what string // for people
}

func newLimit(most, unless int, reason, setting, what string) *limit {
	if most == 0 {
		most = unless
	}
	return &limit{Weighted: semaphore.NewWeighted(int64(most)), most: int64(most), reason: reason, setting: setting, what: what}
}

// take takes an amount, or refuses when it is not there.
func (l *limit) take(amount int64) error {
	if l.TryAcquire(amount) {
		return nil
	}
	return errs.New(errs.ResourceExhausted, l.reason, "the limit of %d %s (%s) is reached: try another replica, or again in %s",
		l.most, l.what, l.setting, RetryFullAfter).
		With("limit", strconv.FormatInt(l.most, 10)).With("setting", l.setting).WithRetryAfter(RetryFullAfter)
}

// limits are those of one feed.
type limits struct{ streams, symbols *limit }

func newLimits(options Options) limits {
	return limits{
		streams: newLimit(options.Subscribers, DefaultSubscribers, "TOO_MANY_SUBSCRIBERS", "MAX_SUBSCRIBERS", "open price streams"),
		symbols: newLimit(options.Subscriptions, DefaultSubscriptions, "TOO_MANY_SUBSCRIPTIONS", "MAX_SUBSCRIPTIONS",
			"symbols that all price streams together may follow"),
	}
}

// admit lets a stream of some symbols in; it leaves by calling what is returned.
func (l limits) admit(symbols int) (leave func(), err error) {
	if err := l.streams.take(1); err != nil {
		return nil, err
	}
	if err := l.symbols.take(int64(symbols)); err != nil {
		l.streams.Release(1)
		return nil, err
	}
	return func() {
		l.symbols.Release(int64(symbols))
		l.streams.Release(1)
	}, nil
}
