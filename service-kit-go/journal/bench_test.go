package journal_test

// Durable commands a second beside their yardstick: the same bytes, appended and synced in groups of as many as there are
// callers. Compare commands/s within one run.

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

const (
	benchCallers = 256
	benchPayload = 91 // with account and amount 100 bytes
)

func onDisk(b *testing.B) options {
	directory, err := journal.Dir(b.TempDir())
	require.NoError(b, err)
	return plain(directory)
}

func plain(directory journal.Directory) options {
	o := on(directory)
	o.SegmentBytes, o.Clock = 0, func() (time.Time, time.Time) { now := time.Now(); return now, now }
	return o
}

// BenchmarkDurableYardstick is what a disk gives: groups of 256 records of 100 bytes and their headers.
func BenchmarkDurableYardstick(b *testing.B) {
	directory, err := journal.Dir(b.TempDir())
	require.NoError(b, err)
	group := bytes.Repeat([]byte{7}, benchCallers*(100+8))
	var file journal.File
	groups, offset := 0, int64(journal.DefaultSegmentBytes)
	for b.Loop() {
		if offset+int64(len(group)) > journal.DefaultSegmentBytes {
			file, err = directory.Create(fmt.Sprint("log", groups), journal.DefaultSegmentBytes)
			require.NoError(b, err)
			offset = 0
		}
		if _, err := file.WriteAt(group, offset); err != nil {
			b.Fatal(err)
		}
		if err := file.Sync(); err != nil {
			b.Fatal(err)
		}
		offset += int64(len(group))
		groups++
	}
	b.ReportMetric(float64(groups*benchCallers)/b.Elapsed().Seconds(), "commands/s")
}

// BenchmarkDurableCallers is 256 callers, each of which waits for its answer.
func BenchmarkDurableCallers(b *testing.B) {
	m, err := journal.Open(onDisk(b))
	require.NoError(b, err)
	command := deposit{amount: 0, payload: make([]byte, benchPayload)}
	b.ReportAllocs()
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var callers sync.WaitGroup
	for range benchCallers {
		callers.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := m.Submit(context.Background(), command); err != nil {
					b.Error(err)
				}
			}
		})
	}
	callers.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
	b.ReportMetric(float64(b.N)/float64(m.Stats().Groups), "commands/group")
	require.NoError(b, m.Close(context.Background()))
}

// BenchmarkDurableStream is one caller that has up to 4,096 commands under way, each with an event.
func BenchmarkDurableStream(b *testing.B) {
	m, err := journal.Open(onDisk(b))
	require.NoError(b, err)
	command := deposit{amount: 2, payload: make([]byte, benchPayload)}
	room := make(chan struct{}, 4096)
	answered := func(int64, error) { <-room }
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		room <- struct{}{}
		if err := m.SubmitAsync(command, answered); err != nil {
			b.Fatal(err)
		}
	}
	require.NoError(b, m.Close(context.Background()))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
}

// BenchmarkReplay is a start with a million commands of 100 bytes after the last snapshot.
func BenchmarkReplay(b *testing.B) { benchmarkReplay(b, 0) }

// BenchmarkReplayWithEvents is the same when each command has an event to be compared.
func BenchmarkReplayWithEvents(b *testing.B) { benchmarkReplay(b, 2) }

func benchmarkReplay(b *testing.B, amount int64) {
	const total = 1_000_000
	disk := memdisk.New()
	j := load(b, plain(disk))
	group := make([]deposit, benchCallers)
	for i := range group {
		group[i] = deposit{amount: amount, payload: binary.LittleEndian.AppendUint64(make([]byte, benchPayload-8), uint64(i))}
	}
	for done := 0; done < total; done += len(group) {
		_, err := j.Do(start, start, group, nil)
		require.NoError(b, err)
	}
	require.NoError(b, j.Close())
	for b.Loop() {
		require.NoError(b, load(b, plain(disk)).Close())
	}
	b.ReportMetric(float64(b.N)*total/b.Elapsed().Seconds(), "records/s")
}

func TestSubmitAllocatesNothing(t *testing.T) {
	m := open(t, plain(memdisk.New()))
	command := deposit{amount: 2}
	submit := func() {
		if _, err := m.Submit(context.Background(), command); err != nil {
			t.Error(err)
		}
	}
	for range 3000 { // buffers grow
		submit()
	}
	// A group of one costs a few allocations of its own (hash, memdisk); a command of a group of many costs none.
	alone := testing.AllocsPerRun(1000, submit)
	var waiting sync.WaitGroup
	answered := func(int64, error) { waiting.Done() }
	many := testing.AllocsPerRun(100, func() {
		waiting.Add(1000)
		for range 1000 {
			if err := m.SubmitAsync(command, answered); err != nil {
				t.Error(err)
			}
		}
		waiting.Wait()
	})
	t.Logf("%.1f allocations for a group of one, %.3f a command in groups", alone, many/1000)
	require.Less(t, many/1000, 1.0)
}
