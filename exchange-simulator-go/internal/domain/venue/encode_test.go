package venue

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fill sets every exported field below a value to something that is not zero, and not the same for any two of its numbers.
func fill(t *testing.T, v reflect.Value, count *int) {
	t.Helper()
	*count++
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), count)
	case reflect.Struct:
		for n := range v.NumField() {
			require.True(t, v.Type().Field(n).IsExported(), "%s.%s", v.Type(), v.Type().Field(n).Name)
			fill(t, v.Field(n), count)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0), count)
		fill(t, v.Index(1), count)
	case reflect.String:
		v.SetString(string(rune('A'+*count%26)) + "text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(float64(*count) + 0.5)
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*count) % 200)
	case reflect.Int32, reflect.Int64, reflect.Int:
		v.SetInt(-int64(*count))
		if v.Kind() == reflect.Int64 {
			v.SetInt(-1<<40 - int64(*count))
		}
	default:
		t.Fatalf("a field is a %s, which no codec knows", v.Type())
	}
}

func TestNoFieldOfACommandIsForgotten(t *testing.T) {
	kinds := 0
	for code := range commandCode(255) {
		c := blank(code)
		if c == nil {
			continue
		}
		kinds++
		assert.Equal(t, code, c.code())
		count := 0
		fill(t, reflect.ValueOf(c).Elem(), &count)
		again, err := DecodeCommand(AppendCommand(nil, c))
		require.NoError(t, err)
		assert.Equal(t, c, again)
	}
	assert.EqualValues(t, clearFaultsCode, kinds)
}

func TestNoFieldOfAnEventIsForgotten(t *testing.T) {
	count := 0
	var e, again Event
	fill(t, reflect.ValueOf(&e).Elem(), &count)
	for e.Kind = 1; e.Kind < eventKindCount; e.Kind++ {
		require.NoError(t, DecodeEvent(AppendEvent(nil, &e), &again))
		assert.Equal(t, e, again)
	}
}
