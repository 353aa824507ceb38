package snapshot_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// written is one of everything.
func written() []byte {
	var w snapshot.Writer
	w.Int(math.MinInt64, -1, 0, math.MaxInt64)
	w.Uint(math.MaxUint64, 300)
	w.Octet(7, 255)
	w.Flag(true, false)
	w.Text("alice")
	w.Text("")
	w.Count(2)
	w.Octet(1, 2)
	return w.Bytes
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	r := snapshot.NewReader(written())
	for _, want := range []int64{math.MinInt64, -1, 0, math.MaxInt64} {
		assert.Equal(t, want, r.Int())
	}
	assert.Equal(t, []uint64{math.MaxUint64, 300}, []uint64{r.Uint(), r.Uint()})
	assert.Equal(t, []byte{7, 255}, []byte{r.Octet(), r.Octet()})
	assert.Equal(t, []bool{true, false}, []bool{r.Flag(), r.Flag()})
	assert.Equal(t, []string{"alice", ""}, []string{r.Text(), r.Text()})
	assert.Equal(t, 2, r.Count())
	assert.Equal(t, []byte{1, 2}, []byte{r.Octet(), r.Octet()})
	r.End()
	assert.NoError(t, r.Err())
}

func TestAfterTheFirstErrorZerosAreRead(t *testing.T) {
	r := snapshot.NewReader([]byte{4, 9})
	assert.EqualValues(t, 5, r.Within(5, 6))
	require.EqualError(t, r.Err(), "byte 1 of 2: 2 stands where 5 to 6 are possible")

	assert.Zero(t, r.Int())
	assert.Zero(t, r.Uint())
	assert.Zero(t, r.Octet())
	assert.Zero(t, r.Count())
	assert.Empty(t, r.Text())
	assert.False(t, r.Flag())
	r.End()
	assert.ErrorContains(t, r.Err(), "2 stands where 5 to 6 are possible")
}

func TestBytesThatCannotBeAreErrors(t *testing.T) {
	for name, test := range map[string]struct {
		bytes []byte
		read  func(*snapshot.Reader)
	}{
		"nothing where a number should be":      {nil, func(r *snapshot.Reader) { r.Int() }},
		"nothing where a byte should be":        {nil, func(r *snapshot.Reader) { r.Octet() }},
		"a number that does not end":            {[]byte{0x80}, func(r *snapshot.Reader) { r.Uint() }},
		"a count of more than can follow":       {[]byte{3, 1, 2}, func(r *snapshot.Reader) { r.Count() }},
		"a text that is cut off":                {[]byte{3, 'a', 'b'}, func(r *snapshot.Reader) { r.Text() }},
		"a flag that is neither true nor false": {[]byte{2}, func(r *snapshot.Reader) { r.Flag() }},
		"bytes behind the end":                  {[]byte{0}, func(r *snapshot.Reader) { r.End() }},
	} {
		r := snapshot.NewReader(test.bytes)
		test.read(&r)
		assert.Error(t, r.Err(), name)
	}
}

// Whatever is read, no count asks for more than there is, and nothing panics.
func FuzzReader(f *testing.F) {
	f.Add(written())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, bytes []byte) {
		r := snapshot.NewReader(bytes)
		for turn := 0; !r.Failed() && turn < 4*len(bytes)+4; turn++ {
			r.Int()
			r.Flag()
			require.LessOrEqual(t, r.Count(), len(bytes))
			require.LessOrEqual(t, len(r.Text()), len(bytes))
			r.Uint()
			r.Octet()
		}
		require.Error(t, r.Err())
	})
}
