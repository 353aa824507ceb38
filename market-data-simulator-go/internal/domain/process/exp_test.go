package process

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestExpIsTheExponentialFunction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-650, 650).Draw(t, "x")
		assert.InEpsilon(t, math.Exp(x), Exp(x), 1e-15)
		small := x / 1000
		assert.InEpsilon(t, math.Exp(small), Exp(small), 5e-16)
	})
	assert.Equal(t, 1.0, Exp(0))
	assert.Zero(t, Exp(math.Inf(-1)))
	assert.True(t, math.IsInf(Exp(1000), 1))
	assert.True(t, math.IsNaN(Exp(math.NaN())))
}
