// Package memdisk is a disk in memory for tests of whatever stands on a journal: it fills up, fails when told to, and forgets at
// a crash what was not synced, wholly or in part, as the seed has it.
package memdisk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"

	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// sector is what a disk writes whole or not at all, in bytes.
const sector = 512

// Disk is one directory. It implements journal.Directory; all methods may be called at the same time.
type Disk struct {
	mu      sync.Mutex
	names   map[string]*node
	durable map[string]*node // what a crash falls back to
	changes []change         // of names, since the last Sync
	lock    *lock
	era     int // crashes so far; files opened before fail
	fault   func(operation, name string) error
	limit   int64
}

var _ journal.Directory = (*Disk)(nil)

type node struct {
	bytes []byte
	undo  []undo // since the last Sync, oldest first
}

// undo takes back one write or truncation.
type undo struct {
	offset int64
	before []byte
	size   int64
}

type change struct {
	name string
	node *node // nil: removed
}

// New returns an empty disk.
func New() *Disk { return &Disk{names: map[string]*node{}, durable: map[string]*node{}} }

// Fault has a function asked before each create, open, write, sync, truncate, rename, remove and syncdir; when it returns an error
// the operation fails with it, and a write has written half. Nil ends it.
func (d *Disk) Fault(fault func(operation, name string) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault = fault
}

// Limit bounds the bytes of all files; 0 does not. Beyond it, what needs room fails with ENOSPC.
func (d *Disk) Limit(bytes int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit = bytes
}

// Used returns the bytes of all files.
func (d *Disk) Used() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.used()
}

func (d *Disk) used() (total int64) {
	for _, file := range d.names {
		total += int64(len(file.bytes))
	}
	return total
}

// Crash loses power: of each write since the last sync, any sectors may be lost; of the changes of names since the last sync, any
// number of the last. Open files and the lock are gone.
func (d *Disk) Crash(random *rand.Rand) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.era++
	d.lock = nil
	for _, change := range d.changes[:random.IntN(len(d.changes)+1)] {
		change.apply(d.durable)
	}
	d.changes, d.names = nil, maps.Clone(d.durable)
	for _, name := range slices.Sorted(maps.Keys(d.names)) {
		d.names[name].crash(random)
	}
}

// Kill ends the process that uses the disk: nothing that was written is lost. Open files and the lock are gone.
func (d *Disk) Kill() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.era++
	d.lock = nil
}

// Bytes returns a copy of a file's content, nil when there is none.
func (d *Disk) Bytes(name string) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	if file := d.names[name]; file != nil {
		return slices.Clone(file.bytes)
	}
	return nil
}

// Put makes or replaces a file, durably.
func (d *Disk) Put(name string, content []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	file := &node{bytes: slices.Clone(content)}
	d.names[name], d.durable[name] = file, file
}

func (c change) apply(names map[string]*node) {
	if c.node == nil {
		delete(names, c.name)
	} else {
		names[c.name] = c.node
	}
}

func (n *node) crash(random *rand.Rand) {
	for _, u := range slices.Backward(n.undo) {
		if random.IntN(2) == 0 {
			n.resize(u.size)
		}
		for from := 0; from < len(u.before); from += sector {
			to := min(from+sector, len(u.before))
			if at := u.offset + int64(from); random.IntN(2) == 0 && at < int64(len(n.bytes)) {
				copy(n.bytes[at:], u.before[from:to])
			}
		}
	}
	n.undo = nil
}

func (n *node) resize(size int64) {
	if size <= int64(len(n.bytes)) {
		n.bytes = n.bytes[:size]
	} else {
		n.bytes = append(n.bytes, make([]byte, size-int64(len(n.bytes)))...)
	}
}

// asked asks the fault function.
func (d *Disk) asked(operation, name string) error {
	if d.fault == nil {
		return nil
	}
	if err := d.fault(operation, name); err != nil {
		return fmt.Errorf("%s %s: %w", operation, name, err)
	}
	return nil
}

func (d *Disk) change(name string, to *node) {
	c := change{name, to}
	c.apply(d.names)
	d.changes = append(d.changes, c)
}

// Create implements journal.Directory.
func (d *Disk) Create(name string, size int64) (journal.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.asked("create", name); err != nil {
		return nil, err
	}
	if d.limit > 0 && d.used()+size > d.limit {
		return nil, fmt.Errorf("create %s: %w", name, syscall.ENOSPC)
	}
	created := &node{bytes: make([]byte, size)}
	d.change(name, created)
	return &file{disk: d, node: created, name: name, era: d.era}, nil
}

// Open implements journal.Directory.
func (d *Disk) Open(name string) (journal.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.asked("open", name); err != nil {
		return nil, err
	}
	found := d.names[name]
	if found == nil {
		return nil, fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
	}
	return &file{disk: d, node: found, name: name, era: d.era}, nil
}

// List implements journal.Directory.
func (d *Disk) List() ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.names)), nil
}

// Rename implements journal.Directory.
func (d *Disk) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.asked("rename", from); err != nil {
		return err
	}
	moved := d.names[from]
	if moved == nil {
		return fmt.Errorf("rename %s: %w", from, fs.ErrNotExist)
	}
	d.change(to, moved)
	d.change(from, nil)
	return nil
}

// Remove implements journal.Directory.
func (d *Disk) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.asked("remove", name); err != nil {
		return err
	}
	if d.names[name] == nil {
		return fmt.Errorf("remove %s: %w", name, fs.ErrNotExist)
	}
	d.change(name, nil)
	return nil
}

// Sync implements journal.Directory.
func (d *Disk) Sync() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.asked("syncdir", ""); err != nil {
		return err
	}
	d.durable, d.changes = maps.Clone(d.names), nil
	return nil
}

type lock struct{ disk *Disk }

// Lock implements journal.Directory.
func (d *Disk) Lock() (io.Closer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lock != nil {
		return nil, errs.New(errs.FailedPrecondition, "DIRECTORY_IN_USE", "lock the disk in memory: it is held by this process")
	}
	d.lock = &lock{d}
	return d.lock, nil
}

func (l *lock) Close() error {
	l.disk.mu.Lock()
	defer l.disk.mu.Unlock()
	if l.disk.lock == l {
		l.disk.lock = nil
	}
	return nil
}

// errGone is what a file answers whose process has crashed.
var errGone = errors.New("the disk has crashed since this file was opened")
