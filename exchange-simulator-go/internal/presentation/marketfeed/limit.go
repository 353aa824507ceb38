package marketfeed

import (
	"strconv"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// DefaultSubscribers is how many streams of books, trades and executions may be open together.
const DefaultSubscribers = 10_000

// RetryFullAfter is when a reader that found the feed full should try again.
const RetryFullAfter = 5 * time.Second

// limit is how many streams may be open.
type limit struct {
	*semaphore.Weighted
	most int
}

func newLimit(most int) *limit {
	if most == 0 {
		most = DefaultSubscribers
	}
	return &limit{Weighted: semaphore.NewWeighted(int64(most)), most: most}
}

// admit lets a stream in; it leaves by calling what is returned.
func (l *limit) admit() (leave func(), err error) {
	if !l.TryAcquire(1) {
		return nil, errs.New(errs.ResourceExhausted, "TOO_MANY_SUBSCRIBERS",
			"the limit of %d open streams of books, trades and executions (MAX_SUBSCRIBERS) is reached: try again in %s", l.most, RetryFullAfter).
			With("limit", strconv.Itoa(l.most)).With("setting", "MAX_SUBSCRIBERS").WithRetryAfter(RetryFullAfter)
	}
	return func() { l.Release(1) }, nil
}
