// This file tells those who wait how far it is: on a terminal one line that is written over, else a line now and then.

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// progress writes to stderr; what a command answers goes to stdout.
type progress struct {
	out      io.Writer
	terminal bool
	width    int    // of the line that is to be written over
	next     uint64 // commands at which the next line is due, when it is no terminal
}

func newProgress(out io.Writer) *progress {
	p := &progress{out: out, next: 1}
	if file, is := out.(*os.File); is {
		info, err := file.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// passed says how many commands were replayed.
func (p *progress) passed(what string, commands uint64) {
	text := fmt.Sprintf("%s: %d commands", what, commands)
	if p.terminal {
		fmt.Fprintf(p.out, "\r%-*s", p.width, text)
		p.width = max(p.width, len(text))
		return
	}
	if commands >= p.next {
		fmt.Fprintln(p.out, text)
		p.next = 2 * commands
	}
}

// end clears the line that is written over.
func (p *progress) end() {
	if p.width > 0 {
		fmt.Fprintf(p.out, "\r%s\r", strings.Repeat(" ", p.width))
	}
	p.width, p.next = 0, 1
}

// interrupted makes of an error that a signal caused one that says so.
func interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return fmt.Errorf("interrupted: %w", ctx.Err())
	}
	return err
}
