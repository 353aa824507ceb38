// Package realism measures how similar simulated returns are to real ones.
//
// The correlation of two independent price paths means nothing, and a path
// pinned to real closes wins it without being realistic. So no score here
// compares price levels: six scores in [0, 1] compare what log returns do
// (clustering, hours, co-movement, volatility, tails, trends), all pairs
// together. Beside every score stand what two worthless simulators reach (the
// nulls: correlated Brownian motion, and the real bars shuffled) and what
// reality itself reaches (the ceiling: half of the real days against the other
// half); a score without them says nothing.
//
// A Reference holds what must be known of the real bars, without the bars, so
// that it can travel inside a profile:
//
//	real, err := realism.FromSeries(series)
//	reference, err := realism.Build(real, seed)
//	report, err := reference.Report(simulated)
package realism
