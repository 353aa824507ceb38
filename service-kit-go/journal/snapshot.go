package journal

// A snapshot is a file that appears whole or not at all: written aside, synced, renamed. It holds the state after a command
// and the positions of both logs there:
//
//	header   magic [8] | version of the state machine u32 | journal ID [16] | next command u64 | chain hash of the commands [32] |
//	         next event u64 | chain hash of the events [32] | wall ns i64 | business ns i64 | consumers u16 |
//	         for each: length of its name u8, name, acknowledged event u64 | CRC32C u32 of all before it
//	state    as State.Snapshot wrote it
//	trailer  SHA-256 of the state [32]

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"maps"
	"slices"
)

const (
	snapshotMagic  = "JRNSNAP\x01"
	snapshotPrefix = "snapshot-"
	snapshotFixed  = 8 + 4 + 16 + 8 + 32 + 8 + 32 + 8 + 8 + 2
	snapshotLimit  = snapshotFixed + 255*(1+255+8) + 4 // bytes of a header with as many consumers as there may be
)

func snapshotFile(next uint64) string { return fmt.Sprintf("%s%020d", snapshotPrefix, next-1) }

// checkpoint is what the header of a snapshot says.
type checkpoint struct {
	fixed
	cursors map[string]uint64
}

type fixed struct {
	Magic            [8]byte
	Version          uint32
	ID               ID
	Commands, Events position
	Wall, Business   int64
	Consumers        uint16
}

func (c checkpoint) encode() []byte {
	copy(c.Magic[:], snapshotMagic)
	c.Consumers = uint16(len(c.cursors))
	b, _ := binary.Append(nil, littleEndian, c.fixed) // fails on types without a size
	for _, name := range slices.Sorted(maps.Keys(c.cursors)) {
		b = append(append(b, byte(len(name))), name...)
		b = littleEndian.AppendUint64(b, c.cursors[name])
	}
	return littleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// decodeCheckpoint reads the header at the start of b and returns its length.
func decodeCheckpoint(b []byte) (c checkpoint, size int, err error) {
	if err := decodeHeader(b, &c.fixed, snapshotMagic); err != nil {
		return c, 0, err
	}
	c.cursors = map[string]uint64{}
	size = snapshotFixed
	for range c.Consumers {
		if size >= len(b) || size+1+int(b[size])+8 > len(b) {
			return c, 0, fmt.Errorf("a snapshot's header is cut off after %d bytes", len(b))
		}
		end := size + 1 + int(b[size])
		c.cursors[string(b[size+1:end])] = littleEndian.Uint64(b[end:])
		size = end + 8
	}
	return c, size + 4, checkSum(b, size)
}

// hashed counts and hashes what is written through it.
type hashed struct {
	to     io.Writer
	hasher hash.Hash
	size   int64
}

func (h *hashed) Write(b []byte) (int, error) {
	h.size += int64(len(b))
	_, _ = h.hasher.Write(b)
	return h.to.Write(b)
}

// writeSnapshot writes a snapshot aside, for publish to make it valid. It returns the size of the state.
func writeSnapshot(directory Directory, point checkpoint, write func(io.Writer) error) (file File, size int64, err error) {
	name := snapshotFile(point.Commands.Next) + unfinished
	if file, err = directory.Create(name, 0); err != nil {
		return nil, 0, err
	}
	buffer := bufio.NewWriterSize(&appender{file: file}, 1<<18)
	_, err = buffer.Write(point.encode())
	state := hashed{to: buffer, hasher: sha256.New()}
	if err == nil {
		err = write(&state)
	}
	if err == nil {
		_, err = buffer.Write(state.hasher.Sum(nil))
	}
	if err == nil {
		err = buffer.Flush()
	}
	if err != nil {
		_ = file.Close()
		_ = directory.Remove(name) // it may lie there until the next start, which removes what is unfinished
		return nil, 0, err
	}
	return file, state.size, nil
}

// appender writes to a file from its start on.
type appender struct {
	file   File
	offset int64
}

func (a *appender) Write(b []byte) (int, error) {
	n, err := a.file.WriteAt(b, a.offset)
	a.offset += int64(n)
	return n, err
}

// loadSnapshot checks a whole snapshot and returns its header and a reader of the state.
func loadSnapshot(file File) (checkpoint, *io.SectionReader, error) {
	size, err := file.Size()
	if err != nil {
		return checkpoint{}, nil, err
	}
	head := make([]byte, min(size, snapshotLimit))
	if err := readAt(file, head, 0); err != nil {
		return checkpoint{}, nil, err
	}
	point, start, err := decodeCheckpoint(head)
	if err != nil {
		return point, nil, err
	}
	length := size - int64(start) - sha256.Size
	if length < 0 {
		return point, nil, fmt.Errorf("a snapshot of %d bytes is cut off", size)
	}
	hasher := sha256.New()
	if _, err := io.Copy(hasher, io.NewSectionReader(file, int64(start), length)); err != nil {
		return point, nil, err
	}
	want := make([]byte, sha256.Size)
	if err := readAt(file, want, int64(start)+length); err != nil {
		return point, nil, err
	}
	if got := hasher.Sum(nil); !bytes.Equal(got, want) {
		return point, nil, fmt.Errorf("the hash of the state is %x, want %x", got, want)
	}
	return point, io.NewSectionReader(file, int64(start), length), nil
}
