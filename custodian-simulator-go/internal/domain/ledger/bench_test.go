package ledger_test

import (
	"encoding/binary"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/ledger"
)

const crowd = 1000 // accounts

func crowded(t require.TestingT) *ledger.Ledger {
	l := ledger.New(listing(t))
	for n := range crowd {
		bound := ledger.DebitsWithinCredits
		if n == 0 {
			bound = ledger.None
		}
		_, err := l.Open(0, bound)
		require.NoError(t, err)
	}
	for n := int32(1); n < crowd; n++ {
		_, err := l.Apply(now, &ledger.Transfer{ID: numbered(1<<40 + uint64(n)), Credit: n, Amount: 1 << 50}, nil)
		require.NoError(t, err)
	}
	return l
}

// numbered spreads ids as those of texts are spread.
func numbered(n uint64) (id ledger.ID) {
	binary.LittleEndian.PutUint64(id[:8], (n+1)*0x9e3779b97f4a7c15)
	binary.LittleEndian.PutUint64(id[8:], n)
	return id
}

func plain(n uint64) ledger.Transfer {
	return ledger.Transfer{ID: numbered(n), Debit: int32(1 + n*7919%(crowd-1)), Credit: int32(1 + (n*7919+1)%(crowd-1)), Amount: 1}
}

func BenchmarkPlain(b *testing.B) {
	l, entries := crowded(b), make([]ledger.Entry, 0, 4)
	b.ReportAllocs()
	n := uint64(0)
	for b.Loop() {
		one := plain(n)
		n++
		var err error
		if entries, err = l.Apply(now, &one, entries[:0]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTwoPhase makes a pending transfer that can time out, and posts it.
func BenchmarkTwoPhase(b *testing.B) {
	l, entries := crowded(b), make([]ledger.Entry, 0, 4)
	b.ReportAllocs()
	n := uint64(0)
	for b.Loop() {
		one := plain(n)
		one.Kind, one.Expires = ledger.Pending, now+1+int64(n%1000)
		post := ledger.Transfer{ID: numbered(n + 1), Of: one.ID, Kind: ledger.Post}
		n += 2
		var err error
		if entries, err = l.Apply(now, &one, entries[:0]); err == nil {
			entries, err = l.Apply(now, &post, entries[:0])
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkYardstick is the least that a ledger can be: 64-bit balances, a map of the ids that were seen, no rule.
func BenchmarkYardstick(b *testing.B) {
	balances, seen := make([]int64, crowd), map[ledger.ID]ledger.Transfer{}
	b.ReportAllocs()
	n := uint64(0)
	for b.Loop() {
		one := plain(n)
		n++
		if _, known := seen[one.ID]; known {
			b.Fatal(n)
		}
		balances[one.Debit] -= one.Amount
		balances[one.Credit] += one.Amount
		seen[one.ID] = one
	}
}

// The tables are large by then, so that a run sees at most one chunk: less than one allocation a transfer.
func TestATransferAllocatesNothingButGrowth(t *testing.T) {
	l, entries, n := crowded(t), make([]ledger.Entry, 0, 4), uint64(0)
	round := func() {
		one := plain(n)
		n++
		entries, _ = l.Apply(now, &one, entries[:0])
	}
	for range 100_000 {
		round()
	}
	assert.Zero(t, testing.AllocsPerRun(10_000, round))
}

func TestATransferKeepsTheBytesThatAreDocumented(t *testing.T) {
	const made = 1 << 18
	l, entries := crowded(t), make([]ledger.Entry, 0, 4)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for n := range uint64(made) {
		one := plain(n)
		entries, _ = l.Apply(now, &one, entries[:0])
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := float64(after.HeapAlloc-before.HeapAlloc) / made
	t.Logf("%.1f bytes a transfer", each)
	assert.InDelta(t, 56+16, each, 10)
	runtime.KeepAlive(l)
}

func BenchmarkDecode(b *testing.B) {
	l, entries := crowded(b), make([]ledger.Entry, 0, 4)
	for n := range uint64(1_000_000) {
		one := plain(n)
		entries, _ = l.Apply(now, &one, entries[:0])
	}
	encoded, assets := l.Encode(nil), listing(b)
	for b.Loop() {
		if _, err := ledger.Decode(encoded, assets); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "ns/transfer")
}
