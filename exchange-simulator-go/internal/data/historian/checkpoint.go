// This file writes the history to its file and reads it back. The file appears whole or not at all: written aside, synced,
// renamed. It holds:
//
//	magic [8] | ID of the journal [16] | the history as History.Encode wrote it | SHA-256 of all before it [32]

package historian

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/history"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// File is the name of the checkpoint. One that was being written has aside behind it, which a journal in the same directory
// removes.
const (
	File  = "history"
	aside = ".new"
)

const (
	magic  = "EXHIST\x00\x01"
	header = len(magic) + len(journal.ID{})
)

// isDue tells whether there are enough events since the last checkpoint.
func (h *Historian) isDue() bool {
	since := h.applied.Load() - h.tried
	if since < h.options.CheckpointEvents {
		return false
	}
	fills, entries := h.history.Held() // only this goroutine changes it
	return since >= uint64(fills+entries)/recordsAnEvent
}

// checkpoint saves the history and lets the journal drop the events that are in it. When that fails, the next one is to be written
// after as many events again, and the journal keeps its events.
func (h *Historian) checkpoint() {
	sequence := h.history.Sequence()
	if sequence == h.saved {
		return
	}
	h.tried = sequence
	err := saveCheckpoint(h.options.Directory, h.options.Machine.ID(), h.history)
	if err == nil {
		err = h.options.Machine.Acknowledge(Consumer, sequence)
	}
	if err != nil {
		h.failures.Inc()
		h.options.Log.WithError(err).Error("the history of accounts is not saved, and the journal keeps events for it: check the data directory")
		return
	}
	h.saved = sequence
}

// saveCheckpoint writes the file.
func saveCheckpoint(directory journal.Directory, id journal.ID, kept *history.History) error {
	content := sealed(kept.Encode(append([]byte(magic), id[:]...)))
	if err := write(directory, content); err != nil {
		return fmt.Errorf("write %s: %w", File, err)
	}
	return nil
}

// sealed appends the hash.
func sealed(content []byte) []byte {
	sum := sha256.Sum256(content)
	return append(content, sum[:]...)
}

func write(directory journal.Directory, content []byte) error {
	file, err := directory.Create(File+aside, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(content, 0)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, directory.Remove(File+aside))
	}
	if err := directory.Rename(File+aside, File); err != nil {
		return err
	}
	return directory.Sync()
}

// loadCheckpoint reads the file, nil when there is none.
func loadCheckpoint(directory journal.Directory, id journal.ID, listing *instrument.Listing) (*history.History, error) {
	content, err := read(directory)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil //nolint:nilnil // there is none
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", File, err)
	}
	loaded, err := decode(content, id, listing)
	if err != nil {
		return nil, fmt.Errorf("%s is damaged or foreign: %w", File, err)
	}
	return loaded, nil
}

func read(directory journal.Directory) ([]byte, error) {
	file, err := directory.Open(File)
	if err != nil {
		return nil, err
	}
	size, err := file.Size()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	content := make([]byte, size)
	_, err = io.ReadFull(io.NewSectionReader(file, 0, size), content)
	return content, errors.Join(err, file.Close())
}

// decode checks the content of the file and reads the history in it.
func decode(content []byte, id journal.ID, listing *instrument.Listing) (*history.History, error) {
	end := len(content) - sha256.Size
	if end < header {
		return nil, fmt.Errorf("its %d bytes are cut off", len(content))
	}
	if sum := sha256.Sum256(content[:end]); !bytes.Equal(sum[:], content[end:]) {
		return nil, fmt.Errorf("its hash is %x, want %x", sum, content[end:])
	}
	switch {
	case string(content[:len(magic)]) != magic:
		return nil, fmt.Errorf("it begins with %q, want %q", content[:len(magic)], magic)
	case !bytes.Equal(content[len(magic):header], id[:]):
		return nil, fmt.Errorf("it is of journal %x, this one is %x", content[len(magic):header], id)
	case listing == nil:
		return nil, errors.New("it has events, the venue has none")
	}
	return history.Decode(content[header:end], listing)
}
