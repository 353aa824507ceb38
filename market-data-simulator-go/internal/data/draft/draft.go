// Package draft writes files that are seen whole or not at all. A draft lies beside its target under a hidden name; publishing
// gives it the target's name once its bytes are on the disk. Several drafts are published together, all or none.
package draft

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// readableByAll is the mode of a published file.
const readableByAll = 0o644

// Draft is a file that nobody sees yet. Publish or Discard it; whichever comes first ends it.
type Draft struct {
	path string
	file *os.File
	old  string // link to what the target was before, while drafts are being published
}

// Create starts the draft of a file. Its folder must exist.
func Create(path string) (*Draft, error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	return &Draft{path: path, file: file}, nil
}

// Write appends to the draft.
func (d *Draft) Write(text []byte) (int, error) { return d.file.Write(text) }

// Discard drops the draft; what lies at its target stays as it was.
func (d *Draft) Discard() error {
	return errors.Join(ignore(d.file.Close(), os.ErrClosed), ignore(os.Remove(d.file.Name()), os.ErrNotExist))
}

// Replace writes one file, whole or not at all.
func Replace(path string, text []byte) error {
	d, err := Create(path)
	if err != nil {
		return err
	}
	if _, err := d.Write(text); err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", path, err), d.Discard())
	}
	return Publish(d)
}

// Publish puts drafts in place of their targets, replacing what is there. After an error all targets are as they were and the
// drafts are gone. A machine that loses its power half way may be left with some targets new and some old, each whole.
func Publish(drafts ...*Draft) error {
	for _, d := range drafts {
		if err := errors.Join(d.file.Sync(), d.file.Chmod(readableByAll), d.file.Close()); err != nil {
			return errors.Join(fmt.Errorf("writing %s: %w", d.path, err), discardAll(drafts))
		}
	}
	for n, d := range drafts {
		if err := d.place(); err != nil {
			return errors.Join(fmt.Errorf("writing %s: %w", d.path, err), undo(drafts[:n]), discardAll(drafts[n:]))
		}
	}
	for _, d := range drafts {
		if d.old != "" {
			_ = os.Remove(d.old) // the files are in place; a link left behind is no failure
		}
	}
	syncFolders(drafts)
	return nil
}

// place gives the draft its name. The old file keeps a second one where the file system has links.
func (d *Draft) place() error {
	old := d.file.Name() + ".old"
	if os.Link(d.path, old) == nil {
		d.old = old
	}
	err := os.Rename(d.file.Name(), d.path)
	if err != nil && d.old != "" {
		_ = os.Remove(d.old)
	}
	return err
}

// undo takes drafts back that are in place already.
func undo(placed []*Draft) error {
	var failed error
	for _, d := range placed {
		if d.old != "" {
			failed = errors.Join(failed, os.Rename(d.old, d.path))
		} else {
			failed = errors.Join(failed, os.Remove(d.path))
		}
	}
	return failed
}

func discardAll(drafts []*Draft) error {
	var failed error
	for _, d := range drafts {
		failed = errors.Join(failed, d.Discard())
	}
	return failed
}

// syncFolders makes the new names last. Not every file system can; the files are right in any case.
func syncFolders(drafts []*Draft) {
	var folders []string
	for _, d := range drafts {
		if folder := filepath.Dir(d.path); !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	for _, name := range folders {
		if folder, err := os.Open(name); err == nil {
			_ = folder.Sync()
			_ = folder.Close()
		}
	}
}

func ignore(err, ignored error) error {
	if errors.Is(err, ignored) {
		return nil
	}
	return err
}
