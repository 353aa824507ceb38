// What the documents tell people to type: the commands of their fenced sh blocks, read from the Markdown.
package documents_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// notRun stands on the line before a block whose commands are not for a running fleet, or take too long.
const notRun = "<!-- not run -->"

// block is one fenced block.
type block struct {
	line     int      // of its opening fence, from 1
	language string   // what follows the fence; "" when nothing does
	marked   bool     // the mark notRun stands before it
	lines    []string // its text
	shows    bool     // a block of text follows it: what the commands print
}

// blocks reads the fenced blocks of a Markdown document, in order.
func blocks(text string) []block {
	var found []block
	var open *block
	before := "" // the last line outside of blocks that is not blank
	for number, line := range strings.Split(text, "\n") {
		language, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fence && open == nil:
			open = &block{line: number + 1, language: language, marked: before == notRun}
		case fence:
			if last := len(found) - 1; last >= 0 && before == "" && open.isOutput() {
				found[last].shows = true
			}
			found, open, before = append(found, *open), nil, ""
		case open != nil:
			open.lines = append(open.lines, line)
		case strings.TrimSpace(line) != "":
			before = strings.TrimSpace(line)
		}
	}
	return found
}

// commands joins the lines that end in a backslash, and drops comments and blank lines.
func (b block) commands() []string {
	var found []string
	pending := ""
	for _, line := range b.lines {
		line = pending + strings.TrimSpace(line)
		if begun, goesOn := strings.CutSuffix(line, `\`); goesOn {
			pending = begun
			continue
		}
		pending = ""
		if line != "" && !strings.HasPrefix(line, "#") {
			found = append(found, line)
		}
	}
	return found
}

// isOutput tells blocks that show what commands print.
func (b block) isOutput() bool { return b.language == "text" || b.language == "" }

const startsLikeACommand = `(?:\$ )?(?:bin/\w|curl |make \w|grpcurl |grpc_health_probe |(?:GOWORK=off )?go (?:test|run|build) )`

// What looks like something to type: as a line of a block, and in an indented block, where no test would run it. An indented
// block begins after a blank line; other indented lines belong to a list or to another block.
var (
	typed         = regexp.MustCompile(`^` + startsLikeACommand)
	hiddenCommand = regexp.MustCompile(`\n\n {4}` + startsLikeACommand + `.*`)
)

func TestBlocksAreReadWithTheirLanguageMarkAndOutput(t *testing.T) {
	found := blocks("# title\n\n" + notRun + "\n```sh\nmake run\n```\n\n```sh\n# a comment\nbin/a \\\n  --b\n\nbin/c\n```\n\n```text\nd\n```\nwords\n```text\ne\n```\n")

	assert.Equal(t, []block{
		{line: 4, language: "sh", marked: true, lines: []string{"make run"}},
		{line: 8, language: "sh", lines: []string{"# a comment", `bin/a \`, "  --b", "", "bin/c"}, shows: true},
		{line: 16, language: "text", lines: []string{"d"}},
		{line: 20, language: "text", lines: []string{"e"}},
	}, found)
	assert.Equal(t, []string{"bin/a --b", "bin/c"}, found[1].commands())
}

func TestAMarkCountsOnlyForTheBlockThatFollowsIt(t *testing.T) {
	found := blocks(notRun + "\n\n```sh\na\n```\n```sh\nb\n```\n" + notRun + "\nwords\n```sh\nc\n```\n")

	assert.True(t, found[0].marked)
	assert.False(t, found[1].marked)
	assert.False(t, found[2].marked)
}
