// This file turns commands and events into bytes and back: a byte says which one it is, its fields follow.

package venue

import (
	"fmt"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/snapshot"
)

// AppendCommand appends a command as bytes.
func AppendCommand(to []byte, c Command) []byte {
	f := fields{Writer: snapshot.Writer{Bytes: append(to, byte(c.code()))}}
	f.command(c)
	return f.Bytes
}

// DecodeCommand reads what AppendCommand appended and copies what it keeps. It fails on anything else.
func DecodeCommand(from []byte) (Command, error) {
	f := fields{reading: true, reader: snapshot.NewReader(from)}
	code := commandCode(f.reader.Octet())
	c := blank(code)
	f.reader.Want(c != nil, "there is no command %d", code)
	f.command(c)
	f.close()
	f.reader.End()
	if err := f.reader.Err(); err != nil {
		return nil, fmt.Errorf("decode %T: %w", c, err)
	}
	return c, nil
}

// AppendEvent appends an event as bytes, without its sequence and times.
func AppendEvent(to []byte, e *Event) []byte {
	f := fields{Writer: snapshot.Writer{Bytes: append(to, byte(e.Kind))}}
	f.event(e)
	return f.Bytes
}

// DecodeEvent reads what AppendEvent appended into an event. It fails on anything else.
func DecodeEvent(from []byte, e *Event) error {
	f := fields{reading: true, reader: snapshot.NewReader(from)}
	*e = Event{Kind: EventKind(f.reader.Octet())}
	f.reader.Want(e.Kind != 0 && e.Kind < eventKindCount, "there is no event %d", e.Kind)
	f.event(e)
	f.close()
	f.reader.End()
	if err := f.reader.Err(); err != nil {
		return fmt.Errorf("decode an event: %w", err)
	}
	return nil
}
