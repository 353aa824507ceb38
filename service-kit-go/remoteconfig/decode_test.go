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
		`{"instruments": [{"symbol": "A"}, {"symbol": 1}]}`:  {Field: "/instruments/1/symbol", Value: `1`, Problem: "JSON number into Go string"},
		`{"instruments": [{"peg": {"mean": 1, "m:n" : 2}}]}`: {Field: "/instruments/0/peg/m:n", Value: `2`, Problem: "unknown object member name"},

		`{"colour": "red"}`:              {Field: "/colour", Value: `"red"`, Problem: "unknown object member name"},
		`{"scale": "three"}`:             {Field: "/scale", Value: `"three"`, Problem: "JSON string into Go int"},
		`{"scale": 1.5}`:                 {Field: "/scale", Value: `1.5`, Problem: "JSON number 1.5 into Go int"},
		`{"comment":  7}`:                {Field: "/comment", Value: `7`, Problem: "JSON number into Go string"},
		`{"start": "yesterday"}`:         {Field: "/start", Value: `"yesterday"`, Problem: "yesterday"},
		`{"limits": {"a": 1, "b": []}}`:  {Field: "/limits/b", Value: `[]`, Problem: "JSON array into Go float64"},
		`{"tags": ["x", {}]}`:            {Field: "/tags/1", Value: `{}`, Problem: "JSON object into Go string"},
		`{"tags": ["x"]}`:                {Field: "/tags", Value: `]}`, Problem: "too few array elements"},
		`{"instruments": {}}`:            {Field: "/instruments", Value: `{}`, Problem: "JSON object into Go slice"},
		`{"mean": 1}`:                    {Field: "/mean", Value: `1`, Problem: "unknown object member name"},
		`{"scale": -1}`:                  {Value: `{"scale": -1}`, Problem: "must not be negative"},
		`[]`:                             {Value: `[]`, Problem: "JSON array into Go"},
		`{"mean": 1, "mean": 1`:          {Field: "/mean", Value: `1`, Problem: "unknown object member name"},
		`{"comment": "", "comment": ""}`: {Value: `{"comment": "", "comment": ""}`, Problem: "duplicate object member name"},
		`{} {}`:                          {Value: `{} {}`, Problem: "after top-level value"},
		`{"scale": 1`:                    {Value: `{"scale": 1`, Problem: "unexpected EOF"},
		``:                               {Problem: "EOF"},
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
		require.ErrorContains(t, err, `configuration document "market", field "/profile" is 7`)
		assert.Equal(t, "calm", kept.Profile, "the old value comes with the error")
		assert.Equal(t, "calm", h.profile(), "and alone later on")
		assert.Equal(t, health.Degraded, h.client.Dependencies()[0].State)
		assert.Contains(t, h.client.Dependencies()[0].LastError, `is 7`)
		after(time.Hour)
		assert.Equal(t, "calm", h.profile())
	})
}

func TestADocumentIsReadAsOneType(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.server.offers("market", `{"profile":"calm"}`)
		require.Equal(t, "calm", h.profile())
		for range 2 {
			_, err := remoteconfig.Get[map[string]any](t.Context(), h.client, "market")
			require.ErrorContains(t, err, `"market" is read as *remoteconfig_test.market, so it cannot be read as *map[string]interface {}`)
		}
		assert.Equal(t, "calm", h.profile())
		assert.Len(t, h.server.asked(), 1)
	})
}

func TestADocumentThatNobodyReadsIsNotAskedFor(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.client.Watch("market", func() { t.Error("nothing has been read that could change") })
		h.client.Invalidate("market")
		after(time.Hour)
		assert.Empty(t, h.server.asked())
	})
}

func TestWithoutAnOldValueABadDocumentIsAnErrorUntilItIsRepaired(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.server.offers("market", `{"profil":"calm"}`)
		for range 3 {
			_, err := h.get()
			require.ErrorContains(t, err, `field "/profil" is "calm": json: `)
		}
		assert.Len(t, h.server.asked(), 1)
		assert.Equal(t, health.Degraded, h.client.Dependencies()[0].State)
		h.server.offers("market", `{"profile":"calm"}`)
		h.client.Invalidate("market")
		assert.Equal(t, "calm", h.profile())
		assert.Equal(t, health.Up, h.client.Dependencies()[0].State)
	})
}
