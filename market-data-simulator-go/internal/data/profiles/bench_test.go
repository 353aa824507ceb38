package profiles

import (
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

// BenchmarkScores reports the six scores in sample, mean and standard deviation over ten seeds of the reference's length, and
// beside them the nulls and the ceiling of the profile's reference.
func BenchmarkScores(b *testing.B) {
	for _, one := range subjects {
		b.Run(strings.TrimSuffix(path.Base(one.profile), ".json"), func(b *testing.B) {
			fitted, err := Load(one.profile)
			require.NoError(b, err)
			var found spread
			for b.Loop() {
				found = score(b, fitted, fitted.Reference, 10)
			}
			for column, scores := range map[string]realism.Scores{
				"mean": found.mean, "sd": found.sd, "gbm": fitted.Reference.NullGBM,
				"shuffled": fitted.Reference.NullShuffled, "ceiling": fitted.Reference.Ceiling,
			} {
				for i, value := range values(scores) {
					b.ReportMetric(value, scoreNames[i]+"/"+column)
				}
			}
		})
	}
}

var scoreNames = [6]string{"correlation", "volatility", "distribution", "trend", "confidence", "discriminative"}
