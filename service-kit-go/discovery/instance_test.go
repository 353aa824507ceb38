package discovery

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatContradictsItsKeyIsNoInstance(t *testing.T) {
	for text, problem := range map[string]string{
		`{"name":"audit","instance_id":"a","grpc_addr":"h:1"`:                 "unexpected end",
		`{"name":"exchange","instance_id":"a","grpc_addr":"h:1"}`:             `holds name "exchange"`,
		`{"name":"audit","instance_id":"b","grpc_addr":"h:1"}`:                `instance_id "b"`,
		`{"name":"audit","instance_id":"a"}`:                                  `grpc_addr ""`,
		`{"name":"audit","instance_id":"a","grpc_addr":"h:1","metadata":"x"}`: "metadata",
	} {
		_, err := decodeInstance("audit", "a", text)
		require.ErrorContains(t, err, problem)
		assert.ErrorContains(t, err, "fleet:instance:audit:a", "the error names the key")
	}
}

func TestANewerDaemonMaySayMore(t *testing.T) {
	found, err := decodeInstance("audit", "a", `{"name":"audit","instance_id":"a","grpc_addr":"h:1","zone":"eu"}`)
	require.NoError(t, err)
	assert.Equal(t, "h:1", found.GRPCAddr)
}

func TestAnInstanceMaySpeakHTTPOnlyAndIsThenNotCalledByGRPC(t *testing.T) {
	found, err := decodeInstance("config", "a", `{"name":"config","instance_id":"a","http_addr":"h:1"}`)
	require.NoError(t, err)
	assert.Empty(t, callable([]Instance{found}))
}

func FuzzDecodeInstance(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `[]`, `null`, `{"name":"n","instance_id":"i","grpc_addr":"h:1","health":"SERVING"}`,
		`{"name":"n","instance_id":"i","grpc_addr":"h:1","started_at":"2026-01-01T00:00:00Z","metadata":{"a":"b"}}`,
		`{"name":"n","instance_id":"i","grpc_addr":"h:1","heartbeat_at":"yesterday"}`, `{"name":"n"}{`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found, err := decodeInstance("n", "i", text)
		if err != nil {
			assert.Zero(t, found)
			return
		}
		assert.NotEmpty(t, found.GRPCAddr)
		again, err := json.Marshal(found)
		require.NoError(t, err)
		reread, err := decodeInstance("n", "i", string(again))
		require.NoError(t, err)
		assert.True(t, found.same(reread), "%s is read as other than it was written", again)
	})
}
