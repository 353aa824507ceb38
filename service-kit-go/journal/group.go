package journal

// A group is what one write and one sync make durable: a header, and records in a row.
//
//	header  magic u32 | length of the records u32 | first sequence u64 | count u32 | wall ns i64 | business ns i64 |
//	        chain hash [32] | CRC32C u32 of all before it and the journal's ID
//	record  length u32 | CRC32C u32 of length and payload | payload
//
// The chain hash is SHA-256 over the one of the group before, the header up to it, and the records. Integers are little endian.

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"
)

const (
	groupMagic   = 0x50524a47
	groupHashed  = 36 // bytes of the header that the chain hash covers
	groupHeader  = groupHashed + sha256.Size + 4
	recordHeader = 8
)

var (
	castagnoli   = crc32.MakeTable(crc32.Castagnoli)
	littleEndian = binary.LittleEndian
)

// group is one that is being written.
type group struct {
	bytes          []byte
	first          uint64
	count          uint32
	wall, business int64 // ns since the Unix epoch
	record         int   // where the record that is being added starts
}

func (g *group) begin(first uint64, wall, business int64) {
	*g = group{bytes: append(g.bytes[:0], make([]byte, groupHeader)...), first: first, wall: wall, business: business}
}

// open returns the bytes to which the payload of the next record is appended; close takes them back.
func (g *group) open() []byte {
	g.record = len(g.bytes)
	return append(g.bytes, 0, 0, 0, 0, 0, 0, 0, 0)
}

// close ends a record.
func (g *group) close(b []byte) {
	head := b[g.record:]
	littleEndian.PutUint32(head, uint32(len(head)-recordHeader))
	littleEndian.PutUint32(head[4:], recordSum(head[:4], head[recordHeader:]))
	g.bytes, g.count = b, g.count+1
}

func recordSum(length, payload []byte) uint32 {
	return crc32.Update(crc32.Checksum(length, castagnoli), castagnoli, payload)
}

// seal fills in the header and returns the chain hash after the group.
func (g *group) seal(id ID, before Hash) Hash {
	head := g.bytes[:groupHeader]
	littleEndian.PutUint32(head, groupMagic)
	littleEndian.PutUint32(head[4:], uint32(len(g.bytes)-groupHeader))
	littleEndian.PutUint64(head[8:], g.first)
	littleEndian.PutUint32(head[16:], g.count)
	littleEndian.PutUint64(head[20:], uint64(g.wall))
	littleEndian.PutUint64(head[28:], uint64(g.business))
	chain := chainHash(before, head, g.bytes[groupHeader:])
	copy(head[groupHashed:], chain[:])
	littleEndian.PutUint32(head[groupHeader-4:], headerSum(id, head))
	return chain
}

func chainHash(before Hash, head, records []byte) (chain Hash) {
	hasher := sha256.New()
	hasher.Write(before[:])
	hasher.Write(head[:groupHashed])
	hasher.Write(records)
	hasher.Sum(chain[:0])
	return chain
}

func headerSum(id ID, head []byte) uint32 {
	return crc32.Update(crc32.Checksum(id[:], castagnoli), castagnoli, head[:groupHeader-4])
}

// groupView is a group that was read.
type groupView struct {
	first          uint64
	count          uint32
	wall, business time.Time
	chain          Hash
	size           int    // bytes with the header
	records        []byte // what is left of them: see next
	head           []byte
}

// parseHeader reads the header of a group; it says nothing about its records, which may not be in b.
func parseHeader(id ID, b []byte) (view groupView, err error) {
	if len(b) < groupHeader {
		return view, fmt.Errorf("%d bytes are left, a group's header has %d", len(b), groupHeader)
	}
	head := b[:groupHeader]
	if magic := littleEndian.Uint32(head); magic != groupMagic {
		return view, fmt.Errorf("no group starts here: its mark is %#x, want %#x", magic, groupMagic)
	}
	if got, want := littleEndian.Uint32(head[groupHeader-4:]), headerSum(id, head); got != want {
		return view, fmt.Errorf("checksum of a group's header is %#x, want %#x", got, want)
	}
	view = groupView{
		first: littleEndian.Uint64(head[8:]), count: littleEndian.Uint32(head[16:]), head: head,
		wall:     time.Unix(0, int64(littleEndian.Uint64(head[20:]))).UTC(),
		business: time.Unix(0, int64(littleEndian.Uint64(head[28:]))).UTC(),
		size:     groupHeader + int(littleEndian.Uint32(head[4:])),
	}
	copy(view.chain[:], head[groupHashed:])
	return view, nil
}

// parseGroup reads a whole group at the start of b, which must be the one that follows (next, before).
func parseGroup(id ID, b []byte, next uint64, before Hash) (groupView, error) {
	view, err := parseHeader(id, b)
	if err != nil {
		return view, err
	}
	if len(b) < view.size {
		return view, fmt.Errorf("a group of %d bytes has %d", view.size, len(b))
	}
	if view.first != next {
		return view, fmt.Errorf("a group starts with sequence %d, want %d", view.first, next)
	}
	view.records = b[groupHeader:view.size]
	if chainHash(before, view.head, view.records) != view.chain {
		return view, fmt.Errorf("the chain hash of the group from sequence %d does not match", view.first)
	}
	return view, nil
}

// next takes the payload of the next record off the view.
func (v *groupView) next() (payload []byte, err error) {
	if len(v.records) < recordHeader {
		return nil, fmt.Errorf("a record's header has %d bytes, want %d", len(v.records), recordHeader)
	}
	length := int(littleEndian.Uint32(v.records))
	if length > len(v.records)-recordHeader {
		return nil, fmt.Errorf("a record of %d bytes has %d", length, len(v.records)-recordHeader)
	}
	payload = v.records[recordHeader : recordHeader+length : recordHeader+length]
	if got, want := littleEndian.Uint32(v.records[4:]), recordSum(v.records[:4], payload); got != want {
		return nil, fmt.Errorf("checksum of a record is %#x, want %#x", got, want)
	}
	v.records = v.records[recordHeader+length:]
	return payload, nil
}

// findGroup returns where in b a header of a group of this journal starts, or -1. Nobody who does not know the ID can
// make a record that looks like one.
func findGroup(id ID, b []byte) int {
	mark := littleEndian.AppendUint32(nil, groupMagic)
	for from := 0; ; from++ {
		found := bytes.Index(b[from:], mark)
		if found < 0 {
			return -1
		}
		from += found
		if _, err := parseHeader(id, b[from:]); err == nil {
			return from
		}
	}
}
