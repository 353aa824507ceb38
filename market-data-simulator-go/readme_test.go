package marketdatasim_test

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
)

// The tests of the path measure what scenarios do; this one holds what people read to the same numbers.
func TestTheReadmeStatesTheNumbersThatScenariosHave(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, kind := range scenario.Kinds() {
		effect := scenario.EffectOf(kind)
		phase, err := scenario.Draft{Kind: kind}.Phase()
		require.NoError(t, err)
		move := "none"
		if effect.Move != 0 {
			move = fmt.Sprintf("%+.0f %%", 100*math.Expm1(effect.Move))
		}
		assert.Regexp(t, fmt.Sprintf(`(?m)^\| %s \| %s[^|]*\| x%v \| x%v \| x%v \|[^|]*\| %s \| %s \| %s \| %.0f %% \|$`, kind, regexp.QuoteMeta(move),
			effect.Volatility, effect.Volume, effect.Spread, phase.Duration, phase.Onset, phase.Recovery, 100*phase.Share), string(text))
		if effect.HalfLife > 0 {
			assert.Regexp(t, fmt.Sprintf(`(?m)^\| %s .* is gone in %s \|`, kind, effect.HalfLife), string(text))
		}
	}
}
