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

// The draws that leave the fast way come from other words when many are made at once; all others are those one by one.
func TestManyDrawsAtOnceAreThoseOfTheSameWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		at := func(index, purpose uint64) (one Stream) {
			one = Keyed(seed, purpose, 1)
			one.counter += index * golden
			return one
		}
		count := rapid.IntRange(0, chunk).Draw(t, "count")
		normals, exponentials := make([]float64, count), make([]float64, count)
		first, second := at(0, 1), at(0, 2)
		first.Normals(normals)
		second.Exponentials(exponentials)
		for i := range count {
			one, other := at(uint64(i), 1), at(uint64(i), 2)
			if normal, fast := one.Normal(), at(uint64(i+1), 1); one == fast {
				assert.Equal(t, normal, normals[i])
			}
			if exponential, fast := other.Exponential(), at(uint64(i+1), 2); other == fast {
				assert.Equal(t, exponential, exponentials[i])
			}
		}
	})
}

func TestManyNormalsAtOnceHaveTheTailsOfTheLaw(t *testing.T) {
	stream, into := Keyed(3, 2, 1), make([]float64, many)
	stream.Normals(into)
	squares, beyond := 0.0, 0.0
	for _, x := range into {
		squares += x * x / many
		if math.Abs(x) > 3 {
			beyond++
		}
	}
	assert.InDelta(t, 1, squares, 0.012)
	assert.InDelta(t, many*math.Erfc(3/math.Sqrt2), beyond, 5*math.Sqrt(many*math.Erfc(3/math.Sqrt2)))
	stream.Exponentials(into)
	sum, late := 0.0, 0.0
	for _, x := range into {
		sum += x / many
		if x > 5 {
			late++
		}
	}
	assert.InDelta(t, 1, sum, 0.008)
	assert.InDelta(t, many*math.Exp(-5), late, 5*math.Sqrt(many*math.Exp(-5)))
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
