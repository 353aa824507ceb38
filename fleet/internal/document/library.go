// Package document is the library of configuration documents: a directory that people edit, and the shipped defaults behind it,
// document by document.
package document

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/remoteconfig"
)

// MaxBytes is the largest document that is read: clients take no larger one.
const MaxBytes = remoteconfig.MaxDocumentBytes

// Shipped is the Source of a document that comes from the embedded defaults.
const Shipped = "shipped"

// Document is one configuration document.
type Document struct {
	Name   string
	Text   []byte // JSON, as it stands in the file
	ETag   string // strong, quoted: the hash of the text
	Source string // path of its file, or Shipped
}

// Library reads documents and remembers the last good version of each. Its methods may be called from any goroutine.
type Library struct {
	dir      string
	defaults fs.FS

	mu   sync.Mutex
	read map[string]version // by document
}

// version is what was found in a file at one time.
type version struct {
	document Document // the last good one
	modified time.Time
	size     int64
	broken   error // why the file as it stands now is not served; nil when it is
}

// NewLibrary makes a library of <name>.json files in dir (may be empty or missing), and behind it in defaults.
func NewLibrary(dir string, defaults fs.FS) *Library {
	return &Library{dir: dir, defaults: defaults, read: map[string]version{}}
}

var validName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// Names lists the documents that exist, sorted.
func (l *Library) Names() []string {
	found := map[string]bool{}
	shelves := []fs.FS{l.defaults}
	if l.dir != "" {
		shelves = append(shelves, os.DirFS(l.dir))
	}
	for _, shelf := range shelves {
		files, _ := fs.Glob(shelf, "*.json") // the pattern is good, and a directory that is not there has none
		for _, file := range files {
			if name := strings.TrimSuffix(file, ".json"); validName.MatchString(name) {
				found[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// Get returns a document as it stands now; when its file is broken the last good version, and an error when there is none.
func (l *Library) Get(name string) (Document, error) {
	if !validName.MatchString(name) {
		return Document{}, errs.InvalidField("document", name, "lower-case letters, digits and dashes, beginning with a letter")
	}
	current, err := l.look(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		known := strings.Join(l.Names(), ", ")
		return Document{}, errs.New(errs.NotFound, "UNKNOWN_DOCUMENT", "no document %q: there are %s", name, known).With("document", name)
	case err != nil:
		return Document{}, err
	case current.document.Text == nil:
		return Document{}, errs.New(errs.Internal, "BROKEN_DOCUMENT", "%w", current.broken).With("document", name)
	}
	return current.document, nil
}

// Broken tells why the file of a document is not served as it stands; nil when it is, or when there is no such document.
func (l *Library) Broken(name string) error {
	current, err := l.look(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, current.broken)
}

// look reads a document again if its file has changed.
func (l *Library) look(name string) (version, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	path := filepath.Join(l.dir, name+".json")
	info, err := os.Stat(path)
	if l.dir == "" || errors.Is(err, fs.ErrNotExist) {
		delete(l.read, name)
		return l.shipped(name)
	}
	if err != nil {
		return version{}, errs.New(errs.Internal, "UNREADABLE_DOCUMENT", "read document %s: %w", name, err)
	}
	known, wasRead := l.read[name]
	if wasRead && known.modified.Equal(info.ModTime()) && known.size == info.Size() {
		return known, nil
	}
	found := version{document: known.document, modified: info.ModTime(), size: info.Size()}
	if text, err := readFile(path, info.Size()); err == nil {
		found.document = Document{Name: name, Text: text, ETag: etag(text), Source: path}
	} else {
		found.broken = errs.New(errs.Internal, "BROKEN_DOCUMENT", "%s: %w", path, err)
	}
	l.read[name] = found
	return found, nil
}

func readFile(path string, size int64) ([]byte, error) {
	if size > MaxBytes {
		return nil, errs.New(errs.Internal, "DOCUMENT_TOO_LARGE", "%d bytes, at most %d are read", size, MaxBytes)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return text, check(text)
}

func (l *Library) shipped(name string) (version, error) {
	text, err := fs.ReadFile(l.defaults, name+".json")
	if err != nil {
		return version{}, err
	}
	return version{document: Document{Name: name, Text: text, ETag: etag(text), Source: Shipped}}, nil
}

func etag(text []byte) string {
	sum := sha256.Sum256(text)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}
