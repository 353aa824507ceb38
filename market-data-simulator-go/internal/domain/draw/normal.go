// This file draws standard normals by the ziggurat of Marsaglia & Tsang (2000) with 256 layers, in the form of Doornik
// (2005): position and layer come from separate bits. It is written out here because a price must not change when a
// library changes its method.

package draw

import (
	"math"
	"math/bits"
)

const (
	layers   = 256
	tailEdge = 3.6541528853610088    // right edge of the lowest layer
	area     = 0.0049286732339746519 // of each layer
)

var edges, heights, widths = ziggurat()

// Normal is the next draw from the standard normal law.
func (s *Stream) Normal() float64 {
	word := s.Uint64()
	layer := word & (layers - 1)
	x := float64(int64(word)>>11) * widths[layer]
	if math.Abs(x) < edges[layer+1] {
		return x
	}
	return s.normalAt(layer, x)
}

// Normals fills a slice, in less time than that many calls of Normal take: first all draws are made as if none had to be
// looked at closer, none waiting for another; then those few that have to be are.
func (s *Stream) Normals(into []float64) {
	for len(into) > chunk {
		s.normals(into[:chunk])
		into = into[chunk:]
	}
	s.normals(into)
}

// chunk is the number of draws whose misses fit into a word.
const chunk = 64

func (s *Stream) normals(into []float64) {
	first, missed := s.counter, uint64(0)
	counter := first
	for i := range into {
		counter += golden
		word := mix(counter)
		layer := word & (layers - 1)
		x := float64(int64(word)>>11) * widths[layer]
		into[i] = x
		if math.Abs(x) >= edges[layer+1] {
			missed |= 1 << (i & (chunk - 1))
		}
	}
	s.counter = counter
	for ; missed != 0; missed &= missed - 1 {
		i := bits.TrailingZeros64(missed)
		into[i] = s.normalAt(mix(first+uint64(i+1)*golden)&(layers-1), into[i])
	}
}

// normalAt goes on where a position lies beyond what its layer has for certain.
func (s *Stream) normalAt(layer uint64, x float64) float64 {
	if layer == 0 {
		return math.Copysign(s.tail(), x)
	}
	if heights[layer]+s.Uniform()*(heights[layer+1]-heights[layer]) < math.Exp(-x*x/2) {
		return x
	}
	return s.Normal()
}

// tail draws from beyond the lowest layer's edge (Marsaglia 1964).
func (s *Stream) tail() float64 {
	for {
		x, y := s.Exponential()/tailEdge, s.Exponential()
		if y+y > x*x {
			return tailEdge + x
		}
	}
}

// ziggurat lays out the layers: right edges falling to 0, the density at each, and the factor that turns 53 signed bits
// into a position.
func ziggurat() (edges, heights [layers + 1]float64, widths [layers]float64) {
	density := func(x float64) float64 { return math.Exp(-x * x / 2) }
	edges[0], edges[1] = area/density(tailEdge), tailEdge
	for i := 2; i < layers; i++ {
		edges[i] = math.Sqrt(-2 * math.Log(area/edges[i-1]+density(edges[i-1])))
	}
	for i := range heights {
		heights[i] = density(edges[i])
		if i < layers {
			widths[i] = edges[i] * 0x1p-52
		}
	}
	return edges, heights, widths
}
