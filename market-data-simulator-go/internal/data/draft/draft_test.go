package draft_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/draft"
)

// contents are the files of a folder, hidden ones too; a folder counts as empty text.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	found := map[string]string{}
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if !entry.IsDir() {
			require.NoError(t, err)
		}
		found[entry.Name()] = string(text)
	}
	return found
}

func create(t *testing.T, path, text string) *draft.Draft {
	t.Helper()
	d, err := draft.Create(path)
	require.NoError(t, err)
	_, err = d.Write([]byte(text))
	require.NoError(t, err)
	return d
}

func TestDraftsAreSeenTogetherAndOnlyOncePublished(t *testing.T) {
	dir := t.TempDir()
	one, other := filepath.Join(dir, "one"), filepath.Join(dir, "other")
	require.NoError(t, os.WriteFile(one, []byte("before"), 0o600))
	a, b := create(t, one, "1"), create(t, other, "2")
	assert.NoFileExists(t, other)
	assert.Equal(t, "before", contents(t, dir)["one"])

	require.NoError(t, draft.Publish(a, b))

	assert.Equal(t, map[string]string{"one": "1", "other": "2"}, contents(t, dir))
	info, err := os.Stat(one)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o644), info.Mode())
}

func TestWhenOneDraftCannotTakeItsPlaceNoneDoes(t *testing.T) {
	dir := t.TempDir()
	existing, fresh, taken := filepath.Join(dir, "existing"), filepath.Join(dir, "fresh"), filepath.Join(dir, "taken")
	require.NoError(t, os.WriteFile(existing, []byte("before"), 0o600))
	drafts := []*draft.Draft{create(t, existing, "1"), create(t, fresh, "2"), create(t, taken, "3"), create(t, filepath.Join(dir, "last"), "4")}
	require.NoError(t, os.Mkdir(taken, 0o700)) // a folder: no file can take its name

	require.ErrorContains(t, draft.Publish(drafts...), taken)

	assert.Equal(t, map[string]string{"existing": "before", "taken": ""}, contents(t, dir))
}

func TestADiscardedDraftLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	d := create(t, filepath.Join(dir, "x"), "1")

	require.NoError(t, d.Discard())
	require.NoError(t, d.Discard(), "once more does no harm")

	assert.Empty(t, contents(t, dir))
	require.Error(t, draft.Publish(d), "it is gone")
	assert.Empty(t, contents(t, dir))
}

func TestReplaceWritesWholeFilesAndNamesThoseThatItCannot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	require.NoError(t, draft.Replace(path, []byte("1")))
	require.NoError(t, draft.Replace(path, []byte("2")))
	assert.Equal(t, map[string]string{"x": "2"}, contents(t, filepath.Dir(path)))
	require.ErrorContains(t, draft.Replace(filepath.Join(path, "y"), nil), filepath.Join(path, "y"))
}
