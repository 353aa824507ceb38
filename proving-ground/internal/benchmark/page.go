// This file keeps the page of what was measured. Several programs write it, each the sections of its own; what another one
// has measured stays.

package benchmark

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Page is where what was measured is kept, below the repository.
const Page = "docs/benchmarks.md"

const (
	opening = "# Benchmarks\n\nEach section is what one program measured when it ran last; it says which.\n"
	mark    = "\n## " // before the title of a section
)

// Section is a part of the page, written by one program.
type Section struct {
	Title string // of one line
	Body  string // Markdown without headings of its level or above
}

// Keep writes sections into the page below the repository: each in place of the one with its title, else at the end. All
// others stay as they are. A page that is not there is begun.
func Keep(root string, sections ...Section) error {
	path := filepath.Join(root, Page)
	page, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read what was measured before: %w", err)
	}
	return os.WriteFile(path, []byte(with(string(page), sections)), 0o644)
}

// with is a page with sections put in.
func with(page string, sections []Section) string {
	_, rest, _ := strings.Cut(page, mark)
	var kept []string
	if rest != "" {
		kept = strings.Split(rest, mark)
	}
	for _, section := range sections {
		kept = put(kept, section)
	}
	var text strings.Builder
	text.WriteString(opening)
	for _, section := range kept {
		text.WriteString(mark + strings.TrimSpace(section) + "\n")
	}
	return text.String()
}

func put(kept []string, section Section) []string {
	written := section.Title + "\n\n" + section.Body
	for i, one := range kept {
		if title, _, _ := strings.Cut(one, "\n"); title == section.Title {
			kept[i] = written
			return kept
		}
	}
	return append(kept, written)
}

// Machine is the compiler and the processors that figures of time depend on, e.g. "go1.26.8, linux/amd64, 2 processors".
func Machine() string {
	return fmt.Sprintf("%s, %s/%s, %d processors", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
}
