package memdisk

// An open file: each write remembers what it overwrote, until it is synced.

import (
	"fmt"
	"io"
	"slices"
	"syscall"
)

type file struct {
	disk *Disk
	node *node
	name string
	era  int
}

// enter takes the disk's lock, for leave to give back, and asks for a fault.
func (f *file) enter(operation string) error {
	f.disk.mu.Lock()
	if f.era != f.disk.era {
		return fmt.Errorf("%s %s: %w", operation, f.name, errGone)
	}
	return f.disk.asked(operation, f.name)
}

func (f *file) leave() { f.disk.mu.Unlock() }

func (f *file) ReadAt(b []byte, offset int64) (int, error) {
	err := f.enter("read")
	defer f.leave()
	if err != nil {
		return 0, err
	}
	if offset >= int64(len(f.node.bytes)) {
		return 0, io.EOF
	}
	n := copy(b, f.node.bytes[offset:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *file) WriteAt(b []byte, offset int64) (int, error) {
	err := f.enter("write")
	defer f.leave()
	if f.era != f.disk.era {
		return 0, err
	}
	if err != nil {
		b = b[:len(b)/2]
	}
	more := offset + int64(len(b)) - int64(len(f.node.bytes))
	if free := f.disk.limit - f.disk.used(); err == nil && f.disk.limit > 0 && more > max(free, 0) {
		b, err = b[:max(0, int64(len(b))-more+max(free, 0))], fmt.Errorf("write %s: %w", f.name, syscall.ENOSPC)
	}
	f.write(b, offset)
	return len(b), err
}

func (f *file) write(b []byte, offset int64) {
	size := int64(len(f.node.bytes))
	end := offset + int64(len(b))
	if end > size {
		f.node.resize(end)
	}
	f.node.undo = append(f.node.undo, undo{offset: offset, before: slices.Clone(f.node.bytes[offset:end]), size: size})
	copy(f.node.bytes[offset:], b)
}

func (f *file) Truncate(size int64) error {
	err := f.enter("truncate")
	defer f.leave()
	if err != nil {
		return err
	}
	before := int64(len(f.node.bytes))
	lost := slices.Clone(f.node.bytes[min(size, before):])
	f.node.undo = append(f.node.undo, undo{offset: min(size, before), before: lost, size: before})
	f.node.resize(size)
	return nil
}

func (f *file) Size() (int64, error) {
	err := f.enter("size")
	defer f.leave()
	return int64(len(f.node.bytes)), err
}

func (f *file) Sync() error {
	err := f.enter("sync")
	defer f.leave()
	if err == nil {
		f.node.undo = nil
	}
	return err
}

func (f *file) Close() error { return nil }
