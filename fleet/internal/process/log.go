package process

// A child writes to its log file directly, so that it goes on logging while it drains after the launcher has died. What it said
// last is therefore read back from the file, and the file is kept small by cutting it, which appending survives.

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

const tailBytes = 16 << 10 // how far back last lines are looked for

// MaxLogBytes is the size beyond which a log is cut.
const MaxLogBytes = 64 << 20

// tail returns the last lines of a file, at most count, of what stands behind the offset. A file that cannot be read has none.
func tail(path string, from int64, count int) []string {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil
	}
	if from > end { // it was cut since
		from = 0
	}
	start := max(from, end-tailBytes)
	text := make([]byte, end-start)
	if _, err := file.ReadAt(text, start); err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	trimmed := strings.TrimRight(string(text), "\n")
	if trimmed == "" {
		return nil
	}
	lines := strings.Split(trimmed, "\n")
	return lines[max(0, len(lines)-count):]
}

// KeepOld moves a log of an earlier fleet out of the way, to <path>.1.
func KeepOld(path string) error {
	if err := os.Rename(path, path+".1"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keep the old log: %w", err)
	}
	return nil
}

// CutLog copies a log that has grown beyond the limit to <path>.1 and empties it. Lines that are written at that very moment may be
// lost.
func CutLog(path string, limit int64) error {
	info, err := os.Stat(path)
	if err != nil || info.Size() <= limit {
		return nil
	}
	source, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cut the log: %w", err)
	}
	defer func() { _ = source.Close() }()
	target, err := os.Create(path + ".1")
	if err != nil {
		return fmt.Errorf("cut the log: %w", err)
	}
	_, err = io.Copy(target, source)
	if err = errors.Join(err, target.Close()); err != nil {
		return fmt.Errorf("cut the log: %w", err)
	}
	return os.Truncate(path, 0)
}
