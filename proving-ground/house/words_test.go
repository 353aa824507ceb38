// The rules about what stands in no file: the paths of somebody's machine, the numbers of a tracker, prices of a market.
package house_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/proving-ground/internal/checkout"
)

// Written in pieces, so that this file keeps its own rule.
var forbiddenWords = map[string]*regexp.Regexp{
	"a path of one machine":  regexp.MustCompile(`(?:^|[\s"'` + "`" + `(=:])/(?:work|root|home/\w+|Users/\w+|tmp/plan)` + `/`),
	"the number of an issue": regexp.MustCompile(`(?i)\bissue` + ` ?#?\d`),
	"a module proxy":         regexp.MustCompile(`proxy\.` + `golang\.org|goproxy\.` + `io`),
	"a note to oneself":      regexp.MustCompile(`\b(?:TO` + `DO|FIX` + `ME|XX` + `X)\b`),
}

func TestNoFileSpeaksOfTheMachineOrTheDayItWasWrittenOn(t *testing.T) {
	root := checkout.Root(t)
	require.NoError(t, walk(root, func(path string) error {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil || bytes.IndexByte(text, 0) >= 0 || strings.HasPrefix(filepath.Base(path), "go.") {
			return err // what is not text, and go.mod, go.sum, go.work and theirs, which name what they must
		}
		for what, expression := range forbiddenWords {
			if found := expression.FindIndex(text); found != nil {
				line := 1 + bytes.Count(text[:found[0]], []byte("\n"))
				t.Errorf("%s:%d holds %s: %q", path, line, what, text[found[0]:found[1]])
			}
		}
		return nil
	}))
}

// A profile describes a market by figures that were fitted to it; a list longer than its longest table (an hour profile
// over a week, a grid of quantiles) would be the market itself.
const longestTable = 512

func TestShippedProfilesHoldFiguresAndNoPriceSeries(t *testing.T) {
	root := checkout.Root(t)
	require.NoError(t, walk(root, func(path string) error {
		inTestdata := strings.Contains(filepath.ToSlash(path), "/testdata/")
		isBars := strings.HasSuffix(path, ".csv") || strings.HasSuffix(path, ".csv.gz")
		assert.Falsef(t, isBars && !inTestdata, "%s: price bars do not belong into the repository", path)
		if filepath.Ext(path) != ".json" {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return err
		}
		var document any
		if assert.NoErrorf(t, json.Unmarshal(text, &document), "%s", path) {
			assert.LessOrEqualf(t, longestList(document), longestTable, "%s holds a list that could be a price series", path)
		}
		return nil
	}))
}

// longestList returns the length of the longest list anywhere in a decoded JSON document.
func longestList(document any) int {
	longest := 0
	switch value := document.(type) {
	case []any:
		longest = len(value)
		for _, element := range value {
			longest = max(longest, longestList(element))
		}
	case map[string]any:
		for _, element := range value {
			longest = max(longest, longestList(element))
		}
	}
	return longest
}
