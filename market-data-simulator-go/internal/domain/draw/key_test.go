package draw

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAKeyGivesTheStreamsOfItsPurpose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, purpose, index := rapid.Uint64().Draw(t, "seed"), rapid.Uint64().Draw(t, "purpose"), rapid.Uint64().Draw(t, "index")
		require.Equal(t, Keyed(seed, purpose, index), KeyOf(seed, purpose).At(index))
	})
}

func TestSkippingIsDrawingAndForgetting(t *testing.T) {
	one, other := Keyed(1, 2, 3), Keyed(1, 2, 3)
	one.Uint64()
	one.Uniform()
	one.Below(7)
	other.Skip(3)
	require.Equal(t, one, other)
}
