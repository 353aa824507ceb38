// This file tells those who wait what is being done: a line a stage, or on a terminal one line that is written over.

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// progress writes to stderr; what a command answers goes to stdout.
type progress struct {
	out      io.Writer
	start    time.Time
	terminal bool
	width    int // of the line that is to be written over
}

func newProgress(out io.Writer) *progress {
	p := &progress{out: out, start: time.Now()}
	if file, is := out.(*os.File); is {
		info, err := file.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// stage says what comes next.
func (p *progress) stage(format string, arguments ...any) {
	text := fmt.Sprintf("%5.1f s  %s", time.Since(p.start).Seconds(), fmt.Sprintf(format, arguments...))
	if p.terminal {
		p.over(text)
	} else {
		fmt.Fprintln(p.out, text)
	}
}

// done says how much of a long stage is over: on a terminal each time, else at each tenth.
func (p *progress) done(count, total int, what string) {
	text := fmt.Sprintf("%d of %d %s", count, total, what)
	switch {
	case p.terminal:
		left := time.Since(p.start) / time.Duration(count) * time.Duration(total-count)
		p.over(fmt.Sprintf("%s, about %s left", text, left.Round(time.Second)))
	case count%max(1, total/10) == 0:
		fmt.Fprintln(p.out, text)
	}
}

// say writes a line that stays.
func (p *progress) say(format string, arguments ...any) {
	p.end()
	fmt.Fprintf(p.out, format+"\n", arguments...)
}

// end clears the line that is written over.
func (p *progress) end() {
	if p.width > 0 {
		fmt.Fprintf(p.out, "\r%s\r", strings.Repeat(" ", p.width))
		p.width = 0
	}
}

func (p *progress) over(text string) {
	fmt.Fprintf(p.out, "\r%-*s", p.width, text)
	p.width = max(p.width, len(text))
}

// interrupted makes of an error that a signal caused one that says so, and that nothing was written.
func interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return fmt.Errorf("interrupted, nothing was written: %w", ctx.Err())
	}
	return err
}
