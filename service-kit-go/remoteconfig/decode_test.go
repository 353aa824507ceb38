package remoteconfig_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/remoteconfig"
)

// catalogue has something of everything that a document may have.
type catalogue struct {
	common
	Start       time.Time          `json:"start"`
	Limits      map[string]float64 `json:"limits"`
	Tags        [2]string          `json:"tags"`
	Free        any                `json:"free"`
	Instruments []struct {
		Symbol string `json:"symbol"`
		Peg    *struct {
			Mean float64 `json:"mean"`
		} `json:"peg"`
	} `json:"instruments"`
	Scale int
}

type common struct {
	Comment string `json:"comment"`
}

// Validate says what no type can.
func (c catalogue) Validate() error {
	if c.Scale < 0 {
		return errors.New("Scale must not be negative")
	}
	return nil
}

// read decodes a document by way of the defaults.
func read(t *testing.T, content string) (catalogue, error) {
	t.Helper()
	client := remoteconfig.New(remoteconfig.Options{Log: quiet(t), Defaults: fstest.MapFS{"catalogue.json": {Data: []byte(content)}}})
	return remoteconfig.Get[catalogue](t.Context(), client, "catalogue")
}

func TestADocumentIsDecodedIntoItsType(t *testing.T) {
	found, err := read(t, `{"comment": "c", "start": "2026-01-01T00:00:00Z", "limits": {"a": 1.5}, "tags": ["x", "y"], "free": [1, {}],
		"instruments": [{"symbol": "BTC/USD"}, {"symbol": "USDT/USD", "peg": {"mean": 1}}], "scale": 3}`)
	require.NoError(t, err)
	assert.Equal(t, "c", found.Comment)
	assert.Equal(t, 1.0, found.Instruments[1].Peg.Mean)
	assert.Equal(t, 3, found.Scale)
}

func TestAnErrorNamesDocumentFieldAndValue(t *testing.T) {
	for content, want := range map[string]remoteconfig.DecodeError{
		`{"colour": "red"}`:                                 {Field: "colour", Value: `"red"`, Problem: "no such field"},
		`{"scale": "three"}`:                                {Field: "scale", Value: `"three"`, Problem: "cannot unmarshal string"},
		`{"scale": 1.5}`:                                    {Field: "scale", Value: `1.5`, Problem: "cannot unmarshal number"},
		`{"comment": 7}`:                                    {Field: "comment", Value: `7`, Problem: "cannot unmarshal number"},
		`{"start": "yesterday"}`:                            {Field: "start", Value: `"yesterday"`, Problem: "yesterday"},
		`{"limits": {"a": 1, "b": []}}`:                     {Field: "limits.b", Value: `[]`, Problem: "cannot unmarshal array"},
		`{"tags": ["x", {}]}`:                               {Field: "tags[1]", Value: `{}`, Problem: "cannot unmarshal object"},
		`{"instruments": {}}`:                               {Field: "instruments", Value: `{}`, Problem: "cannot unmarshal object"},
		`{"instruments": [{"symbol": "A"}, {"symbol": 1}]}`: {Field: "instruments[1].symbol", Value: `1`, Problem: "cannot unmarshal number"},
		`{"instruments": [{"peg": {"mean": 1, "man": 2}}]}`: {Field: "instruments[0].peg.man", Value: `2`, Problem: "no such field"},
		`{"mean": 1}`:                                       {Field: "mean", Value: `1`, Problem: "no such field"},
		`{"scale": -1}`:                                     {Value: `{"scale": -1}`, Problem: "must not be negative"},
		`[]`:                                                {Value: `[]`, Problem: "cannot unmarshal array"},
		`{} {}`:                                             {Value: `{} {}`, Problem: "follows after the end"},
		`{"scale": 1`:                                       {Value: `{"scale": 1`, Problem: "unexpected EOF"},
		``:                                                  {Problem: "EOF"},
	} {
		_, err := read(t, content)
		var refused *remoteconfig.DecodeError
		require.ErrorAs(t, err, &refused, content)
		assert.Equal(t, "catalogue", refused.Document)
		assert.Equal(t, want.Field, refused.Field, content)
		assert.Equal(t, want.Value, refused.Value, content)
		assert.Contains(t, refused.Problem, want.Problem, content)
		for _, part := range []string{"catalogue", want.Field, want.Value} {
			assert.Contains(t, err.Error(), part)
		}
	}
}

func TestALongValueIsShortened(t *testing.T) {
	_, err := read(t, `{"colour": "`+strings.Repeat("red", 1000)+`"}`)
	assert.Less(t, len(err.Error()), 250)
}

func TestABadDocumentChangesNothing(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.server.offers("market", `{"profile":"calm"}`)
		h.profile()
		h.client.Watch("market", func() { t.Error("what is refused is no change") })
		h.server.offers("market", `{"profile":7}`)
		h.client.Invalidate("market")
		kept, err := h.get()
		require.ErrorContains(t, err, `configuration document "market", field "profile" is 7`)
		assert.Equal(t, "calm", kept.Profile, "the old value comes with the error")
		assert.Equal(t, "calm", h.profile(), "and alone later on")
		assert.Equal(t, health.Degraded, h.client.Dependencies()[0].State)
		assert.Contains(t, h.client.Dependencies()[0].LastError, `is 7`)
		after(time.Hour)
		assert.Equal(t, "calm", h.profile())
	})
}

func TestADocumentThatOneReaderRefusesChangesForNone(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.server.offers("market", `{"profile":"calm"}`)
		h.profile()
		raw := func() any {
			value, err := remoteconfig.Get[map[string]any](t.Context(), h.client, "market")
			require.NoError(t, err)
			return value["profile"]
		}
		require.Equal(t, "calm", raw())
		h.server.offers("market", `{"profile":7}`)
		after(remoteconfig.TTL + remoteconfig.RetryInterval)
		assert.Equal(t, "calm", raw(), "although a map could hold it")
		h.server.offers("market", `{"profile":"lively"}`)
		after(2 * remoteconfig.RetryInterval)
		assert.Equal(t, "lively", raw())
		assert.Equal(t, "lively", h.profile())
		assert.Equal(t, health.Up, h.client.Dependencies()[0].State)
	})
}

func TestWithoutAnOldValueABadDocumentIsAnErrorUntilItIsRepaired(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.server.offers("market", `{"profil":"calm"}`)
		for range 3 {
			_, err := h.get()
			require.ErrorContains(t, err, `field "profil" is "calm": no such field is known`)
		}
		assert.Len(t, h.server.asked(), 1)
		assert.Equal(t, health.Degraded, h.client.Dependencies()[0].State)
		h.server.offers("market", `{"profile":"calm"}`)
		h.client.Invalidate("market")
		assert.Equal(t, "calm", h.profile())
		assert.Equal(t, health.Up, h.client.Dependencies()[0].State)
	})
}
