package realism

// Order statistics without sorting everything: magnitudes fall into buckets by
// their leading bits, and only those buckets are sorted that the facts look at.

import (
	"math"
	"slices"
)

// bucketShift leaves the exponent and four bits of the mantissa: a bucket is 6 %
// wide.
const bucketShift = 48

// ordering is the memory that arranging takes.
type ordering struct {
	counts []int32
	part   []float64
}

func newOrdering(size int) ordering {
	return ordering{counts: make([]int32, 1<<(63-bucketShift)), part: make([]float64, 0, size)}
}

func bucketOf(magnitude float64) uint64 { return math.Float64bits(magnitude) >> bucketShift }

// arrange puts into their places the magnitudes that the marginal facts look at:
// the median, and the tail that Hill's exponent is of with the number before it.
// What stands elsewhere means nothing afterwards.
func (o *ordering) arrange(magnitudes []float64) {
	clear(o.counts)
	for _, x := range magnitudes {
		o.counts[bucketOf(x)]++
	}
	size := len(magnitudes)
	threshold, middle := size-int(hillShare*float64(size))-1, int(tailMedian*float64(size-1))
	first, before := o.find(middle)
	next, _ := o.find(min(middle+1, size-1))
	last, above := o.find(threshold)
	body := o.collect(magnitudes, first, next)
	lower, upper := body[middle-before], body[min(middle+1, size-1)-before]
	tail := o.collect(magnitudes, last, uint64(len(o.counts)))
	copy(magnitudes[above:], tail)
	if middle < above {
		magnitudes[middle] = lower
	}
	if middle+1 < above {
		magnitudes[middle+1] = upper
	}
}

// find answers with the bucket of the number of a rank, and how many numbers lie
// in the buckets before it.
func (o *ordering) find(rank int) (bucket uint64, before int) {
	for int(o.counts[bucket])+before <= rank {
		before += int(o.counts[bucket])
		bucket++
	}
	return bucket, before
}

// collect sorts the numbers of the buckets first .. last.
func (o *ordering) collect(magnitudes []float64, first, last uint64) []float64 {
	o.part = o.part[:0]
	for _, x := range magnitudes {
		if bucket := bucketOf(x); bucket >= first && bucket <= last {
			o.part = append(o.part, x)
		}
	}
	slices.Sort(o.part)
	return o.part
}
