// Package window sums what was let through in a rolling window of business time, per participant and asset. The sums are kept in buckets, so
// that they are bounded; a bucket counts as a whole until its last moment has left the window, so that a window never holds less than it should.
package window

import (
	"time"

	"github.com/trading-ecosystem/service-kit-go/decimal"
)

const (
	// Bucket is the length of a bucket, nanoseconds: something counts for at most that much longer than a window is.
	Bucket = int64(15 * time.Minute)
	// Longest is the longest window, nanoseconds.
	Longest = 31 * Day
	// Day is a day, nanoseconds: what is kept at least.
	Day = int64(24 * time.Hour)
)

// Valid tells whether a length is one of a window: a whole number of buckets, from one of them up to Longest.
func Valid(length int64) bool { return length > 0 && length <= Longest && length%Bucket == 0 }

// Key says whose sums.
type Key struct{ Participant, Asset string }

// Total is what a window holds.
type Total struct {
	Count  int64        // how many
	Amount decimal.Wide // their sum, units of the asset
}

// Plus is a total and one amount more.
func (t Total) Plus(amount int64) Total {
	return Total{t.Count + 1, t.Amount.Add(decimal.WideOf(amount))}
}

// bucket is what was let through from number x Bucket on.
type bucket struct {
	number int64
	Total
}

// last is its last moment.
func (b *bucket) last() int64 { return b.number*Bucket + (Bucket - 1) }

// Sums are the buckets of all participants and assets, at most retention/Bucket + 1 for each. Times are business time, nanoseconds since 1970,
// from 0 on; one before the newest of the same key counts as that one.
type Sums struct {
	retention int64
	buckets   map[Key][]bucket // ascending, without empty ones
}

// New makes sums for windows up to the longest given, and for those of a day.
func New(longest int64) *Sums {
	s := &Sums{buckets: map[Key][]bucket{}}
	s.Retain(longest)
	return s
}

// Retain changes the longest window that will be asked for. What a longer one should hold but was dropped before is lost.
func (s *Sums) Retain(longest int64) { s.retention = max(longest, Day) }

// Add counts an amount, in units.
func (s *Sums) Add(now int64, key Key, amount int64) {
	buckets := s.buckets[key]
	gone := 0
	for gone < len(buckets) && buckets[gone].last() <= now-s.retention {
		gone++
	}
	if gone > 0 {
		buckets = append(buckets[:0], buckets[gone:]...)
	}
	number, newest := now/Bucket, len(buckets)-1
	if newest < 0 || buckets[newest].number < number {
		buckets = append(buckets, bucket{number: number})
		newest++
	}
	buckets[newest].Total = buckets[newest].Plus(amount)
	s.buckets[key] = buckets
}

// Total is what the window of that length holds which ends now.
func (s *Sums) Total(now int64, key Key, length int64) Total {
	var total Total
	buckets := s.buckets[key]
	for n := len(buckets) - 1; n >= 0 && buckets[n].last() > now-length; n-- {
		total.Count += buckets[n].Count
		total.Amount = total.Amount.Add(buckets[n].Amount)
	}
	return total
}

// FreeAt is the first moment from now on at which the window fits, if nothing is added; it must fit when it is empty.
func (s *Sums) FreeAt(now int64, key Key, length int64, fits func(Total) bool) int64 {
	if fits(s.Total(now, key, length)) {
		return now
	}
	for _, one := range s.buckets[key] {
		if free := one.last() + length; free > now && fits(s.Total(free, key, length)) {
			return free
		}
	}
	return now
}
