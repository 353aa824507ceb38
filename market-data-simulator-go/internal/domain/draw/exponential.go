// This file draws exponentials by the ziggurat of Marsaglia & Tsang (2000) with 256 layers: a third of the time that a
// logarithm takes. It is written out here for the reason that normal.go gives.

package draw

import (
	"math"
	"math/bits"
)

const (
	fadingEdge = 7.69711747013104972    // right edge of the lowest layer
	fadingArea = 0.00394965982258155720 // of each layer
)

var fadingEdges, fadingHeights, fadingWidths = fading()

// Exponential is the next draw from the exponential law of mean 1.
func (s *Stream) Exponential() float64 {
	word := s.Uint64()
	layer := word & (layers - 1)
	x := float64(int64(word>>11)) * fadingWidths[layer]
	if x < fadingEdges[layer+1] {
		return x
	}
	return s.exponentialAt(layer, x)
}

// Exponentials fills a slice, as Normals does.
func (s *Stream) Exponentials(into []float64) {
	for len(into) > chunk {
		s.exponentials(into[:chunk])
		into = into[chunk:]
	}
	s.exponentials(into)
}

func (s *Stream) exponentials(into []float64) {
	first, missed := s.counter, uint64(0)
	counter := first
	for i := range into {
		counter += golden
		word := mix(counter)
		layer := word & (layers - 1)
		x := float64(int64(word>>11)) * fadingWidths[layer]
		into[i] = x
		if x >= fadingEdges[layer+1] {
			missed |= 1 << (i & (chunk - 1))
		}
	}
	s.counter = counter
	for ; missed != 0; missed &= missed - 1 {
		i := bits.TrailingZeros64(missed)
		into[i] = s.exponentialAt(mix(first+uint64(i+1)*golden)&(layers-1), into[i])
	}
}

// exponentialAt goes on where a position lies beyond what its layer has for certain.
func (s *Stream) exponentialAt(layer uint64, x float64) float64 {
	if layer == 0 {
		return fadingEdge + s.Exponential() // the law has no memory
	}
	if fadingHeights[layer]+s.Uniform()*(fadingHeights[layer+1]-fadingHeights[layer]) < math.Exp(-x) {
		return x
	}
	return s.Exponential()
}

// fading lays out the layers as ziggurat does, for 53 bits without a sign.
func fading() (edges, heights [layers + 1]float64, widths [layers]float64) {
	edges[0], edges[1] = fadingArea/math.Exp(-fadingEdge), fadingEdge
	for i := 2; i < layers; i++ {
		edges[i] = -math.Log(fadingArea/edges[i-1] + math.Exp(-edges[i-1]))
	}
	for i := range heights {
		heights[i] = math.Exp(-edges[i])
		if i < layers {
			widths[i] = edges[i] * 0x1p-53
		}
	}
	return edges, heights, widths
}
