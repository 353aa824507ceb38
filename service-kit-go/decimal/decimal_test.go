package decimal

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDecimalsAreReadExactlyOrRefused(t *testing.T) {
	for _, c := range []struct {
		text  string
		scale int
		units int64
		wrong string
	}{
		{"1.5", 3, 1500, ""},
		{"0", 8, 0, ""},
		{"-0", 8, 0, ""},
		{"-12.34", 2, -1234, ""},
		{"007.10", 2, 710, ""},
		{"9223372036854775807", 0, math.MaxInt64, ""},
		{"9.223372036854775807", 18, math.MaxInt64, ""},
		{"-9223372036854775807", 0, -math.MaxInt64, ""},
		{"9223372036854775808", 0, 0, "is too large: with 0 digits after the point, at most 9223372036854775807"},
		{"92233720368.54775808", 8, 0, "at most 92233720368.54775807 is allowed"},
		{"1.234", 2, 0, `"1.234" has 3 digits after the point: at most 2 are allowed`},
		{"1.000", 2, 0, "has 3 digits"},
		{strings.Repeat("9", 100), 0, 0, "is too large"},
		{"", 2, 0, "is no decimal"},
		{"-", 2, 0, "is no decimal"},
		{"1.", 2, 0, "is no decimal"},
		{".5", 2, 0, "is no decimal"},
		{"+1", 2, 0, "is no decimal"},
		{"1e3", 2, 0, "is no decimal"},
		{"1.2.3", 2, 0, "is no decimal"},
		{"--1", 2, 0, "is no decimal"},
		{"1,5", 2, 0, "is no decimal"},
		{"٣", 2, 0, "is no decimal"},
	} {
		units, err := Parse(c.text, c.scale)
		if c.wrong != "" {
			assert.ErrorContains(t, err, c.wrong, c.text)
			continue
		}
		require.NoError(t, err, c.text)
		assert.Equal(t, c.units, units, c.text)
	}
}

func TestDecimalsAreWrittenInOneForm(t *testing.T) {
	for _, c := range []struct {
		units int64
		scale int
		text  string
	}{
		{1500, 3, "1.5"},
		{0, 5, "0"},
		{-5, 3, "-0.005"},
		{100, 2, "1"},
		{100, 0, "100"},
		{math.MinInt64, 18, "-9.223372036854775808"},
	} {
		assert.Equal(t, c.text, Format(c.units, c.scale))
		assert.Equal(t, c.text, WideOf(c.units).Format(c.scale))
	}
}

func TestANumberBringsItsScale(t *testing.T) {
	number, err := ParseNumber("0.0100")
	require.NoError(t, err)
	assert.Equal(t, Number{Units: 1, Scale: 2}, number)
	number, err = ParseNumber("5.00")
	require.NoError(t, err)
	assert.Equal(t, Number{Units: 5}, number)
	assert.True(t, number.Below(51, 1))
	assert.False(t, number.Below(50, 1))
	units, err := number.Rescale(3)
	require.NoError(t, err)
	assert.EqualValues(t, 5000, units)
	for _, text := range []string{"", ".", "1.x0", "0." + strings.Repeat("1", 19)} {
		_, err := ParseNumber(text)
		assert.Error(t, err, text)
	}
}

func wideOf(w Wide) *big.Int {
	value := new(big.Int).Lsh(big.NewInt(w.High), 64)
	return value.Add(value, new(big.Int).SetUint64(w.Low))
}

func TestWideArithmeticIsThatOfWholeNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		c := rapid.Int64Range(1, math.MaxInt64).Draw(t, "c")
		product := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		wide := Product(a, b)
		assert.Equal(t, product.String(), wideOf(wide).String())
		assert.Equal(t, product.String(), wide.Format(0))
		sum := new(big.Int).Add(product, big.NewInt(c))
		assert.Equal(t, sum.String(), wideOf(wide.Add(WideOf(c))).String())
		assert.Equal(t, sum.Cmp(product), wide.Add(WideOf(c)).Compare(wide))
		assert.Equal(t, product.String(), wideOf(wide.Add(WideOf(c)).Sub(WideOf(c))).String())
		narrow, fits := Mul(a, b)
		assert.Equal(t, product.IsInt64(), fits)
		if fits {
			assert.Equal(t, product.Int64(), narrow)
		}

		quotient, rest := new(big.Int).QuoRem(product, big.NewInt(c), new(big.Int))
		down, fits := MulDivDown(a, b, c)
		assert.Equal(t, quotient.IsInt64(), fits)
		if fits {
			assert.Equal(t, quotient.Int64(), down)
		}
		if rest.Sign() != 0 {
			quotient.Add(quotient, big.NewInt(int64(product.Sign())))
		}
		up, fits := MulDivUp(a, b, c)
		assert.Equal(t, quotient.IsInt64(), fits)
		if fits {
			assert.Equal(t, quotient.Int64(), up)
		}

		part := rapid.Int64Range(0, c).Draw(t, "part")
		share := new(big.Int).Quo(new(big.Int).Mul(product, big.NewInt(part)), big.NewInt(c))
		assert.Equal(t, share.String(), wideOf(wide.Share(part, c)).String())
		float, _ := new(big.Float).SetInt(product).Float64()
		assert.InEpsilon(t, 1+math.Abs(float), 1+math.Abs(wide.Float64()), 1e-15)
	})
}

func TestWideIsWrittenWithAPoint(t *testing.T) {
	assert.Equal(t, "85070591730234615847.396907784232501249", Product(math.MaxInt64, math.MaxInt64).Format(18))
	assert.Equal(t, "-9223372036854775807", Product(math.MaxInt64, -1_000_000).Format(6))
	assert.Equal(t, "-85070591730234615847396907784232.501249", Product(math.MaxInt64, -math.MaxInt64).Format(6))
}

func TestASumThatOverflowsIsTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		exact := new(big.Int).Add(big.NewInt(a), big.NewInt(b))
		sum, fits := Add(a, b)
		assert.Equal(t, exact.IsInt64(), fits)
		if fits {
			assert.Equal(t, exact.Int64(), sum)
		}
	})
}

func TestWritingAllocatesNothing(t *testing.T) {
	buffer := make([]byte, 0, 64)
	assert.Zero(t, testing.AllocsPerRun(100, func() { buffer = Append(buffer[:0], 123456789, 8) }))
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = Parse("1.23456789", 8) }))
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"1.5", "-0.0001", "92233720368.54775807", "1e9", "00", "-", "."} {
		f.Add(text, 8)
	}
	f.Fuzz(func(t *testing.T, text string, scale int) {
		if scale < 0 || scale > MaxScale {
			return
		}
		units, err := Parse(text, scale)
		exact, isNumber := new(big.Rat).SetString(text)
		if err != nil {
			return
		}
		if !isNumber || exact.Cmp(new(big.Rat).SetFrac64(units, Pow10(scale))) != 0 {
			t.Fatalf("%q was read as %d at scale %d", text, units, scale)
		}
		if again, err := Parse(Format(units, scale), scale); err != nil || again != units {
			t.Fatalf("%d at scale %d was written as %q and read as %d, %v", units, scale, Format(units, scale), again, err)
		}
	})
}

func FuzzFormat(f *testing.F) {
	f.Add(int64(math.MaxInt64), 18)
	f.Add(int64(-1), 0)
	f.Fuzz(func(t *testing.T, units int64, scale int) {
		if scale < 0 || scale > MaxScale || units == math.MinInt64 {
			return
		}
		text := Format(units, scale)
		if again, err := Parse(text, scale); err != nil || again != units {
			t.Fatalf("%d at scale %d was written as %q and read as %d, %v", units, scale, text, again, err)
		}
		if strings.Contains(text, ".") && strings.HasSuffix(text, "0") || text == "-0" {
			t.Fatalf("%d at scale %d was written as %q", units, scale, text)
		}
	})
}
