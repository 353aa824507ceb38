package venue

import (
	"encoding/hex"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

var update = flag.Bool("update", false, "write the golden files anew")

// source gives the values of fields: the same walk over a type serves samples and drawn values.
type source interface {
	bits(of reflect.Type) uint64
	text() string
	length() int
}

// fill sets every field below a value. A field that is not exported, or of a kind that the codec does not know, fails the test.
func fill(t require.TestingT, v reflect.Value, from source) {
	switch v.Kind() {
	case reflect.Pointer:
		if from.length() > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem(), from)
		}
	case reflect.Struct:
		for n := range v.NumField() {
			require.True(t, v.Type().Field(n).IsExported(), "%s.%s cannot be written", v.Type(), v.Type().Field(n).Name)
			fill(t, v.Field(n), from)
		}
	case reflect.Slice:
		for n := range from.length() {
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
			fill(t, v.Index(n), from)
		}
	case reflect.String:
		v.SetString(from.text())
	case reflect.Bool:
		v.SetBool(from.bits(v.Type())&1 != 0)
	case reflect.Float64:
		v.SetFloat(math.Float64frombits(from.bits(v.Type())))
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		v.Set(reflect.ValueOf(from.bits(v.Type())).Convert(v.Type()))
	case reflect.Int32, reflect.Int64, reflect.Int:
		v.Set(reflect.ValueOf(int64(from.bits(v.Type()))).Convert(v.Type()))
	default:
		require.Failf(t, "unknown kind", "a field is a %s", v.Type())
	}
}

// sample counts: no value is zero, and no two fields of a type have the same but for truths.
type sample struct{ count uint64 }

func (s *sample) bits(of reflect.Type) uint64 {
	s.count++
	switch of.Kind() {
	case reflect.Bool, reflect.Uint8:
		return s.count%100*2 + 1
	case reflect.Float64:
		return math.Float64bits(float64(s.count) + 0.1)
	case reflect.Int64, reflect.Uint64:
		return s.count << 40
	}
	return s.count
}

func (s *sample) text() string { s.count++; return fmt.Sprintf("text %d", s.count) }
func (s *sample) length() int  { return 2 }

// drawn draws, zero and the ends of the range as often as not.
type drawn struct{ *rapid.T }

func (d drawn) bits(of reflect.Type) uint64 {
	if of.Kind() == reflect.Float64 {
		return math.Float64bits(rapid.Float64().Draw(d.T, "float"))
	}
	return uint64(rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(-300, 300), rapid.Int64()).Draw(d.T, "number"))
}

func (d drawn) text() string {
	return rapid.OneOf(rapid.Just(""), rapid.SampledFrom(reasonTable[:]), rapid.StringN(-1, -1, 300)).Draw(d.T, "text")
}

func (d drawn) length() int { return rapid.IntRange(0, 3).Draw(d.T, "length") }

// sampleCommands are one of each, filled from a source.
func sampleCommands(t require.TestingT, from source) []Command {
	all := make([]Command, 0, clearFaultsCode)
	for code := configureCode; code <= clearFaultsCode; code++ {
		c := blank(code)
		require.NotNil(t, c, "code %d", code)
		require.Equal(t, code, c.code())
		fill(t, reflect.ValueOf(c).Elem(), from)
		all = append(all, c)
	}
	return all
}

// sampleEvents are one of each kind, filled from a source.
func sampleEvents(t require.TestingT, from source) []*Event {
	all := make([]*Event, 0, eventKindCount)
	for kind := EventKind(1); kind < eventKindCount; kind++ {
		e := &Event{}
		fill(t, reflect.ValueOf(e).Elem(), from)
		e.Kind = kind
		all = append(all, e)
	}
	return all
}

// requireBack decodes what is appended behind other bytes, and wants the same again.
func requireBack(t require.TestingT, c Command) {
	const before = "before"
	bytes := AppendCommand([]byte(before), c)
	require.Equal(t, before, string(bytes[:len(before)]))
	again, err := DecodeCommand(bytes[len(before):])
	require.NoError(t, err)
	require.Equal(t, c, again)
}

func requireEventBack(t require.TestingT, e *Event) {
	const before = "before"
	again := Event{Text: "left over", Until: 1}
	bytes := AppendEvent([]byte(before), e)
	require.Equal(t, before, string(bytes[:len(before)]))
	require.NoError(t, DecodeEvent(bytes[len(before):], &again))
	require.Equal(t, e, &again)
}

func TestNoFieldOfACommandOrAnEventIsForgotten(t *testing.T) {
	for _, c := range sampleCommands(t, &sample{}) {
		requireBack(t, c)
	}
	for _, e := range sampleEvents(t, &sample{}) {
		requireEventBack(t, e)
	}
	assert.Nil(t, blank(0))
	assert.Nil(t, blank(clearFaultsCode+1))
}

func TestWhatIsAppendedIsDecoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, c := range sampleCommands(t, drawn{t}) {
			requireBack(t, c)
		}
		var e Event
		fill(t, reflect.ValueOf(&e).Elem(), drawn{t})
		e.Kind = EventKind(rapid.IntRange(1, int(eventKindCount)-1).Draw(t, "kind"))
		requireEventBack(t, &e)
	})
}

func TestFloatsComeBackToTheLastBit(t *testing.T) {
	for _, value := range []float64{math.Copysign(0, -1), math.NaN(), math.Inf(-1), math.SmallestNonzeroFloat64, math.MaxFloat64, 0.1} {
		c, err := DecodeCommand(AppendCommand(nil, &SetSpread{Multiplier: value}))
		require.NoError(t, err)
		assert.Equal(t, math.Float64bits(value), math.Float64bits(c.(*SetSpread).Multiplier), "%v", value)
		var e Event
		require.NoError(t, DecodeEvent(AppendEvent(nil, &Event{Kind: SpreadChanged, Multiplier: value}), &e))
		assert.Equal(t, math.Float64bits(value), math.Float64bits(e.Multiplier), "%v", value)
	}
}

func TestAZeroFieldCostsNoByte(t *testing.T) {
	assert.Len(t, AppendCommand(nil, &Advance{}), 1)
	assert.Len(t, AppendCommand(nil, &Cancel{}), 2, "the code and a mask")
	assert.Len(t, AppendEvent(nil, &Event{Kind: Configured}), 5, "the kind and four masks")
}

func TestAReasonThatHasNoNumberIsAText(t *testing.T) {
	const unknown = "A_REASON_OF_A_FAULT"
	known := AppendEvent(nil, &Event{Kind: OrderRejected, Reason: reasonTable[len(reasonTable)-1]})
	other := AppendEvent(nil, &Event{Kind: OrderRejected, Reason: unknown})
	assert.Len(t, known, 6)
	assert.Len(t, other, 7+len(unknown))
	seen := map[string]bool{}
	for _, reason := range reasonTable {
		assert.False(t, seen[reason], "%s is there twice", reason)
		seen[reason] = true
		requireEventBack(t, &Event{Kind: OrderRejected, Reason: reason})
	}
	for reason := matching.InvalidOrder; reason <= matching.ByOperator; reason++ {
		assert.True(t, seen[matchingReason(reason)], "%s has no number", reason)
	}
	for reason := account.UnknownAccount; reason <= account.MaxPosition; reason++ {
		assert.True(t, seen[reason.String()], "%s has no number", reason)
	}
}

func TestWhatWasNotAppendedIsRefusedByItsPlace(t *testing.T) {
	for name, test := range map[string]struct {
		bytes []byte
		want  string
	}{
		"nothing":                               {nil, "decode a command of code 0: byte 0 of 0: it is cut off"},
		"an unknown code":                       {[]byte{200}, "decode a command of code 200: byte 1 of 1: there is no command 200"},
		"no mask":                               {[]byte{byte(cancelCode)}, "byte 1 of 1: it is cut off"},
		"a text that is cut off":                {[]byte{byte(settleWithdrawalCode), 1, 5, 'a'}, "byte 3 of 4: it is cut off"},
		"a mask of no field before another row": {[]byte{byte(clearFaultsCode), 2, 2, 1, 1, 'a'}, "byte 3 of 6: its last mask names"},
		"a mask of no field":                    {[]byte{byte(settleWithdrawalCode), 2}, "byte 2 of 2: its last mask names a field that does not exist"},
		"bytes behind the end":                  {[]byte{byte(advanceCode), 7}, "byte 1 of 2: 1 bytes follow its end"},
		"an instrument out of range":            {[]byte{byte(haltCode), 1, 0xff, 0xff, 0xff, 0xff, 0x7f}, "byte 7 of 7: -17179869184 stands where"},
		"a float that is cut off":               {[]byte{byte(setSpreadCode), 2, 1, 2, 3}, "byte 5 of 5: it is cut off"},
		"a list longer than the rest":           {[]byte{byte(setReferencesCode), 9, 0}, "byte 2 of 3: it is cut off"},
	} {
		c, err := DecodeCommand(test.bytes)
		assert.ErrorContains(t, err, test.want, name)
		assert.Nil(t, c, name)
	}
	var e Event
	for _, test := range []struct {
		bytes []byte
		want  string
	}{
		{nil, "decode an event of kind 0: byte 0 of 0: it is cut off"},
		{[]byte{0, 0, 0, 0, 0}, "byte 1 of 5: there is no event 0"},
		{[]byte{byte(eventKindCount), 0, 0, 0, 0}, "there is no event"},
		{[]byte{byte(Configured), 0, 0, 0}, "byte 4 of 4: it is cut off"},
		{[]byte{byte(Configured), 0, 0, 0, 0, 0}, "byte 5 of 6: 1 bytes follow its end"},
		{[]byte{byte(OrderRejected), 0, 2, 255, 0, 0}, "byte 4 of 6: there is no reason 255"},
	} {
		assert.ErrorContains(t, DecodeEvent(test.bytes, &e), test.want)
	}
}

func TestNoPartOfACommandOrAnEventIsOne(t *testing.T) {
	for _, c := range sampleCommands(t, &sample{}) {
		bytes := AppendCommand(nil, c)
		for length := range bytes {
			_, err := DecodeCommand(bytes[:length])
			assert.Error(t, err, "%T, %d bytes of %d", c, length, len(bytes))
		}
	}
	var again Event
	for _, e := range sampleEvents(t, &sample{}) {
		bytes := AppendEvent(nil, e)
		for length := range bytes {
			assert.Error(t, DecodeEvent(bytes[:length], &again), "kind %d, %d bytes of %d", e.Kind, length, len(bytes))
		}
	}
}

// A change of the format must be meant: it makes journals of the version before unreadable, unless they are still decoded.
func TestTheFormatIsThatOfTheGoldenFile(t *testing.T) {
	var text strings.Builder
	for _, c := range sampleCommands(t, &sample{}) {
		fmt.Fprintf(&text, "%T %s\n", c, hex.EncodeToString(AppendCommand(nil, c)))
	}
	for _, e := range sampleEvents(t, &sample{}) {
		fmt.Fprintf(&text, "event %d %s\n", e.Kind, hex.EncodeToString(AppendEvent(nil, e)))
	}
	for n, reason := range reasonTable {
		fmt.Fprintf(&text, "reason %d %s\n", n+1, reason)
	}
	file := filepath.Join("testdata", "format.txt")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(text.String()), 0o600))
	}
	golden, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(golden), text.String())
	for _, line := range strings.Split(strings.TrimSpace(string(golden)), "\n") {
		parts := strings.Fields(line)
		bytes, err := hex.DecodeString(parts[len(parts)-1])
		if strings.HasPrefix(line, "*venue.") {
			require.NoError(t, err)
			_, err = DecodeCommand(bytes)
			require.NoError(t, err, line)
		}
	}
}

// FuzzDecodeCommand: what is decoded is decoded the same once more, and nothing panics.
func FuzzDecodeCommand(f *testing.F) {
	for _, c := range append(sampleCommands(f, &sample{}), &Advance{}, &Place{}, &Configure{Rules: make([]matching.Rules, 3)}) {
		f.Add(AppendCommand(nil, c))
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		c, err := DecodeCommand(bytes)
		if err != nil {
			return
		}
		once := AppendCommand(nil, c)
		again, err := DecodeCommand(once)
		require.NoError(t, err)
		require.Equal(t, once, AppendCommand(nil, again))
		require.LessOrEqual(t, len(once), len(bytes), "nothing is written longer than need be")
	})
}

// FuzzDecodeEvent: what is decoded is decoded the same once more, and nothing panics.
func FuzzDecodeEvent(f *testing.F) {
	for _, e := range append(sampleEvents(f, &sample{}), &Event{Kind: Traded}) {
		f.Add(AppendEvent(nil, e))
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		var e, again Event
		if DecodeEvent(bytes, &e) != nil {
			return
		}
		once := AppendEvent(nil, &e)
		require.NoError(t, DecodeEvent(once, &again))
		require.Equal(t, once, AppendEvent(nil, &again))
		require.LessOrEqual(t, len(once), len(bytes), "nothing is written longer than need be")
	})
}
