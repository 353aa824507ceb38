package document

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

var shipped = fstest.MapFS{
	"market.json": {Data: []byte(`{"profile": "lively"}`)},
	"clock.json":  {Data: []byte(`{"scale": 1}`)},
	"README.md":   {Data: []byte("no document")},
}

func write(t *testing.T, dir, file, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600))
}

func get(t *testing.T, library *Library, name string) Document {
	t.Helper()
	found, err := library.Get(name)
	require.NoError(t, err)
	return found
}

func TestDocumentInTheDirectoryStandsBeforeTheShippedOne(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "market.json", `{"profile": "calm"}`)
	library := NewLibrary(dir, shipped)

	market, clock := get(t, library, "market"), get(t, library, "clock")

	assert.JSONEq(t, `{"profile": "calm"}`, string(market.Text))
	assert.Equal(t, filepath.Join(dir, "market.json"), market.Source)
	assert.JSONEq(t, `{"scale": 1}`, string(clock.Text))
	assert.Equal(t, Shipped, clock.Source)
	assert.NotEqual(t, market.ETag, clock.ETag)
}

func TestDocumentsAreKnownFromBothPlaces(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "fees.json", "{}")
	write(t, dir, "Not A Name.json", "{}")
	assert.Equal(t, []string{"clock", "fees", "market"}, NewLibrary(dir, shipped).Names())
	assert.Equal(t, []string{"clock", "market"}, NewLibrary("", shipped).Names())
	assert.Equal(t, []string{"clock", "market"}, NewLibrary(filepath.Join(dir, "none"), shipped).Names())
}

func TestChangedFileIsReadAgainAndARemovedOneFallsBackToTheShippedDocument(t *testing.T) {
	dir := t.TempDir()
	library := NewLibrary(dir, shipped)
	before := get(t, library, "market")

	write(t, dir, "market.json", `{"profile": "somewhat-calm"}`)
	changed := get(t, library, "market")
	require.NoError(t, os.Remove(filepath.Join(dir, "market.json")))
	after := get(t, library, "market")

	assert.NotEqual(t, before.ETag, changed.ETag)
	assert.Equal(t, before.ETag, after.ETag)
}

func TestBrokenFileLeavesTheLastGoodVersionInUse(t *testing.T) {
	dir := t.TempDir()
	library := NewLibrary(dir, shipped)
	write(t, dir, "market.json", `{"profile": "calm"}`)
	good := get(t, library, "market")

	write(t, dir, "market.json", "{\n  \"profile\": calm\n}")

	assert.Equal(t, good, get(t, library, "market"))
	require.ErrorContains(t, library.Broken("market"), "market.json: line 2, column 14")
	write(t, dir, "market.json", `{"profile": "lively again"}`)
	require.NoError(t, library.Broken("market"))
}

func TestFileThatWasBrokenFromTheStartIsAnErrorAndNotTheShippedDocument(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "market.json", "{")
	_, err := NewLibrary(dir, shipped).Get("market")
	require.ErrorContains(t, err, "line 1, column 1: unexpected end of JSON input")
}

func TestUnknownDocumentIsAnErrorThatListsTheKnownOnes(t *testing.T) {
	_, err := NewLibrary("", shipped).Get("feees")
	assert.Equal(t, errs.NotFound, errs.KindOf(err))
	require.ErrorContains(t, err, `no document "feees": there are clock, market`)
	require.NoError(t, NewLibrary("", shipped).Broken("feees"))
}

func TestBadNameIsInvalidAndNeverReachesTheFileSystem(t *testing.T) {
	for _, name := range []string{"", "../secret", "market.json", "Market", "a/b", "-x", "ma rket"} {
		_, err := NewLibrary(t.TempDir(), shipped).Get(name)
		assert.Equal(t, errs.Invalid, errs.KindOf(err), name)
	}
}

func TestCheckNamesLineAndColumnOfWhatIsWrong(t *testing.T) {
	for _, given := range []struct{ text, want string }{
		{`[1]`, "line 1, column 1: want one JSON object, found ["},
		{`7`, "want one JSON object"},
		{``, "line 1, column 1: unexpected end of JSON input"},
		{`{"a": 1} {}`, "line 1, column 10: invalid character '{' after top-level value"},
		{"{\"a\": {\"b\": 1,\n\"b\": 2}}", `line 2, column 3: field "b" stands twice in one object`},
		{"{\"a\": [1, 2\n  }", "line 2, column 3"},
	} {
		require.ErrorContains(t, check([]byte(given.text)), given.want, given.text)
	}
	require.NoError(t, check([]byte(`{"a": [{"b": null}, {"b": true}], "c": {"b": 1.5e300}}`)))
}

func FuzzCheckAcceptsOnlyWhatIsOneObject(f *testing.F) {
	f.Add([]byte(`{"a": [1, {"b": "x"}]}`))
	f.Add([]byte(`{"a"`))
	f.Add([]byte("\xff{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if check(text) == nil {
			require.True(t, len(text) >= 2 && json.Valid(text), "%q", text)
		}
	})
}
