package journal_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/journal"
)

// FuzzGroup: bytes are a group only when writing its records gives them again but for the times; a group survives being written.
func FuzzGroup(f *testing.F) {
	id := journal.ID{1, 2, 3}
	whole := journal.WriteGroup(id, [][]byte{[]byte("a record"), {}, bytes.Repeat([]byte{7}, 300)})
	for _, seed := range [][]byte{whole, whole[:len(whole)-1], whole[:72], whole[:20], nil, make([]byte, 100), journal.WriteGroup(id, nil)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if payloads, err := journal.ReadGroup(id, b); err == nil {
			again := journal.WriteGroup(id, payloads)
			require.Equal(t, b[72:len(again)], again[72:])
		}
		written := journal.WriteGroup(id, [][]byte{b, b})
		payloads, err := journal.ReadGroup(id, append(written, b...))
		require.NoError(t, err)
		for _, payload := range payloads {
			assert.True(t, bytes.Equal(b, payload))
		}
		assert.Equal(t, 0, journal.FindGroup(id, written))
		assert.LessOrEqual(t, journal.FindGroup(journal.ID{9}, append(b, written...)), len(b), "found where it is, or a draw of the checksum")
	})
}

// FuzzSegmentHeader: what is read as a header is written the same.
func FuzzSegmentHeader(f *testing.F) { fuzzHeader(f, journal.SegmentHeader) }

// FuzzSnapshotHeader: what is read as a header is written the same.
func FuzzSnapshotHeader(f *testing.F) { fuzzHeader(f, journal.SnapshotHeader) }

func fuzzHeader(f *testing.F, again func([]byte) ([]byte, error)) {
	disk, _ := small(f, 2)
	names, err := disk.List()
	require.NoError(f, err)
	for _, name := range names {
		f.Add(disk.Bytes(name))
		f.Add(disk.Bytes(name)[:50])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if header, err := again(b); err == nil {
			require.True(t, bytes.HasPrefix(b, header))
		}
	})
}
