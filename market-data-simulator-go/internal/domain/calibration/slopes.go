// This file finds the slopes of the residuals by forward differences, with a fourth of the simulations that one parameter at a
// time would take: a pair's own facts depend on its own parameters only, and a fact about two pairs on those of the two. So
// one parameter can be moved in all pairs at once.

package calibration

// slopes of the residuals of one run, per unit of each parameter: [place][fact].
func (r *rehearsal) slopes(p point, n int) [][]float64 {
	slopes := make([][]float64, len(p.values))
	for place := range slopes {
		slopes[place] = make([]float64, len(r.target.facts))
	}
	residuals := make([]float64, len(r.target.facts))
	roles := r.roles(p)
	r.play(n, roles, residuals)
	for i := range p.pairs {
		r.slopeOfCommon(p, n, i, residuals, slopes[p.at(kindCommon, i)])
	}
	for kind := range kindCommon {
		r.slopesOfKind(p, n, kind, residuals, slopes)
	}
	r.slopeOfMixing(p, n, residuals, slopes[p.mixing()])
	r.slopesOfCorrelations(p, n, residuals, slopes)
	return slopes
}

// slopeOfCommon moves the common share of one pair. It is played beside the others, which the meter still holds.
func (r *rehearsal) slopeOfCommon(p point, n, i int, residuals, slope []float64) {
	if r.stop() {
		return
	}
	moved := p.clone()
	direction := moved.nudge(p.at(kindCommon, i))
	found := append([]float64(nil), residuals...)
	r.runs[n].play(i, r.roles(moved)[i], r.runs[n].flip, r.moved)
	r.measure(i, r.moved, found)
	r.measureCross(found)
	for fact := range slope {
		slope[fact] = (found[fact] - residuals[fact]) * direction
	}
	r.meter.Pair(i, r.returns[i], r.scratch[:r.target.own])
}

// slopesOfKind moves the parameters of one kind in all pairs. What a fact about two pairs changes by is shared by both.
func (r *rehearsal) slopesOfKind(p point, n, kind int, residuals []float64, slopes [][]float64) {
	moved, directions := p.clone(), make([]float64, p.pairs)
	for i := range directions {
		directions[i] = moved.nudge(p.at(kind, i))
	}
	found := make([]float64, len(residuals))
	r.play(n, r.roles(moved), found)
	for i, direction := range directions {
		slope := slopes[p.at(kind, i)]
		for k := range r.target.own {
			fact := i*r.target.own + k
			slope[fact] = (found[fact] - residuals[fact]) * direction
		}
		fact := r.target.calm() + i
		slope[fact] = (found[fact] - residuals[fact]) * direction
		for j := range p.pairs {
			if j == i {
				continue
			}
			for _, fact := range r.about(min(i, j), max(i, j)) {
				slope[fact] = (found[fact] - residuals[fact]) / 2 * direction
			}
		}
	}
}

// about is the places of the two facts about a pair i and one j > i.
func (r *rehearsal) about(i, j int) [2]int {
	place := r.target.cross() + among(r.target.pairs, i, j)
	return [2]int{place, place + r.target.pairs*(r.target.pairs-1)/2}
}

func (r *rehearsal) slopeOfMixing(p point, n int, residuals, slope []float64) {
	moved := p.clone()
	direction := moved.nudge(p.mixing())
	found := make([]float64, len(residuals))
	r.play(n, r.roles(moved), found)
	for fact := range slope {
		slope[fact] = (found[fact] - residuals[fact]) * direction
	}
}

// slopesOfCorrelations moves all correlations; each has its two facts.
func (r *rehearsal) slopesOfCorrelations(p point, n int, residuals []float64, slopes [][]float64) {
	moved := p.clone()
	directions := map[int]float64{}
	for place := p.mixing() + 1; place < len(p.values); place++ {
		directions[place] = moved.nudge(place)
	}
	found := make([]float64, len(residuals))
	r.play(n, r.roles(moved), found)
	for i := range p.pairs {
		for j := i + 1; j < p.pairs; j++ {
			place := p.correlation(i, j)
			for _, fact := range r.about(i, j) {
				slopes[place][fact] = (found[fact] - residuals[fact]) * directions[place]
			}
		}
	}
}
