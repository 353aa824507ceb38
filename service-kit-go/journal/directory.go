package journal

// The little that a journal asks of a file system, so that tests can hand in one that fails, fills up and forgets.

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Directory is a flat directory that one journal has for itself. Names are plain file names.
type Directory interface {
	// Create makes a file, or empties the one of this name, with room for size bytes, which read as zero.
	Create(name string, size int64) (File, error)
	// Open opens a file for reading and writing.
	Open(name string) (File, error)
	// List returns the names of all files.
	List() ([]string, error)
	// Rename replaces a file of the new name, atomically.
	Rename(from, to string) error
	// Remove unlinks a file; whoever has it open reads on.
	Remove(name string) error
	// Sync makes what Create, Rename and Remove did durable.
	Sync() error
	// Lock is held until the Closer is closed or the process ends; the error says who holds it.
	Lock() (io.Closer, error)
}

// File is an open file of a Directory.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Truncate(size int64) error
	Size() (int64, error)
	// Sync makes what was written durable (fdatasync).
	Sync() error
}

// isFull tells a disk without room, and a quota that is used up.
func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// Dir returns the directory of a real file system, making it if need be.
func Dir(path string) (Directory, error) {
	if err := os.MkdirAll(path, 0o750); err != nil {
		return nil, fmt.Errorf("make the journal's directory: %w", err)
	}
	return dir(path), nil
}

type dir string

type osFile struct{ *os.File }

func (d dir) Create(name string, size int64) (File, error) {
	file, err := os.OpenFile(filepath.Join(string(d), name), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return nil, err
	}
	if size > 0 {
		if err := allocate(file, size); err != nil {
			return nil, errors.Join(fmt.Errorf("allocate %d bytes for %s: %w", size, file.Name(), err), file.Close(), os.Remove(file.Name()))
		}
	}
	return osFile{file}, nil
}

func (d dir) Open(name string) (File, error) {
	file, err := os.OpenFile(filepath.Join(string(d), name), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return osFile{file}, nil
}

// ReadOnly returns the directory of a real file system for ReadHistory: its files cannot be written to.
func ReadOnly(path string) Directory { return readOnly{dir(path)} }

type readOnly struct{ dir }

func (d readOnly) Open(name string) (File, error) {
	file, err := os.Open(filepath.Join(string(d.dir), name))
	return osFile{file}, err
}

func (d dir) List() ([]string, error) {
	entries, err := os.ReadDir(string(d))
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names, err
}

func (d dir) Rename(from, to string) error {
	return os.Rename(filepath.Join(string(d), from), filepath.Join(string(d), to))
}

func (d dir) Remove(name string) error { return os.Remove(filepath.Join(string(d), name)) }

func (d dir) Sync() error {
	handle, err := os.Open(string(d))
	if err != nil {
		return err
	}
	return errors.Join(handle.Sync(), handle.Close())
}

func (d dir) Lock() (io.Closer, error) {
	file, err := os.OpenFile(filepath.Join(string(d), "LOCK"), os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder, _ := io.ReadAll(file) // what the holder wrote below; it may not have come to it yet
		_ = file.Close()
		return nil, errs.New(errs.FailedPrecondition, "DIRECTORY_IN_USE", "lock %s: it is held by %s: stop that process, or give this one "+
			"a directory of its own", string(d), strings.TrimSpace(string(holder)))
	}
	host, _ := os.Hostname()
	holder := fmt.Appendf(nil, "pid %d on host %s\n", os.Getpid(), host)
	if err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		_, err = file.WriteAt(holder, 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", string(d), err), file.Close())
	}
	return file, nil
}

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f osFile) Sync() error { return syncData(f.File) }
