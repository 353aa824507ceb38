package journal_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

func TestMain(m *testing.M) {
	if child() {
		return
	}
	goleak.VerifyTestMain(m)
}

// deposit adds an amount to an account; a payload makes it as long as a real command.
type deposit struct {
	account uint8
	amount  int64
	payload []byte
}

// booked is the event of a deposit; a deposit of an odd amount has two, of zero none.
type booked struct {
	command, business uint64
	balance           int64
}

// bank is a state machine whose state depends on the order, the stamps and the content of all commands.
type bank struct {
	balances [16]int64
	mixed    uint64
}

func (b *bank) Apply(stamp journal.Stamp, d deposit, emit func(booked)) int64 {
	b.balances[d.account%16] += d.amount
	b.mixed = (b.mixed^stamp.Sequence)*1099511628211 + uint64(stamp.Business.UnixNano()) + uint64(d.amount) //nolint:gosec // any bits will do
	for range d.amount&1 + min(d.amount, 1) {
		emit(booked{command: stamp.Sequence, business: uint64(stamp.Business.UnixNano()), balance: b.balances[d.account%16]})
	}
	return b.balances[d.account%16]
}

func (b *bank) Snapshot(w io.Writer) error {
	return binary.Write(w, binary.LittleEndian, append(b.balances[:], int64(b.mixed)))
}

func (b *bank) Restore(r io.Reader, _ uint32) error {
	values := make([]int64, 17)
	err := binary.Read(bufio.NewReader(r), binary.LittleEndian, values)
	copy(b.balances[:], values)
	b.mixed = uint64(values[16])
	return err
}

type codec struct{}

func (codec) AppendCommand(dst []byte, d deposit) []byte {
	return append(binary.LittleEndian.AppendUint64(append(dst, d.account), uint64(d.amount)), d.payload...)
}

func (codec) DecodeCommand(src []byte) (deposit, error) {
	if len(src) < 9 {
		return deposit{}, fmt.Errorf("a deposit of %d bytes", len(src))
	}
	return deposit{account: src[0], amount: int64(binary.LittleEndian.Uint64(src[1:]))}, nil
}

func (codec) AppendEvent(dst []byte, e booked) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, e.command)
	dst = binary.LittleEndian.AppendUint64(dst, e.business)
	return binary.LittleEndian.AppendUint64(dst, uint64(e.balance))
}

type (
	options = journal.Options[deposit, booked, int64]
	core    = journal.Journal[deposit, booked, int64]
	machine = journal.Machine[deposit, booked, int64]
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)

// on returns options for small segments on a disk; the ID is the same every time.
func on(directory journal.Directory) options {
	return options{
		Directory: directory, State: &bank{}, Codec: codec{}, Version: 1, SegmentBytes: 1024, Random: bytes.NewReader(make([]byte, 16)),
		Clock: func() (time.Time, time.Time) { return start, start.Add(time.Hour) },
	}
}

func load(t require.TestingT, o options) *core {
	j, err := journal.Load(o)
	require.NoError(t, err)
	return j
}

func open(t *testing.T, o options) *machine {
	t.Helper()
	m, err := journal.Open(o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = m.Close(context.Background()) })
	return m
}

func hashOf(t require.TestingT, j *core) journal.Hash {
	hash, err := j.Hash()
	require.NoError(t, err)
	return hash
}

// everything reads all events there are, each as its sequence, times and payload.
func everything(t require.TestingT, j *core, last uint64) (earliest uint64, all []string) {
	reader, err := j.Events(0)
	require.NoError(t, err)
	defer func() { require.NoError(t, reader.Close()) }()
	done, cancel := context.WithCancel(context.Background())
	cancel() // what is not published yet is not waited for
	for {
		event, err := reader.Next(done)
		if err != nil {
			require.ErrorIs(t, err, context.Canceled)
			if len(all) > 0 {
				require.Equal(t, last, earliest+uint64(len(all))-1)
			}
			return last + 1 - uint64(len(all)), all
		}
		if len(all) == 0 {
			earliest = event.Sequence
		}
		require.Equal(t, earliest+uint64(len(all)), event.Sequence, "events are gapless")
		all = append(all, fmt.Sprintf("%d %d %d %x", event.Sequence, event.Wall.UnixNano(), event.Business.UnixNano(), event.Payload))
	}
}

// copyOf returns a disk with the same files, but for those that are changed; nil removes one.
func copyOf(t *testing.T, disk *memdisk.Disk, changed map[string][]byte) *memdisk.Disk {
	t.Helper()
	names, err := disk.List()
	require.NoError(t, err)
	other := memdisk.New()
	for _, name := range names {
		content, is := changed[name]
		if !is {
			content = disk.Bytes(name)
		}
		if content != nil {
			other.Put(name, content)
		}
	}
	return other
}
