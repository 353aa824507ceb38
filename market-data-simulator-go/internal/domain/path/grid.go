// This file holds the minutes: every process is walked from minute to minute, its state is saved now and then, and the
// last day of moves is kept, because a quote looks back one day.

package path

import "github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"

const (
	markEvery  = 240                                       // minutes between two checkpoints
	ringLength = windowMinutes + shortStep + markEvery + 1 // minutes that a seek may have to keep
)

// grid walks the processes. Minutes first .. next-1 are kept.
type grid struct {
	sources []source
	rows    int
	marks   [][]process.State // states before minute 0, markEvery, 2 markEvery ..; shared between forks, never changed
	states  []process.State   // before minute next
	first   int64
	next    int64
	moves   []process.Move // ring of minutes, rows moves each
}

// source is a process and the rows that it moves.
type source struct {
	process.Process
	row   int
	count int
}

// add appends a process with that many rows and answers with its first row.
func (g *grid) add(one process.Process, count int) (row int) {
	row = g.rows
	g.sources = append(g.sources, source{Process: one, row: row, count: count})
	g.rows += count
	return row
}

// start makes the grid ready for its first walk.
func (g *grid) start() {
	g.moves = make([]process.Move, ringLength*g.rows)
	if g.marks == nil {
		states := make([]process.State, len(g.sources))
		for i := range g.sources {
			states[i] = g.sources[i].Start()
		}
		g.marks = append(g.marks, states)
	}
	g.restore(0)
}

// fork is a grid with the same sources and checkpoints. Processes hold scratch memory, so each grid has its own.
func (g *grid) fork() *grid {
	sources := make([]source, len(g.sources))
	for i, one := range g.sources {
		sources[i] = source{Process: one.Process.Fork(), row: one.row, count: one.count}
	}
	return &grid{sources: sources, rows: g.rows, marks: g.marks[:len(g.marks):len(g.marks)]}
}

// keep makes the minutes first .. last available to minute; at most ringLength-markEvery of them.
func (g *grid) keep(first, last int64) {
	mark := min(first/markEvery, int64(len(g.marks)-1))
	if first < g.first || g.next < mark*markEvery {
		g.restore(mark)
	}
	for g.next <= last {
		g.step()
	}
}

// minute is the moves of a minute that was kept, one a row.
func (g *grid) minute(n int64) []process.Move {
	at := int(n%ringLength) * g.rows
	return g.moves[at : at+g.rows : at+g.rows]
}

func (g *grid) step() {
	moves := g.minute(g.next)
	for i := range g.sources {
		one := &g.sources[i]
		one.Step(g.states[i], g.next, moves[one.row:one.row+one.count])
	}
	g.next++
	g.first = max(g.first, g.next-ringLength)
	if g.next == int64(len(g.marks))*markEvery {
		g.marks = append(g.marks, clone(g.states))
	}
}

func (g *grid) restore(mark int64) {
	g.states = clone(g.marks[mark])
	g.first, g.next = mark*markEvery, mark*markEvery
}

// volume is what a row trades in a minute that was kept, in base units.
func (g *grid) volume(row int, n int64) float64 { return g.volumeOf(row, n, g.minute(n)[row].Tone) }

// volumeOf is what a row trades in a minute of a given tone, in base units.
func (g *grid) volumeOf(row int, n int64, tone process.Tone) float64 {
	for i := range g.sources {
		if one := &g.sources[i]; row < one.row+one.count {
			return one.Volume(row-one.row, n, tone)
		}
	}
	return 0
}

func clone(states []process.State) []process.State {
	copied := make([]process.State, len(states))
	for i, state := range states {
		copied[i] = append(process.State(nil), state...)
	}
	return copied
}
