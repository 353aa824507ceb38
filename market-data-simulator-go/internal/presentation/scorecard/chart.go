// This file is the frame of every drawing: axes that turn values into pixels, their ticks, and lines. Pixels are strings with
// one decimal, so that the page is small and the same on every machine.

package scorecard

import (
	"fmt"
	"math"
	"strings"
)

// axis maps values between low and high onto pixels between from and to.
type axis struct {
	low, high float64
	from, to  float64
	log       bool
}

func (a axis) at(value float64) float64 {
	low, high := a.low, a.high
	if a.log {
		value, low, high = math.Log(value), math.Log(low), math.Log(high)
	}
	share := min(1, max(0, (value-low)/(high-low)))
	return a.from + share*(a.to-a.from)
}

// tick is a mark on an axis.
type tick struct{ At, Label string }

// mark makes a tick.
func (a axis) mark(value float64, format string, arguments ...any) tick {
	return tick{At: pixel(a.at(value)), Label: fmt.Sprintf(format, arguments...)}
}

// ticks are round values, about as many as asked for.
func (a axis) ticks(about int, unit string) []tick {
	step := roundStep((a.high - a.low) / float64(about))
	decimals := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	var marks []tick
	for n := math.Ceil(a.low/step - 1e-9); n*step <= a.high+step*1e-9; n++ {
		marks = append(marks, a.mark(n*step, "%.*f%s", decimals, n*step+0, unit)) // +0: no minus before a zero
	}
	return marks
}

// roundStep is the smallest of 1, 2, 5 times a power of ten that is not below.
func roundStep(least float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(least)))
	for _, factor := range []float64{1, 2, 5} {
		if factor*power >= least*(1-1e-9) {
			return factor * power
		}
	}
	return 10 * power
}

// chart is a frame with lines in it.
type chart struct {
	Title          string
	Description    string // for those who cannot see it
	Width, Height  float64
	X, Y           axis
	XTicks, YTicks []tick
	XLabel, YLabel string
	Lines          []line
}

// line is drawn through points. Its kind, real or simulated, decides its looks.
type line struct{ Kind, Points string }

// Sizes of the frame, in pixels of the drawing.
const (
	marginLeft   = 44.0
	marginRight  = 12.0
	marginTop    = 26.0
	marginBottom = 38.0
)

func newChart(title string, width, height float64) *chart {
	return &chart{
		Title: title, Width: width, Height: height,
		X: axis{from: marginLeft, to: width - marginRight}, Y: axis{from: height - marginBottom, to: marginTop},
	}
}

// Left, Right, Top and Bottom are the edges of the plotted area.
func (c *chart) Left() string { return pixel(c.X.from) }

// Right is the right edge.
func (c *chart) Right() string { return pixel(c.X.to) }

// Top is the upper edge.
func (c *chart) Top() string { return pixel(c.Y.to) }

// Bottom is the lower edge.
func (c *chart) Bottom() string { return pixel(c.Y.from) }

// draw adds a line.
func (c *chart) draw(kind string, x, y []float64) {
	c.Lines = append(c.Lines, line{Kind: kind, Points: points(c.X, c.Y, x, y)})
}

func points(xAxis, yAxis axis, x, y []float64) string {
	var text strings.Builder
	for i := range x {
		if i > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(pixel(xAxis.at(x[i])) + "," + pixel(yAxis.at(y[i])))
	}
	return text.String()
}

func pixel(value float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", value), ".0") }

// covering widens the range of values by a share on either side.
func covering(share float64, rows ...[]float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, row := range rows {
		for _, value := range row {
			low, high = min(low, value), max(high, value)
		}
	}
	room := share * (high - low)
	if room == 0 {
		room = max(math.Abs(high), 1) * 0.1
	}
	return low - room, high + room
}
