package journal

// A segment is a file of groups, named after its kind and first sequence. Its header says what it belongs to:
//
//	magic [8] | kind u32 | version of the state machine u32 | journal ID [16] | first sequence u64 | chain hash before it [32] |
//	CRC32C u32 of all before it
//
// The last byte of the magic is the version of the format.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

const (
	segmentMagic  = "JOURNAL\x01"
	segmentHeader = 8 + 4 + 4 + 16 + 8 + 32 + 4
	unfinished    = ".new" // suffix of a file that becomes valid when it is renamed
)

// kind is what the records of a log are.
type kind uint32

const (
	commands kind = iota + 1
	events
)

func (k kind) prefix() string {
	if k == commands {
		return "commands-"
	}
	return "events-"
}

func (k kind) file(first uint64) string { return fmt.Sprintf("%s%020d", k.prefix(), first) }

// origin is what the header of a segment says.
type origin struct {
	Magic   [8]byte
	Kind    kind
	Version uint32
	ID      ID
	First   uint64
	Chain   Hash
}

func (o origin) encode() []byte {
	copy(o.Magic[:], segmentMagic)
	b, _ := binary.Append(nil, littleEndian, o) // fails on types without a size
	return littleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func decodeOrigin(b []byte) (o origin, err error) {
	if err := decodeHeader(b, &o, segmentMagic); err != nil {
		return o, err
	}
	return o, checkSum(b, segmentHeader-4)
}

// decodeHeader reads the part of a file's header that has a fixed size and starts with a magic.
func decodeHeader(b []byte, into any, magic string) error {
	if _, err := binary.Decode(b, littleEndian, into); err != nil {
		return fmt.Errorf("%d bytes, a header has %d", len(b), binary.Size(into))
	}
	if got := string(b[:8]); got != magic {
		return fmt.Errorf("it starts with %q, what this program reads with %q", got, magic)
	}
	return nil
}

// checkSum compares the checksum that follows the first bytes of a header.
func checkSum(b []byte, size int) error {
	if len(b) < size+4 {
		return fmt.Errorf("%d bytes, a header has %d", len(b), size+4)
	}
	if got, want := littleEndian.Uint32(b[size:]), crc32.Checksum(b[:size], castagnoli); got != want {
		return fmt.Errorf("checksum of the header is %#x, want %#x", got, want)
	}
	return nil
}

// sequences lists the numbers in the names of files with a prefix, ascending.
func sequences(names []string, prefix string) []uint64 {
	var found []uint64
	for _, name := range names {
		if digits, ok := strings.CutPrefix(name, prefix); ok {
			if sequence, err := strconv.ParseUint(digits, 10, 64); err == nil {
				found = append(found, sequence)
			}
		}
	}
	slices.Sort(found)
	return found
}

// readAll reads a whole file into buffer, or a larger one.
func readAll(file File, buffer []byte) ([]byte, error) {
	size, err := file.Size()
	if err != nil {
		return nil, err
	}
	buffer = slices.Grow(buffer[:0], int(size))[:size]
	return buffer, readAt(file, buffer, 0)
}

// readAt fills b from an offset on, as far as the file goes.
func readAt(file File, b []byte, offset int64) error {
	if _, err := file.ReadAt(b, offset); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// damaged is the refusal of a file that is not what was written.
func damaged(name string, offset int64, format string, args ...any) error {
	return errs.New(errs.FailedPrecondition, "JOURNAL_DAMAGED", "%s is damaged at byte %d: %w: restore the whole directory from a backup, or "+
		"move it away to start anew", name, offset, fmt.Errorf(format, args...)).With("file", name).With("offset", strconv.FormatInt(offset, 10))
}
