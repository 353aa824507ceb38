// The rules about size: a file is a room, a function fits on a screen, the chassis stays small.
package house_test

import (
	"go/ast"
	"go/scanner"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The limits. The medians and the 90th percentiles are of code without its tests, the longest of both.
const (
	longestFile      = 350
	longestFunction  = 60
	medianFile       = 130
	medianFunction   = 10
	percentile90File = 350
	percentile90Func = 35
)

func TestFilesAreRooms(t *testing.T) {
	for _, file := range goFiles(t) {
		assert.LessOrEqualf(t, file.lines.LineCount(), longestFile, "%s: split it by what happens in it", file.path)
	}
	var lengths []int
	for _, file := range sources(t) {
		lengths = append(lengths, file.lines.LineCount())
	}
	median, percentile90, longest := spread(lengths)
	t.Logf("files: %d, median %d lines, 90th percentile %d, longest %d", len(lengths), median, percentile90, longest)
	assert.LessOrEqual(t, median, medianFile, "median lines of a file")
	assert.LessOrEqual(t, percentile90, percentile90File, "90th percentile of the lines of a file")
}

func TestFunctionsFitOnAScreen(t *testing.T) {
	var lengths []int
	for _, file := range goFiles(t) {
		for _, declaration := range file.syntax.Decls {
			function, is := declaration.(*ast.FuncDecl)
			if !is || function.Body == nil {
				continue
			}
			length := file.lines.Line(function.Body.Rbrace) - file.lines.Line(function.Body.Lbrace) - 1
			assert.LessOrEqualf(t, length, longestFunction, "%s: lines of %s", file.at(function), function.Name.Name)
			if !file.isTest() {
				lengths = append(lengths, max(length, 1))
			}
		}
	}
	median, percentile90, longest := spread(lengths)
	t.Logf("functions: %d, median %d lines, 90th percentile %d, longest %d", len(lengths), median, percentile90, longest)
	assert.LessOrEqual(t, median, medianFunction, "median lines of a function")
	assert.LessOrEqual(t, percentile90, percentile90Func, "90th percentile of the lines of a function")
}

// testSupport is what the kit offers to tests; it is no part of a daemon.
var testSupport = regexp.MustCompile(`^service-kit-go/(kittest/|journal/memdisk/|daemon/testing\.go$)`)

// kitParts are the parts of the kit with a bound of their own, the narrower first; what is in none of them is the chassis.
var kitParts = []struct {
	folder string
	most   int
}{
	{"service-kit-go/journal/snapshot/", 150},
	{"service-kit-go/journal/", 1900},
	{"service-kit-go/decimal/", 300},
	{"service-kit-go/", 2500},
}

func TestTheKitStaysSmall(t *testing.T) {
	lines := make([]int, len(kitParts))
	for _, file := range sources(t) {
		if testSupport.MatchString(file.path) {
			continue
		}
		for n, part := range kitParts {
			if strings.HasPrefix(file.path, part.folder) {
				lines[n] += codeLines(file)
				break
			}
		}
	}
	for n, part := range kitParts {
		t.Logf("%s: %d lines of code", part.folder, lines[n])
		assert.LessOrEqualf(t, lines[n], part.most, "lines of %s without tests and test support (kittest, memdisk, daemon/testing.go), "+
			"blanks, comments, package clauses and imports", part.folder)
	}
}

// spread sorts lengths in place and returns their median, their 90th percentile and the longest.
func spread(lengths []int) (median, percentile90, longest int) {
	slices.Sort(lengths)
	count := len(lengths)
	return lengths[count/2], lengths[count*9/10], lengths[count-1]
}

// codeLines counts the lines on which a token stands that is not a comment, without the package clause and the imports.
func codeLines(file goFile) int {
	set := token.NewFileSet()
	var tokens scanner.Scanner
	tokens.Init(set.AddFile(file.path, -1, len(file.text)), file.text, nil, 0)
	lines := map[int]bool{}
	for {
		position, kind, literal := tokens.Scan()
		if kind == token.EOF {
			break
		}
		if kind == token.SEMICOLON && literal == "\n" {
			continue // put there by the scanner, not by a person
		}
		first := set.Position(position).Line
		for line := range strings.Count(literal, "\n") + 1 {
			lines[first+line] = true
		}
	}
	delete(lines, file.lines.Line(file.syntax.Package))
	for _, declaration := range file.syntax.Decls {
		if general, is := declaration.(*ast.GenDecl); is && general.Tok == token.IMPORT {
			for line := file.lines.Line(general.Pos()); line <= file.lines.Line(general.End()); line++ {
				delete(lines, line)
			}
		}
	}
	return len(lines)
}
