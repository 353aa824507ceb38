// The promise of the documents: what they tell people to type works, on a fleet that was started a moment ago.
package documents_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/proving-ground/internal/checkout"
	"github.com/trading-ecosystem/proving-ground/internal/launch"
)

func TestEveryCommandOfEveryDocumentWorksAgainstARunningFleet(t *testing.T) {
	root := checkout.Root(t)
	directory := mirror(t, root)
	for _, document := range documents(t, root) {
		var toRun []block
		for _, found := range blocks(read(t, root, document)) {
			if found.language == "sh" && !found.marked && slices.ContainsFunc(found.commands(), isForATest) {
				toRun = append(toRun, found)
			}
		}
		if len(toRun) == 0 {
			continue
		}
		t.Run(document, func(t *testing.T) {
			addresses := startFleet(t, directory)
			for _, commands := range toRun {
				runBlock(t, directory, addresses, commands)
			}
		})
	}
}

func TestEveryCommandOfADocumentStandsInABlockThatIsRun(t *testing.T) {
	root := checkout.Root(t)
	for _, document := range documents(t, root) {
		text := read(t, root, document)
		for _, found := range blocks(text) {
			if slices.Contains([]string{"bash", "shell", "console"}, found.language) {
				t.Errorf("%s:%d: a block of %s: name it sh, so that it is run", document, found.line, found.language)
			}
			if found.isOutput() && len(found.lines) > 0 && typed.MatchString(found.lines[0]) {
				t.Errorf("%s:%d: a command in a block that is not run: name it sh", document, found.line)
			}
		}
		if hidden := hiddenCommand.FindString(text); hidden != "" {
			t.Errorf("%s: a command in an indented block is not run: fence it as sh: %s", document, hidden)
		}
	}
}

// isForATest tells the commands that are not left to people.
func isForATest(command string) bool { return !neverRun.MatchString(command) }

// runBlock runs the commands of one block, each as a test of its own.
func runBlock(t *testing.T, directory string, addresses map[string]string, commands block) {
	t.Helper()
	printed, skipped := "", false
	for _, command := range commands.commands() {
		if !isForATest(command) {
			continue
		}
		t.Run(fmt.Sprintf("line %d: %s", commands.line, command), func(t *testing.T) {
			defer func() { skipped = skipped || t.Skipped() }()
			skipWithout(t, directory, command)
			printed += run(t, directory, launch.Environment(), here(t, command, addresses))
		})
	}
	if commands.shows && !skipped {
		assert.NotEmptyf(t, strings.TrimSpace(printed), "line %d: the document shows output, the commands printed none", commands.line)
	}
}

// documents lists the Markdown files that speak to people, relative to root.
func documents(t *testing.T, root string) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"README.md", "docs/*.md", "*/README.md"} {
		matches, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		for _, match := range matches {
			relative, err := filepath.Rel(root, match)
			require.NoError(t, err)
			found = append(found, filepath.ToSlash(relative))
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func read(t *testing.T, root, document string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, document))
	require.NoError(t, err)
	return string(text)
}
