package realism_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

func TestVectorIsTheSameAfterJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		vector := realism.Vector(rapid.SliceOf(rapid.Float32()).Draw(t, "numbers"))
		text, err := json.Marshal(vector)
		require.NoError(t, err)
		var again realism.Vector

		require.NoError(t, json.Unmarshal(text, &again))

		assert.ElementsMatch(t, vector, again)
		assert.LessOrEqual(t, len(text), 6*len(vector)+6)
	})
}

func TestVectorRefusesTextThatIsNoRowOfNumbers(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a list":         {`[1,2]`, "want base64 text"},
		"no base64":      {`"!"`, "illegal base64"},
		"half a number":  {`"AAA="`, "2 bytes, want a multiple of 4"},
		"not a number":   {`"AADAfw=="`, "number 0 is NaN"},
		"without an end": {`"AACAfw=="`, "number 0 is +Inf"},
	} {
		t.Run(name, func(t *testing.T) {
			var vector realism.Vector

			assert.ErrorContains(t, json.Unmarshal([]byte(c.text), &vector), c.want)
		})
	}
}
