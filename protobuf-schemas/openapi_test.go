package schemas

import (
	"encoding/json"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDocumentsOfSeveralPackagesBecomeOne(t *testing.T) {
	text, err := OpenAPI("marketdata.v1", "fault.v1")
	require.NoError(t, err)
	var merged document
	require.NoError(t, json.Unmarshal(text, &merged))
	assert.Equal(t, "2.0", merged.Swagger)
	assert.Contains(t, merged.Paths, "/v1/prices/{symbol}")
	assert.Contains(t, merged.Paths, "/v1/faults/clear")
}

func TestAContradictionBetweenPackagesOrABrokenDocumentIsRefusedByName(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	files := fstest.MapFS{
		"gen/openapi/a/v1/a.json": file(`{"paths":{"/v1/a":{}},"definitions":{"Status":{"x":1}}}`),
		"gen/openapi/b/v1/b.json": file(`{"paths":{"/v1/b":{}},"definitions":{"Status":{"x":1}}}`),
		"gen/openapi/c/v1/c.json": file(`{"paths":{"/v1/c":{}},"definitions":{"Status":{"x":2}}}`),
		"gen/openapi/d/v1/d.json": file(`{`),
	}
	_, err := merge(files, []string{"a.v1", "b.v1"})
	require.NoError(t, err)
	_, err = merge(files, []string{"a.v1", "c.v1"})
	require.ErrorContains(t, err, "c.json: defines Status differently")
	_, err = merge(files, []string{"d.v1"})
	require.ErrorContains(t, err, "d.json")
}
