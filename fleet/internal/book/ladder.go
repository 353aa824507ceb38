package book

// The ladder is what people look at: asks above, bids below, best in the middle, with a bar for all that lies up to each price.

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/trading-ecosystem/fleet/internal/decimal"
	"github.com/trading-ecosystem/fleet/internal/screen"
)

const barWidth = 24 // characters of the longest bar

// Ladder renders the best levels of both sides as lines of at most width columns; 0 means any width. What is known beside the book goes
// to the head of it.
func (b *Book) Ladder(head string, depth, width int) []string {
	asks, bids := rungs(b.Asks(depth)), rungs(b.Bids(depth))
	deepest := new(big.Rat)
	for _, side := range [][]rung{asks, bids} {
		if len(side) > 0 && side[len(side)-1].total.Cmp(deepest) > 0 {
			deepest = side[len(side)-1].total
		}
	}
	places := placesOf(slices.Concat(asks, bids))
	cells := [][5]string{{"PRICE", "QUANTITY", "ORDERS", "TOTAL", "DEPTH"}}
	slices.Reverse(asks)
	for _, rung := range slices.Concat(asks, bids) {
		cells = append(cells, rung.cells(places, deepest))
	}
	lines := alignRight(cells)
	lines = slices.Insert(lines, 1+len(asks), b.middle())
	at := "no book yet"
	if b.complete {
		at = fmt.Sprintf("sequence %d  %s", b.Sequence, b.Time.UTC().Format(time.DateTime))
	}
	lines = append([]string{head + "  " + at, ""}, lines...)
	for index := range lines {
		lines[index] = screen.Clip(strings.TrimRight(lines[index], " "), width)
	}
	return lines
}

func (b *Book) middle() string {
	quote, bps := b.spread()
	if quote == "" {
		return "--- one side is empty ---"
	}
	return fmt.Sprintf("--- spread %s (%s bps) ---", quote, bps)
}

// rung is a level and all that lies up to it.
type rung struct {
	Level
	total *big.Rat
}

func rungs(levels []Level) []rung {
	var all []rung
	total := new(big.Rat)
	for _, level := range levels {
		total = new(big.Rat).Add(total, level.quantity)
		all = append(all, rung{level, total})
	}
	return all
}

// places are the digits after the point with which all prices and all quantities of a ladder are written.
type places struct{ price, quantity int }

func placesOf(rungs []rung) (most places) {
	for _, rung := range rungs {
		most.price = max(most.price, decimal.Places(rung.Price))
		most.quantity = max(most.quantity, decimal.Places(rung.Quantity))
	}
	return most
}

func (r rung) cells(places places, deepest *big.Rat) [5]string {
	share, _ := new(big.Rat).Quo(r.total, deepest).Float64() // for the picture alone; a level that rests has a quantity
	return [5]string{
		r.price.FloatString(places.price), r.quantity.FloatString(places.quantity), fmt.Sprint(r.Orders),
		r.total.FloatString(places.quantity), Bar(share, barWidth),
	}
}

var eighths = []rune("▏▎▍▌▋▊▉█")

// Bar draws a share, 0 to 1, of a width in characters, to an eighth of a character; what is not nothing is at least that.
func Bar(share float64, width int) string {
	if !(share > 0) {
		return ""
	}
	steps := max(int(min(share, 1)*float64(width*len(eighths))+0.5), 1)
	bar := strings.Repeat(string(eighths[len(eighths)-1]), steps/len(eighths))
	if rest := steps % len(eighths); rest > 0 {
		bar += string(eighths[rest-1])
	}
	return bar
}

// alignRight puts numbers to the right and the bar, the last column, to the left.
func alignRight(cells [][5]string) []string {
	var widths [5]int
	for _, line := range cells {
		for column, cell := range line {
			widths[column] = max(widths[column], len(cell))
		}
	}
	var lines []string
	for _, line := range cells {
		lines = append(lines, fmt.Sprintf("%*s  %*s  %*s  %*s  %s",
			widths[0], line[0], widths[1], line[1], widths[2], line[2], widths[3], line[3], line[4]))
	}
	return lines
}
