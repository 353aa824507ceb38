package draw

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

const many = 400_000

func TestTheSameKeyGivesTheSameDrawsAndAnyOtherKeyOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, purpose, index := rapid.Uint64().Draw(t, "seed"), rapid.Uint64().Draw(t, "purpose"), rapid.Uint64().Draw(t, "index")
		one, same := Keyed(seed, purpose, index), Keyed(seed, purpose, index)
		others := []Stream{Keyed(seed+1, purpose, index), Keyed(seed, purpose+1, index), Keyed(seed, purpose, index+1)}
		for range 20 {
			bits := one.Uint64()
			assert.Equal(t, bits, same.Uint64())
			for i := range others {
				assert.NotEqual(t, bits, others[i].Uint64())
			}
		}
	})
}

func TestNormalsHaveTheMomentsAndTailsOfTheLaw(t *testing.T) {
	stream := Keyed(1, 2, 3)
	var moments [5]float64
	beyond := map[float64]float64{1: 0, 2: 0, 3: 0, 3.7: 0}
	for range many {
		x := stream.Normal()
		for k := range moments {
			moments[k] += math.Pow(x, float64(k)) / many
		}
		for edge := range beyond {
			if math.Abs(x) > edge {
				beyond[edge]++
			}
		}
	}
	assert.InDelta(t, 0, moments[1], 0.008, "five standard errors")
	assert.InDelta(t, 1, moments[2], 0.012)
	assert.InDelta(t, 0, moments[3], 0.04)
	assert.InDelta(t, 3, moments[4], 0.08)
	for edge, count := range beyond {
		want := many * math.Erfc(edge/math.Sqrt2)
		assert.InDelta(t, want, count, 5*math.Sqrt(want), "beyond %v", edge)
	}
}

func TestExponentialsHaveTheMomentsAndTailOfTheLaw(t *testing.T) {
	stream := Keyed(1, 2, 4)
	var moments [4]float64
	beyond := map[float64]float64{0.01: 0, 1: 0, 4: 0, 7.7: 0, 9: 0}
	for range many {
		x := stream.Exponential()
		for k := range moments {
			moments[k] += math.Pow(x, float64(k)) / many
		}
		for edge := range beyond {
			if x > edge {
				beyond[edge]++
			}
		}
	}
	assert.InDelta(t, 1, moments[1], 0.008, "five standard errors")
	assert.InDelta(t, 2, moments[2], 0.036)
	assert.InDelta(t, 6, moments[3], 0.25)
	for edge, count := range beyond {
		want := many * math.Exp(-edge)
		assert.InDelta(t, want, count, 5*math.Sqrt(want), "beyond %v", edge)
	}
}

func TestManyDrawsAtOnceAreThoseOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := Keyed(rapid.Uint64().Draw(t, "seed"), 1, 1)
		other := one
		var normals, exponentials [500]float64 // a few of which leave the fast way
		one.Normals(normals[:])
		one.Exponentials(exponentials[:])
		for _, x := range normals {
			assert.Equal(t, other.Normal(), x)
		}
		for _, x := range exponentials {
			assert.Equal(t, other.Exponential(), x)
		}
		assert.Equal(t, other, one)
	})
}

func TestNormalsOfNeighbouringKeysAreIndependent(t *testing.T) {
	product := 0.0
	for index := range uint64(many) {
		one, next := Keyed(1, 1, index), Keyed(1, 1, index+1)
		product += one.Normal() * next.Normal() / many
	}
	assert.InDelta(t, 0, product, 5/math.Sqrt(many))
}

func TestUniformsStayInsideTheirInterval(t *testing.T) {
	stream := Keyed(4, 5, 6)
	sum := 0.0
	for range many {
		u := stream.Uniform()
		if u <= 0 || u >= 1 {
			t.Fatalf("%v is outside (0, 1)", u)
		}
		sum += u / many
	}
	assert.InDelta(t, 0.5, sum, 0.003)
}

func TestBelowReachesEveryNumberEquallyOften(t *testing.T) {
	stream := Keyed(7, 8, 9)
	var counts [48]float64
	for range many {
		counts[stream.Below(48)]++
	}
	for n, count := range counts {
		assert.InDelta(t, many/48.0, count, 500, "number %d", n)
	}
}
