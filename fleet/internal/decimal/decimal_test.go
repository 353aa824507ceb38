package decimal

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOnlyPlainDecimalsAreRead(t *testing.T) {
	for _, text := range []string{"", ".5", "1.", "1e5", "1/3", "1,000", "+1", "0x10", "NaN", " 1", "--1", "1_000"} {
		_, err := Parse(text)
		require.ErrorContains(t, err, "is no plain decimal", text)
		assert.False(t, Positive(text) || NotNegative(text), text)
	}
}

func TestDecimalsAreExact(t *testing.T) {
	tenth, err := Parse("0.1")
	require.NoError(t, err)
	sum, err := Parse("0.2")
	require.NoError(t, err)
	assert.Equal(t, "0.3", sum.Add(sum, tenth).FloatString(1))
	third, err := Parse("0.3")
	require.NoError(t, err)
	assert.Zero(t, sum.Cmp(third))
	assert.Equal(t, 3, Places("43000.125"))
	assert.Zero(t, Places("43000"))
}

func TestSignsAreTold(t *testing.T) {
	assert.True(t, Positive("0.00000001"))
	assert.False(t, Positive("0.0"))
	assert.True(t, NotNegative("0"))
	assert.False(t, NotNegative("-1"))
}
