// This file draws correlation matrices.

package scorecard

import (
	"fmt"
	"math"
	"strings"
)

const (
	matrixWidth   = 340.0
	matrixLeft    = 64.0 // room for names
	matrixTop     = 46.0
	legibleMatrix = 8 // pairs up to which cells have room for their numbers
)

// heatmap is a matrix of squares.
type heatmap struct {
	Title, Description string
	Width, Height      float64
	Cells              []cell
	Rows, Columns      []name
}

// cell is a square: how strongly it is coloured, and in which of two colours.
type cell struct {
	X, Y, Size, MiddleX, MiddleY string
	Strength                     string // 0 to 1
	Negative, Strong             bool
	Label, Hint                  string
}

// name labels a row or a column.
type name struct{ X, Y, Text string }

// matrix draws a symmetric matrix with a unit diagonal, given the entries above it row by row. Full is the value that has the
// strongest colour.
func matrix(title string, symbols []string, above []float64, diagonal, full float64) heatmap {
	size := (matrixWidth - matrixLeft - 8) / float64(len(symbols))
	h := heatmap{Title: title, Description: title + " of the returns of all pairs.", Width: matrixWidth, Height: matrixTop + size*float64(len(symbols)) + 8}
	for i, symbol := range symbols {
		middle := (float64(i) + 0.5) * size
		h.Rows = append(h.Rows, name{pixel(matrixLeft - 6), pixel(matrixTop + middle + 4), symbol})
		base, _, _ := strings.Cut(symbol, "/")
		h.Columns = append(h.Columns, name{pixel(matrixLeft + middle), pixel(matrixTop - 6), base})
		for j := range symbols {
			value := diagonal
			if i != j {
				value = above[position(min(i, j), max(i, j), len(symbols))]
			}
			h.Cells = append(h.Cells, newCell(float64(j)*size+matrixLeft, float64(i)*size+matrixTop, size, value, full,
				len(symbols) <= legibleMatrix, fmt.Sprintf("%s, %s: %.3f", symbol, symbols[j], value)))
		}
	}
	return h
}

func newCell(x, y, size, value, full float64, legible bool, hint string) cell {
	strength := min(1, math.Abs(value)/full)
	c := cell{
		X: pixel(x), Y: pixel(y), Size: pixel(size - 2), MiddleX: pixel(x + size/2 - 1), MiddleY: pixel(y + size/2 + 3),
		Strength: fmt.Sprintf("%.2f", 0.06+0.94*strength), Negative: value < 0, Strong: strength > 0.55, Hint: hint,
	}
	if legible {
		c.Label = strings.Replace(fmt.Sprintf("%.2f", value), "-0.00", "0.00", 1)
	}
	return c
}

// position of entry i, j among those above the diagonal.
func position(i, j, n int) int { return i*(2*n-i-1)/2 + j - i - 1 }
