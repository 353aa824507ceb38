package prices

// The board is what people look at. It is a pure function of the quotes that it was given.

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/trading-ecosystem/fleet/internal/screen"
)

// HistoryLength is how many updates of a symbol its sparkline shows.
const HistoryLength = 40

// Board holds the latest quotes and a little history, in the order of the instruments.
type Board struct {
	rows []boardRow
}

type boardRow struct {
	instrument Instrument
	latest     Quote
	history    []float64 // prices, oldest first
}

// NewBoard makes a board for these instruments.
func NewBoard(instruments []Instrument) *Board {
	board := &Board{}
	for _, instrument := range instruments {
		board.rows = append(board.rows, boardRow{instrument: instrument})
	}
	return board
}

// Put takes a quote. One of a symbol that is not on the board is left out.
func (b *Board) Put(quote Quote) {
	for index := range b.rows {
		row := &b.rows[index]
		if row.instrument.Symbol != quote.Symbol {
			continue
		}
		row.latest = quote
		row.history = append(row.history, quote.Price)
		if extra := len(row.history) - HistoryLength; extra > 0 {
			row.history = slices.Delete(row.history, 0, extra)
		}
	}
}

var boardHeader = []string{"PAIR", "PRICE", "BID", "ASK", "24H %", "24H HIGH", "24H LOW", "24H VOLUME", "LATEST UPDATES"}

// Render writes the board as lines of at most width columns; 0 means any width.
func (b *Board) Render(width int) []string {
	cells := [][]string{boardHeader}
	for _, row := range b.rows {
		cells = append(cells, row.cells())
	}
	widths := make([]int, len(boardHeader))
	for _, line := range cells {
		for column, cell := range line {
			widths[column] = max(widths[column], utf8.RuneCountInString(cell))
		}
	}
	var lines []string
	for _, line := range cells {
		lines = append(lines, screen.Clip(align(line, widths), width))
	}
	return lines
}

func (r boardRow) cells() []string {
	if len(r.history) == 0 {
		return []string{r.instrument.Symbol, "-", "-", "-", "-", "-", "-", "-", ""}
	}
	price := func(value float64) string { return number(value, r.instrument.Decimals) }
	return []string{
		r.instrument.Symbol, price(r.latest.Price), price(r.latest.Bid), price(r.latest.Ask), signed(r.latest.DayPercent),
		price(r.latest.DayHigh), price(r.latest.DayLow), volume(r.latest.DayVolume), Sparkline(r.history),
	}
}

// align puts numbers to the right and the first and the last column to the left.
func align(cells []string, widths []int) string {
	var line strings.Builder
	for column, cell := range cells {
		switch column {
		case 0:
			fmt.Fprintf(&line, "%-*s", widths[column], cell)
		case len(cells) - 1:
			line.WriteString("  " + cell)
		default:
			fmt.Fprintf(&line, "  %*s", widths[column], cell)
		}
	}
	return strings.TrimRight(line.String(), " ")
}
