package window_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/window"
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

const hour = 4 * window.Bucket

var alice = window.Key{Participant: "alice", Asset: "USD"}

func total(count, amount int64) window.Total {
	return window.Total{Count: count, Amount: decimal.WideOf(amount)}
}

func TestAnAmountCountsUntilItsBucketHasLeftTheWindow(t *testing.T) {
	s := window.New(hour)
	s.Add(10*window.Bucket+7, alice, 100)
	last := 11*window.Bucket - 1 + hour
	assert.Equal(t, total(1, 100), s.Total(10*window.Bucket+7, alice, hour))
	assert.Equal(t, total(1, 100), s.Total(last-1, alice, hour))
	assert.Equal(t, window.Total{}, s.Total(last, alice, hour))
	assert.Equal(t, window.Total{}, s.Total(0, window.Key{Participant: "alice", Asset: "BTC"}, hour))
}

func TestATimeBeforeTheNewestCountsAsThatOne(t *testing.T) {
	s := window.New(hour)
	s.Add(10*window.Bucket, alice, 100)
	s.Add(3*window.Bucket, alice, 5)
	assert.Equal(t, total(2, 105), s.Total(11*window.Bucket-2+hour, alice, hour))
}

func TestSumsGoBeyondWhatAnAmountCanBe(t *testing.T) {
	s := window.New(hour)
	s.Add(0, alice, math.MaxInt64)
	s.Add(1, alice, math.MaxInt64)
	assert.Equal(t, decimal.Product(math.MaxInt64, 2), s.Total(1, alice, hour).Amount)
}

func TestFreeAtIsTheFirstMomentThatFits(t *testing.T) {
	s := window.New(hour)
	for n := range int64(3) {
		s.Add(n*window.Bucket, alice, 10)
	}
	fits := func(most int64) func(window.Total) bool {
		return func(sum window.Total) bool { return sum.Count <= most }
	}
	now := 3 * window.Bucket
	assert.Equal(t, now, s.FreeAt(now, alice, hour, fits(3)))
	assert.Equal(t, window.Bucket-1+hour, s.FreeAt(now, alice, hour, fits(2)))
	assert.Equal(t, 3*window.Bucket-1+hour, s.FreeAt(now, alice, hour, fits(0)))
}

func TestValidLengthsAreWholeBuckets(t *testing.T) {
	for _, length := range []int64{window.Bucket, hour, window.Day, window.Longest} {
		assert.True(t, window.Valid(length), length)
	}
	for _, length := range []int64{-window.Bucket, 0, 1, window.Bucket + 1, window.Longest + window.Bucket} {
		assert.False(t, window.Valid(length), length)
	}
}

// entry is what the naive sums remember: everything.
type entry struct {
	at, amount int64
	key        window.Key
}

// A window holds at least what was let through in it, and at most what was let through a bucket longer; it is bounded, and a copy is the same.
func TestWindowsAgainstARecordOfEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sums, now := window.New(0), int64(0)
		var entries []entry
		keys := []window.Key{alice, {Participant: "bob", Asset: "USD"}}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now += rapid.Int64Range(0, 3*hour).Draw(t, "passed")
			one := entry{now, rapid.Int64Range(1, math.MaxInt64).Draw(t, "amount"), rapid.SampledFrom(keys).Draw(t, "key")}
			sums.Add(now, one.key, one.amount)
			entries = append(entries, one)
			if rapid.Bool().Draw(t, "copied") {
				sums = copied(t, sums)
			}
			length := rapid.Int64Range(1, 96).Draw(t, "length") * window.Bucket
			got := sums.Total(now, one.key, length)
			least, most := naive(entries, one.key, now, length), naive(entries, one.key, now, length+window.Bucket)
			require.True(t, whole(got.Amount).Cmp(least) >= 0 && whole(got.Amount).Cmp(most) <= 0, "%v is not from %v to %v", got, least, most)
		}
	})
}

func naive(entries []entry, key window.Key, now, length int64) *big.Int {
	sum := new(big.Int)
	for _, one := range entries {
		if one.key == key && one.at > now-length {
			sum.Add(sum, big.NewInt(one.amount))
		}
	}
	return sum
}

func whole(w decimal.Wide) *big.Int {
	value := new(big.Int).Lsh(big.NewInt(w.High), 64)
	return value.Add(value, new(big.Int).SetUint64(w.Low))
}

func copied(t require.TestingT, sums *window.Sums) *window.Sums {
	var w, again snapshot.Writer
	sums.Encode(&w)
	r := snapshot.NewReader(w.Bytes)
	restored := window.Decode(&r)
	r.End()
	require.NoError(t, r.Err())
	restored.Encode(&again)
	require.Equal(t, w.Bytes, again.Bytes)
	return restored
}

func TestSumsAreBounded(t *testing.T) {
	s := window.New(0)
	var w snapshot.Writer
	for n := range 10 * window.Day / window.Bucket {
		s.Add(n*window.Bucket, alice, 1)
	}
	s.Encode(&w)
	assert.Less(t, len(w.Bytes), 97*8)
}

func FuzzDecode(f *testing.F) {
	s := window.New(hour)
	s.Add(5, alice, 7)
	s.Add(hour, alice, 8)
	var w snapshot.Writer
	s.Encode(&w)
	f.Add(w.Bytes)
	f.Fuzz(func(t *testing.T, bytes []byte) {
		r := snapshot.NewReader(bytes)
		if sums := window.Decode(&r); !r.Failed() {
			copied(t, sums)
		}
	})
}
