package journal

// A segment is a file of groups, named after its kind and first sequence. Its header says what it belongs to:
//
//	magic [8] | kind u32 | version of the state machine u32 | journal ID [16] | first sequence u64 | chain hash before it [32] |
//	CRC32C u32 of all before it
//
// The last byte of the magic is the version of the format.

import (
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
	kind    kind
	version uint32
	id      ID
	first   uint64
	chain   Hash
}

func (o origin) encode() []byte {
	b := append(make([]byte, 0, segmentHeader), segmentMagic...)
	b = littleEndian.AppendUint32(b, uint32(o.kind))
	b = littleEndian.AppendUint32(b, o.version)
	b = append(b, o.id[:]...)
	b = littleEndian.AppendUint64(b, o.first)
	b = append(b, o.chain[:]...)
	return littleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func decodeOrigin(b []byte) (o origin, err error) {
	if len(b) < segmentHeader {
		return o, fmt.Errorf("%d bytes, a segment's header has %d", len(b), segmentHeader)
	}
	if string(b[:7]) != segmentMagic[:7] {
		return o, fmt.Errorf("not a segment of a journal: it starts with %q", b[:7])
	}
	if b[7] != segmentMagic[7] {
		return o, fmt.Errorf("format %d of segments, this program reads %d", b[7], segmentMagic[7])
	}
	sum := len(b[:segmentHeader]) - 4
	if got, want := littleEndian.Uint32(b[sum:]), crc32.Checksum(b[:sum], castagnoli); got != want {
		return o, fmt.Errorf("checksum of a segment's header is %#x, want %#x", got, want)
	}
	o = origin{kind: kind(littleEndian.Uint32(b[8:])), version: littleEndian.Uint32(b[12:]), first: littleEndian.Uint64(b[32:])}
	copy(o.id[:], b[16:])
	copy(o.chain[:], b[40:])
	return o, nil
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
	if _, err := file.ReadAt(buffer, 0); err != nil && err != io.EOF {
		return nil, err
	}
	return buffer, nil
}

// damaged is the refusal of a file that is not what was written.
func damaged(name string, offset int64, format string, args ...any) error {
	return errs.New(errs.FailedPrecondition, "JOURNAL_DAMAGED", "%s is damaged at byte %d: %w: restore the whole directory from a backup, or "+
		"move it away to start anew", name, offset, fmt.Errorf(format, args...)).With("file", name).With("offset", strconv.FormatInt(offset, 10))
}
