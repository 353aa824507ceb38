// Package screen draws text on a terminal.
package screen

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Screen redraws a block of lines in place on a terminal.
type Screen struct {
	out   io.Writer
	drawn int // lines that stand on the terminal
}

// New draws on a terminal.
func New(out io.Writer) *Screen { return &Screen{out: out} }

// ECMA-48 control sequences.
const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	clearLine  = "\x1b[2K"
	clearBelow = "\x1b[J"
)

// Draw replaces what was drawn before by these lines.
func (s *Screen) Draw(lines []string) error {
	var text strings.Builder
	text.WriteString(hideCursor)
	if s.drawn > 0 {
		fmt.Fprintf(&text, "\x1b[%dA\r", s.drawn) // up to the first line
	}
	for _, line := range lines {
		text.WriteString(clearLine + line + "\n")
	}
	text.WriteString(clearBelow)
	s.drawn = len(lines)
	_, err := io.WriteString(s.out, text.String())
	return err
}

// Close leaves the last picture on the terminal and gives the cursor back.
func (s *Screen) Close() error {
	_, err := io.WriteString(s.out, showCursor)
	return err
}

// Clip cuts a line so that a terminal of that width does not wrap it; 0 means any width.
func Clip(line string, width int) string {
	if width <= 0 || utf8.RuneCountInString(line) <= width {
		return line
	}
	return string([]rune(line)[:width])
}
