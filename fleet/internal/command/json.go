package command

import (
	"encoding/json"
	"fmt"
	"io"
)

// printJSON prints a value as one line, for scripts.
func printJSON(out io.Writer, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode the result: %w", err)
	}
	_, err = fmt.Fprintf(out, "%s\n", text)
	return err
}
