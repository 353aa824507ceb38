package realism

// Score 6, discriminative: can a simple classifier tell a real window from a
// simulated one? 1 says that it can only guess, 0 that it is always right.

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

const (
	ridge          = 3.0 // weight of the squared coefficients against the log-likelihood
	newtonSteps    = 25
	newtonAccuracy = 1e-8
)

// discriminativeScore trains on the even windows of both and is scored on the
// odd ones. Both give the same number of windows, so that guessing is right half
// of the time. Width is the number of features of a window.
func discriminativeScore(simulated, real Vector, width int) float64 {
	count := min(len(simulated), len(real)) / width
	var train, test sample
	for w := range count {
		half := &train
		if w%2 == 1 {
			half = &test
		}
		half.add(real[w*width:(w+1)*width], 1)
		half.add(simulated[w*width:(w+1)*width], 0)
	}
	centre, spread := train.standard()
	train.expand(centre, spread)
	test.expand(centre, spread)
	accuracy := test.accuracy(train.fit())
	return 1 - 2*math.Abs(accuracy-0.5)
}

// sample is rows of features with the class of each: 1 real, 0 simulated.
type sample struct {
	rows    [][]float64
	classes []float64
}

func (s *sample) add(features Vector, class float64) {
	s.rows, s.classes = append(s.rows, features.wide()), append(s.classes, class)
}

// standard returns mean and standard deviation of each column.
func (s *sample) standard() (centre, spread []float64) {
	for c := range s.rows[0] {
		column := make([]float64, len(s.rows))
		for i, row := range s.rows {
			column[i] = row[c]
		}
		centre = append(centre, mean(column))
		spread = append(spread, max(deviation(column), tiny))
	}
	return centre, spread
}

// expand standardises each column and appends its square: the square says how
// unusual a window is, in either direction.
func (s *sample) expand(centre, spread []float64) {
	for i, row := range s.rows {
		for c, x := range row {
			row[c] = (x - centre[c]) / spread[c]
		}
		for c := range centre {
			row = append(row, row[c]*row[c])
		}
		s.rows[i] = row
	}
}

// fit returns the weights of the columns, and last the intercept, that maximise
// the log-likelihood less ridge/2 times the squared weights (Newton's method;
// le Cessie and van Houwelingen 1992).
func (s *sample) fit() []float64 {
	size := len(s.rows[0]) + 1
	weights := make([]float64, size)
	for range newtonSteps {
		gradient, hessian := s.slope(weights)
		var factor mat.Cholesky
		var step mat.VecDense
		if !factor.Factorize(hessian) || factor.SolveVecTo(&step, gradient) != nil {
			break
		}
		for i := range weights {
			weights[i] += step.AtVec(i)
		}
		if mat.Norm(&step, 2) < newtonAccuracy {
			break
		}
	}
	return weights
}

// slope is the gradient of the penalised log-likelihood and its negated second
// derivative. The intercept is not penalised.
func (s *sample) slope(weights []float64) (*mat.VecDense, *mat.SymDense) {
	size := len(weights)
	gradient, hessian := mat.NewVecDense(size, nil), mat.NewSymDense(size, nil)
	g, h := gradient.RawVector().Data, hessian.RawSymmetric().Data
	for i, row := range s.rows {
		p := probability(row, weights)
		residual, weight := s.classes[i]-p, p*(1-p)
		for a, x := range row {
			g[a] += residual * x
			for b := a; b < len(row); b++ {
				h[a*size+b] += weight * x * row[b]
			}
			h[a*size+size-1] += weight * x
		}
		g[size-1] += residual
		h[size*size-1] += weight
	}
	for a := range size - 1 {
		g[a] -= ridge * weights[a]
		h[a*size+a] += ridge
	}
	return gradient, hessian
}

// probability that a row is real.
func probability(row, weights []float64) float64 {
	logit := weights[len(weights)-1]
	for c, x := range row {
		logit += weights[c] * x
	}
	return 1 / (1 + math.Exp(-logit))
}

// accuracy is the share of rows put in the right class; a row on the fence
// counts half.
func (s *sample) accuracy(weights []float64) float64 {
	right := 0.0
	for i, row := range s.rows {
		switch p := probability(row, weights); {
		case p == 0.5:
			right += 0.5
		case (p > 0.5) == (s.classes[i] == 1):
			right++
		}
	}
	return right / float64(len(s.rows))
}
