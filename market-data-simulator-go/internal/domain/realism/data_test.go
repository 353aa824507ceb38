package realism_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/barcsv"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

// realBars loads a shared set, or skips the test where there is none.
func realBars(t *testing.T, interval time.Duration, label string) realism.Panel {
	t.Helper()
	files, err := barcsv.Open(sharedData(t), interval, label)
	require.NoError(t, err)
	series, _, err := barcsv.LoadAll(files)
	require.NoError(t, err)
	panel, err := realism.FromSeries(series)
	require.NoError(t, err)
	return panel
}

func sharedData(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		candidate := filepath.Join(dir, "shared", "market-data")
		if _, err := os.Stat(candidate); err == nil {
			return candidate
		}
		if dir == filepath.Dir(dir) {
			t.Skip("skipped: there is no folder shared/market-data beside the repository, and this test compares with real bars")
		}
		dir = filepath.Dir(dir)
	}
}

func TestExplore(t *testing.T) {
	for _, c := range []struct {
		i time.Duration
		l string
	}{{time.Minute, "2021-09"}, {time.Minute, "2023-04"}, {time.Hour, ""}} {
		panel := realBars(t, c.i, c.l)
		s := time.Now()
		ref, err := realism.Build(panel, 1)
		require.NoError(t, err)
		el := time.Since(s)
		js, _ := json.Marshal(ref)
		s = time.Now()
		_, err = ref.Score(panel)
		require.NoError(t, err)
		t.Log(c.l, panel.Days(), el, len(js), time.Since(s))
		for _, x := range []realism.Scores{ref.NullGBM, ref.NullShuffled, ref.Ceiling} {
			t.Logf("%.2f %.2f %.2f %.2f %.2f %.2f", x.Correlation, x.Volatility, x.Distribution, x.Trend, x.Confidence, x.Discriminative)
		}
	}
}
