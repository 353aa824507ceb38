// This file draws exponentials by the ziggurat of Marsaglia & Tsang (2000) with 256 layers: a third of the time that a
// logarithm takes. It is written out here for the reason that normal.go gives.

package draw

import "math"

const (
	fadingEdge = 7.69711747013104972    // right edge of the lowest layer
	fadingArea = 0.00394965982258155720 // of each layer
)

var fadings = fading()

// fadingLayers is the layout: right edges falling to 0, the density at each, and the factor that turns 53 bits into a position.
type fadingLayers struct {
	edges, heights [layers + 1]float64
	widths         [layers]float64
}

// Exponential is the next draw from the exponential law of mean 1.
func (s *Stream) Exponential() float64 {
	bits := s.Uint64()
	layer := bits & (layers - 1)
	x := float64(bits>>11) * fadings.widths[layer]
	if x < fadings.edges[layer+1] {
		return x
	}
	return s.exponentialAt(layer, x)
}

// Exponentials fills a slice as that many calls of Exponential would.
func (s *Stream) Exponentials(into []float64) {
	for i := range into {
		into[i] = s.Exponential()
	}
}

// exponentialAt goes on where a position lies beyond what its layer has for certain.
func (s *Stream) exponentialAt(layer uint64, x float64) float64 {
	if layer == 0 {
		return fadingEdge + s.Exponential() // the law has no memory
	}
	if fadings.heights[layer]+s.Uniform()*(fadings.heights[layer+1]-fadings.heights[layer]) < math.Exp(-x) {
		return x
	}
	return s.Exponential()
}

func fading() *fadingLayers {
	var l fadingLayers
	l.edges[0], l.edges[1] = fadingArea/math.Exp(-fadingEdge), fadingEdge
	for i := 2; i < layers; i++ {
		l.edges[i] = -math.Log(fadingArea/l.edges[i-1] + math.Exp(-l.edges[i-1]))
	}
	for i := range l.heights {
		l.heights[i] = math.Exp(-l.edges[i])
		if i < layers {
			l.widths[i] = l.edges[i] * 0x1p-53
		}
	}
	return &l
}
