package command

// A picture is redrawn on a terminal at a pace at which it can be read, however fast the stream is that changes it.

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"github.com/trading-ecosystem/fleet/internal/screen"
)

const (
	redrawInterval = 100 * time.Millisecond // a picture that changes faster cannot be read
	calm           = "Ctrl-C ends."
)

// picture is what stands on the terminal.
type picture struct {
	screen *screen.Screen
	mu     sync.Mutex // guards note, and what render reads
	render func() []string
	note   string
}

func newPicture(out io.Writer, render func() []string) *picture {
	return &picture{screen: screen.New(out), render: render, note: calm}
}

// change changes what render reads.
func (p *picture) change(how func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	how()
	p.note = calm
}

// trouble tells below the picture that the stream has ended.
func (p *picture) trouble(err error, retryIn time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note = fmt.Sprintf("The stream ended (%v): again in %s.", err, retryIn)
}

func (p *picture) redraw() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.screen.Draw(append(p.render(), "", p.note))
}

// show redraws while follow runs.
func (p *picture) show(ctx context.Context, follow func(context.Context) error) error {
	defer func() { _ = p.screen.Close() }()
	drawing, stopDrawing := context.WithCancel(ctx)
	group, drawing := errgroup.WithContext(drawing)
	group.Go(func() error {
		defer stopDrawing()
		return follow(drawing)
	})
	group.Go(func() error {
		ticker := time.NewTicker(redrawInterval)
		defer ticker.Stop()
		for {
			select {
			case <-drawing.Done():
				return p.redraw()
			case <-ticker.C:
				if err := p.redraw(); err != nil {
					return err
				}
			}
		}
	})
	return group.Wait()
}

// terminalWidth tells whether the results go to a terminal, and how wide it is.
func terminalWidth(app *kong.Context) (width func() int, onTerminal bool) {
	file, isFile := app.Stdout.(*os.File)
	if !isFile || !term.IsTerminal(int(file.Fd())) {
		return nil, false
	}
	return func() int {
		columns, _, err := term.GetSize(int(file.Fd()))
		if err != nil {
			return 0
		}
		return columns
	}, true
}

// troubleOnStderr tells on a line of its own that the stream has ended.
func troubleOnStderr(app *kong.Context) func(err error, retryIn time.Duration) {
	return func(err error, retryIn time.Duration) {
		fmt.Fprintf(app.Stderr, "fleet: the stream ended (%v): again in %s\n", err, retryIn)
	}
}
