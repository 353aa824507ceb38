//go:build !linux

package journal

// Where there is no fallocate or fdatasync, the standard library's means serve.

import "os"

func allocate(file *os.File, size int64) error { return file.Truncate(size) }

func syncData(file *os.File) error { return file.Sync() }
