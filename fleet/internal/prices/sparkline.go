package prices

// A sparkline shows in the width of a table cell where a price has come from.

import (
	"math"
	"slices"
	"strings"
)

var blocks = []rune("▁▂▃▄▅▆▇█")

// Sparkline draws values, oldest first, as one block each: the lowest as the lowest block, the highest as the highest; values that are
// all equal in the middle. Values that are not finite are drawn as gaps.
func Sparkline(values []float64) string {
	finite := slices.DeleteFunc(slices.Clone(values), func(value float64) bool { return math.IsNaN(value) || math.IsInf(value, 0) })
	if len(finite) == 0 {
		return strings.Repeat(" ", len(values))
	}
	lowest, highest := slices.Min(finite), slices.Max(finite)
	var text strings.Builder
	for _, value := range values {
		switch {
		case math.IsNaN(value) || math.IsInf(value, 0):
			text.WriteRune(' ')
		case highest == lowest:
			text.WriteRune(blocks[len(blocks)/2-1])
		default: // halved, so that the range of two finite values is finite too
			share := (value/2 - lowest/2) / (highest/2 - lowest/2)
			text.WriteRune(blocks[min(int(share*float64(len(blocks))), len(blocks)-1)])
		}
	}
	return text.String()
}
