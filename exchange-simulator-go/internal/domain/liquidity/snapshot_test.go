package liquidity_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
)

func TestASourceGoesOnFromItsSnapshotAsIfItHadNeverStopped(t *testing.T) {
	p := liquidity.Default(depth)
	p.TakesPerSecond = 20
	source, b, _ := standing(t, p)
	snapshot := source.Encode([]byte("before"))[len("before"):]
	assert.Len(t, snapshot, liquidity.SnapshotBytes)
	again, err := liquidity.Decode(bitcoin, p, snapshot)
	require.NoError(t, err)
	takes := 0
	for step := range 600 {
		now := int64(step+21) * stepTime
		b.view.Reference *= 1.00002
		view := b.look()
		intentions := source.Step(now, view, nil)
		require.Equal(t, intentions, again.Step(now, view, nil))
		require.Equal(t, source.Encode(nil), again.Encode(nil))
		b.execute(0, intentions)
		takes = len(b.taken)
	}
	assert.Positive(t, takes)
}

func TestTheSeedDecides(t *testing.T) {
	run := func(seed uint64) []byte {
		source, err := liquidity.New(bitcoin, liquidity.Default(depth), seed)
		require.NoError(t, err)
		b := newNaiveBook(3, 3)
		b.view.Reference = price
		for step := range 100 {
			b.execute(0, source.Step(int64(step+1)*stepTime, b.look(), nil))
		}
		return source.Encode(nil)
	}
	first, again, other := run(1), run(1), run(2)
	assert.Equal(t, first, again)
	assert.NotEqual(t, first, other)
}

func TestParametersOutOfTheirBoundsAreNamedWithTheirValue(t *testing.T) {
	for want, change := range map[string]func(*liquidity.Parameters){
		"makers is 9: want 0 to 8":               func(p *liquidity.Parameters) { p.Makers = 9 },
		"levels is 0: want 1 to 10":              func(p *liquidity.Parameters) { p.Levels = 0 },
		"spread_bps is -1: want 0 to 1000":       func(p *liquidity.Parameters) { p.SpreadBps = -1 },
		"takes_per_second is 101: want 0 to 100": func(p *liquidity.Parameters) { p.TakesPerSecond = 101 },
		"depth is 0: want":                       func(p *liquidity.Parameters) { p.Depth = 0 },
	} {
		p := liquidity.Default(depth)
		require.NoError(t, p.Validate())
		change(&p)
		_, err := liquidity.New(bitcoin, p, 1)
		assert.ErrorContains(t, err, want)
	}
	_, err := liquidity.New(liquidity.Instrument{}, liquidity.Default(depth), 1)
	assert.ErrorContains(t, err, "TickLot")
}

// Whatever decodes encodes to the same bytes, and can be stepped.
func FuzzDecode(f *testing.F) {
	p := liquidity.Default(depth)
	source, err := liquidity.New(bitcoin, p, 1)
	require.NoError(f, err)
	f.Add(source.Encode(nil))
	source.Step(stepTime, &liquidity.View{Reference: price}, nil)
	f.Add(source.Encode(nil))
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, from []byte) {
		source, err := liquidity.Decode(bitcoin, p, from)
		if err != nil {
			require.ErrorIs(t, err, liquidity.ErrSnapshot)
			return
		}
		require.Equal(t, from, source.Encode(nil))
		b := newNaiveBook(p.Makers, p.Takers)
		b.view.Reference = price
		for step := range 3 {
			intentions := source.Step(int64(step)*stepTime, b.look(), nil)
			require.LessOrEqual(t, len(intentions), 24+liquidity.MaxPlaces+liquidity.MaxTakes)
			b.execute(0, intentions)
		}
	})
}
