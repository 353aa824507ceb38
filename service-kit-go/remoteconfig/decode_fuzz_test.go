package remoteconfig

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

type fuzzed struct {
	A []struct {
		B *int `json:"b"`
	} `json:"a"`
	C map[string][]string `json:"c"`
	D json.Number         `json:"d"`
}

// FuzzDecode: whatever comes over the wire either decodes, or is an error that names the document and a value that stands in it.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, `"`, `{"a":[{"b":1}],"c":{"x":["y"]},"d":1}`, `{"a":[{"b":"1"}]}`, `{"a":[{"e":1}]}`, `{"c":{"":[1]}}`,
		`{} x`, `{"A":[null]}`, `{"d":"one"}`, "{\"\xff\":1}", `{"a":[{"b":1},{"B":1e99}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := decode[fuzzed]("document", body)
		if err == nil {
			assert.True(t, json.Valid(body))
			return
		}
		var refused *DecodeError
		if !errors.As(err, &refused) {
			t.Fatalf("%T", err)
		}
		assert.Equal(t, "document", refused.Document)
		assert.NotEmpty(t, refused.Problem)
		assert.Contains(t, string(body), refused.Value)
	})
}
