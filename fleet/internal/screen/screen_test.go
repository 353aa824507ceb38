package screen

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestScreenRedrawsInPlaceAndGivesTheCursorBack(t *testing.T) {
	var out bytes.Buffer
	screen := New(&out)
	require.NoError(t, screen.Draw([]string{"one", "two"}))
	require.NoError(t, screen.Draw([]string{"three"}))
	require.NoError(t, screen.Close())
	assert.Equal(t, hideCursor+clearLine+"one\n"+clearLine+"two\n"+clearBelow+
		hideCursor+"\x1b[2A\r"+clearLine+"three\n"+clearBelow+showCursor, out.String())
}

func TestLinesAreCutToTheWidthInCharacters(t *testing.T) {
	assert.Equal(t, "▁▂", Clip("▁▂▃", 2))
	assert.Equal(t, "▁▂▃", Clip("▁▂▃", 3))
	assert.Equal(t, "▁▂▃", Clip("▁▂▃", 0))
}
