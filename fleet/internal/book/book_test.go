package book

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

func levels(text ...string) []*exchangev1.Level {
	var all []*exchangev1.Level
	for _, each := range text {
		price, quantity, _ := strings.Cut(each, " x ")
		all = append(all, &exchangev1.Level{Price: price, Quantity: quantity, Orders: 1})
	}
	return all
}

func snapshot(sequence uint64, bids, asks []*exchangev1.Level) *exchangev1.StreamOrderBookResponse {
	at := timestamppb.New(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	return &exchangev1.StreamOrderBookResponse{Snapshot: true, Sequence: sequence, Bids: bids, Asks: asks, Time: at}
}

func prices(side []Level) []string {
	var all []string
	for _, level := range side {
		all = append(all, level.Price+" x "+level.Quantity)
	}
	return all
}

func small(t *testing.T) *Book {
	t.Helper()
	var made Book
	require.NoError(t, made.Apply(snapshot(7, levels("43000.10 x 0.50000", "42999.00 x 3", "42990.05 x 12.25"),
		levels("43000.30 x 1.2", "43000.40 x 0.00001", "43011 x 7"))))
	return &made
}

func TestLadderShowsAsksAboveBidsWithTheDepthUpToEachPrice(t *testing.T) {
	got := strings.Join(small(t).Ladder("BTC/USD  continuous", 10, 0), "\n") + "\n"
	want, err := os.ReadFile(filepath.Join("testdata", "ladder.txt"))
	require.NoError(t, err, "%s", got)
	assert.Equal(t, string(want), got)
}

func TestLadderIsCutToItsDepthAndToTheTerminal(t *testing.T) {
	lines := small(t).Ladder("BTC/USD", 1, 30)
	assert.Len(t, lines, 6)
	for _, line := range lines {
		assert.LessOrEqual(t, len([]rune(line)), 30)
	}
}

func TestLadderOfAnEmptyBookSaysSo(t *testing.T) {
	text := strings.Join((&Book{}).Ladder("BTC/USD", 10, 0), "\n")
	assert.Contains(t, text, "BTC/USD  no book yet")
	assert.Contains(t, text, "one side is empty")
}

func TestLineTellsTheBestPrices(t *testing.T) {
	assert.Equal(t, "2026-11-24T12:00:00.000Z BTC/USD bid 0.50000 at 43000.10 ask 1.2 at 43000.30 spread 0.20 sequence 7", small(t).Line("BTC/USD"))
	var empty Book
	require.NoError(t, empty.Apply(snapshot(1, nil, nil)))
	assert.Contains(t, empty.Line("BTC/USD"), "bid - ask - spread - sequence 1")
}

func TestAMissingChangeIsAGapAndASnapshotHealsIt(t *testing.T) {
	made := small(t)
	require.NoError(t, made.Apply(&exchangev1.StreamOrderBookResponse{PreviousSequence: 7, Sequence: 9, Bids: levels("42999.0 x 0")}))
	assert.Equal(t, []string{"43000.10 x 0.50000", "42990.05 x 12.25"}, prices(made.Bids(10)), "the same price, written otherwise")
	err := made.Apply(&exchangev1.StreamOrderBookResponse{PreviousSequence: 10, Sequence: 11})
	require.ErrorIs(t, err, ErrGap)
	require.ErrorContains(t, err, "change 11 follows 10, the book is at 9")
	require.ErrorIs(t, made.Apply(&exchangev1.StreamOrderBookResponse{PreviousSequence: 9, Sequence: 10}), ErrGap, "nothing is worth anything until a snapshot")
	assert.Empty(t, made.Bids(10))
	require.NoError(t, made.Apply(snapshot(20, levels("1 x 1"), nil)))
	assert.Equal(t, []string{"1 x 1"}, prices(made.Bids(10)))
}

func TestWhatIsNoDecimalIsAnErrorAndNoLevel(t *testing.T) {
	for _, bad := range []string{"1e5 x 1", "1 x NaN", " x 1"} {
		var made Book
		require.ErrorContains(t, made.Apply(snapshot(1, nil, levels("1 x 1", bad))), "is no plain decimal")
		assert.Empty(t, made.Asks(10))
	}
}

func TestSnapshotOfAnAnswerIsItsBook(t *testing.T) {
	made, err := Snapshot(&exchangev1.GetOrderBookResponse{Sequence: 3, Bids: levels("2 x 1", "1 x 1"), Asks: levels("3 x 1")})
	require.NoError(t, err)
	assert.Equal(t, uint64(3), made.Sequence)
	assert.Equal(t, []string{"2 x 1"}, prices(made.Bids(1)))
}

// The copy holds after any snapshots and changes what a plain map of each side holds, best first.
func TestBookFromChangesIsThatOfAPlainMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var made Book
		maps := [2]map[int]string{{}, {}} // price in hundredths to quantity, of bids and asks
		sequence := uint64(0)
		for step := range rapid.IntRange(1, 30).Draw(t, "messages") {
			message := &exchangev1.StreamOrderBookResponse{PreviousSequence: sequence, Snapshot: step == 0 || rapid.IntRange(0, 9).Draw(t, "again") == 0}
			sequence += rapid.Uint64Range(1, 5).Draw(t, "step")
			message.Sequence = sequence
			if message.GetSnapshot() {
				maps, message.PreviousSequence = [2]map[int]string{{}, {}}, 0
			}
			message.Bids, message.Asks = change(t, maps[0]), change(t, maps[1])
			require.NoError(t, made.Apply(message))
		}
		assert.Equal(t, sequence, made.Sequence)
		for side, got := range [][]Level{made.Bids(1000), made.Asks(1000)} {
			var keys []int
			for price := range maps[side] {
				keys = append(keys, price)
			}
			slices.Sort(keys)
			if side == 0 {
				slices.Reverse(keys)
			}
			var want []string
			for _, price := range keys {
				want = append(want, written(price)+" x "+maps[side][price])
			}
			assert.Equal(t, want, prices(got))
		}
	})
}

// change draws changes of a side, and makes them in the map.
func change(t *rapid.T, side map[int]string) []*exchangev1.Level {
	var changed []*exchangev1.Level
	for _, price := range rapid.SliceOfN(rapid.IntRange(1, 1200), 0, 8).Draw(t, "prices") {
		quantity := strconv.Itoa(rapid.IntRange(0, 3).Draw(t, "quantity"))
		if side[price] = quantity; quantity == "0" {
			delete(side, price)
		}
		changed = append(changed, &exchangev1.Level{Price: written(price), Quantity: quantity})
	}
	return changed
}

func written(hundredths int) string { return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100) }

func TestBarsGrowWithTheirShare(t *testing.T) {
	assert.Empty(t, Bar(0, 8))
	assert.Equal(t, "▏", Bar(1e-9, 8), "what is not nothing is seen")
	assert.Equal(t, "████▌", Bar(0.5625, 8))
	assert.Equal(t, "████████", Bar(1, 8))
	assert.Equal(t, "████████", Bar(7, 8))
}
