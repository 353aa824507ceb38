package command

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAPictureIsRedrawnAtItsPaceAndOnceMoreAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		text := "first"
		shown := newPicture(&out, func() []string { return []string{text} })
		err := shown.show(t.Context(), func(context.Context) error {
			for range 1000 { // many changes of which nobody could read each
				shown.change(func() { text = "second" })
			}
			time.Sleep(redrawInterval + time.Millisecond)
			shown.trouble(errors.New("shutting down"), time.Second)
			return nil
		})
		require.NoError(t, err)
		assert.Equal(t, 2, strings.Count(out.String(), "second"))
		assert.Contains(t, out.String(), calm)
		assert.Contains(t, out.String(), "The stream ended (shutting down): again in 1s.")
	})
}
