// This file turns commands into bytes and back: a byte says which one it is, its fields follow.

package venue

import (
	"fmt"

	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// AppendCommand appends a command as bytes.
func AppendCommand(to []byte, c Command) []byte {
	f := fields{Writer: snapshot.Writer{Bytes: append(to, byte(c.code()))}}
	f.command(c)
	f.end()
	return f.Bytes
}

// DecodeCommand reads what AppendCommand appended and copies what it keeps. It fails on anything else.
func DecodeCommand(from []byte) (Command, error) {
	f := fields{reading: true, reader: snapshot.NewReader(from)}
	code := commandCode(f.reader.Octet())
	c := blank(code)
	f.reader.Want(c != nil, "there is no command %d", code)
	f.command(c)
	f.end()
	f.reader.End()
	if err := f.reader.Err(); err != nil {
		return nil, fmt.Errorf("decode a command of code %d: %w", code, err)
	}
	return c, nil
}
