package journal

// What Linux does better than the standard library: room that is there, and data synced without the times of the file.

import (
	"errors"
	"os"
	"syscall"
)

// allocate gives a file its size and its room on the disk.
func allocate(file *os.File, size int64) error {
	err := syscall.Fallocate(int(file.Fd()), 0, 0, size)
	if errors.Is(err, syscall.EOPNOTSUPP) {
		return file.Truncate(size)
	}
	return err
}

// syncData makes what was written, and a changed size, durable.
func syncData(file *os.File) error {
	for {
		if err := syscall.Fdatasync(int(file.Fd())); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
