// This file is the sums as bytes.

package window

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// Encode appends the sums: the same ones give the same bytes.
func (s *Sums) Encode(w *snapshot.Writer) {
	w.Int(s.retention)
	w.Count(len(s.buckets))
	for _, key := range slices.SortedFunc(maps.Keys(s.buckets), Key.Compare) {
		w.Text(key.Participant)
		w.Text(key.Asset)
		w.Count(len(s.buckets[key]))
		for _, one := range s.buckets[key] {
			w.Int(one.number, one.Count, one.Amount.High)
			w.Uint(one.Amount.Low)
		}
	}
}

// Compare orders keys: by participant, then by asset.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(k.Participant, other.Participant), cmp.Compare(k.Asset, other.Asset))
}

// Decode reads sums; what cannot be is an error of the reader.
func Decode(r *snapshot.Reader) *Sums {
	s := New(r.Within(Day, Longest))
	before := Key{}
	for n, left := 0, r.Count(); n < left && !r.Failed(); n++ {
		key := Key{r.Text(), r.Text()}
		r.Want(n == 0 || before.Compare(key) < 0, "the sums of %q come after those of %q", key, before)
		s.buckets[key], before = decodeBuckets(r), key
	}
	return s
}

// most is how many buckets a participant has of an asset at most.
const most = int(Longest/Bucket) + 1

func decodeBuckets(r *snapshot.Reader) []bucket {
	count, next := r.Count(), int64(0)
	r.Want(count > 0 && count <= most, "a participant is listed with %d sums of an asset, %d are the most", count, most)
	var buckets []bucket
	for len(buckets) < count && !r.Failed() {
		one := bucket{number: r.Within(next, math.MaxInt64/Bucket-1-Longest/Bucket)}
		one.Count = r.Within(1, 1<<48)
		one.Amount = decimal.Wide{High: r.Within(0, 1<<48), Low: r.Uint()}
		buckets, next = append(buckets, one), one.number+1
	}
	return buckets
}
