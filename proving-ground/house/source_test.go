// What the rules about source text read: every file of ours that people write, parsed once.
package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/proving-ground/internal/checkout"
)

// goFile is one hand-written Go file.
type goFile struct {
	path   string // relative to the repository, with slashes
	text   []byte
	syntax *ast.File
	lines  *token.File
}

// isTest tells files that only tests are built from.
func (f goFile) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// base is the name of the file without its folder.
func (f goFile) base() string { return f.path[strings.LastIndex(f.path, "/")+1:] }

// at gives the place of a node as people read it.
func (f goFile) at(node ast.Node) string {
	return f.lines.Position(node.Pos()).String()
}

// layer returns the layer of the four that the file lies in, or "".
func (f goFile) layer() string {
	_, below, found := strings.Cut(f.path, "/internal/")
	if !found || !isDaemon(strings.Split(f.path, "/")[0]) {
		return ""
	}
	layer, _, _ := strings.Cut(below, "/")
	return layer
}

// parsed holds the tree for all tests of the package: it does not change while they run.
var parsed struct {
	sync.Once
	files []goFile
	err   error
}

// goFiles returns every hand-written Go file of the repository.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	root := checkout.Root(t)
	parsed.Do(func() {
		parsed.err = walk(root, func(path string) error {
			if filepath.Ext(path) != ".go" {
				return nil
			}
			file, err := parse(root, path)
			if err == nil && !ast.IsGenerated(file.syntax) {
				parsed.files = append(parsed.files, file)
			}
			return err
		})
	})
	require.NoError(t, parsed.err)
	require.NotEmpty(t, parsed.files)
	return parsed.files
}

// sources returns the Go files without the tests.
func sources(t *testing.T) []goFile {
	t.Helper()
	return slices.DeleteFunc(slices.Clone(goFiles(t)), goFile.isTest)
}

func parse(root, path string) (goFile, error) {
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		return goFile{}, err
	}
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return goFile{}, err
	}
	return goFile{path: filepath.ToSlash(path), text: text, syntax: syntax, lines: set.File(syntax.FileStart)}, nil
}

// walk visits every file that people write, by its path relative to root: nothing hidden (but for the CI script and the
// lint rules), built or generated.
func walk(root string, visit func(path string) error) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			hidden := strings.HasPrefix(entry.Name(), ".") && relative != "." && relative != ".ci"
			if hidden || relative == "bin" || entry.Name() == "gen" || entry.Name() == "rapid" { // where failed draws are kept
				return fs.SkipDir
			}
			return nil
		}
		return visit(relative)
	})
}
