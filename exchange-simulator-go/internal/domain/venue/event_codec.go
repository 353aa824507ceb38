// This file turns an event into bytes and back. Events are the most that is written, so appending one is spelled out: rows of
// eight fields, each row behind a mask of those that are not zero.

package venue

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// AppendEvent appends an event as bytes, without its sequence and times.
func AppendEvent(to []byte, e *Event) []byte {
	to = append(to, byte(e.Kind))
	to = appendOrderRow(to, e)
	to = appendDetailRow(to, e)
	to = appendTradeRow(to, e)
	return appendRareRow(to, e)
}

func appendOrderRow(to []byte, e *Event) []byte {
	at, mask := len(to), byte(0)
	to = append(to, 0)
	if e.Instrument != 0 {
		mask |= 1 << 0
		to = binary.AppendVarint(to, int64(e.Instrument))
	}
	if e.Account != 0 {
		mask |= 1 << 1
		to = binary.AppendVarint(to, int64(e.Account))
	}
	if e.Order != 0 {
		mask |= 1 << 2
		to = binary.AppendUvarint(to, e.Order)
	}
	if e.ClientID != "" {
		mask |= 1 << 3
		to = appendText(to, e.ClientID)
	}
	if e.Side != 0 {
		mask |= 1 << 4
		to = append(to, byte(e.Side))
	}
	if e.Price != 0 {
		mask |= 1 << 5
		to = binary.AppendVarint(to, e.Price)
	}
	if e.Lots != 0 {
		mask |= 1 << 6
		to = binary.AppendVarint(to, e.Lots)
	}
	if e.Remaining != 0 {
		mask |= 1 << 7
		to = binary.AppendVarint(to, e.Remaining)
	}
	to[at] = mask
	return to
}

func appendDetailRow(to []byte, e *Event) []byte {
	at, mask := len(to), byte(0)
	to = append(to, 0)
	if e.Type != 0 {
		mask |= 1 << 0
		to = append(to, byte(e.Type))
	}
	if e.Reason != "" {
		mask |= 1 << 1
		to = appendReason(to, e.Reason)
	}
	if e.Visible != 0 {
		mask |= 1 << 2
		to = binary.AppendVarint(to, e.Visible)
	}
	if e.Display != 0 {
		mask |= 1 << 3
		to = binary.AppendVarint(to, e.Display)
	}
	if e.Trigger != 0 {
		mask |= 1 << 4
		to = binary.AppendVarint(to, e.Trigger)
	}
	if e.List != 0 {
		mask |= 1 << 5
		to = binary.AppendUvarint(to, e.List)
	}
	if e.Old != 0 {
		mask |= 1 << 6
		to = binary.AppendVarint(to, e.Old)
	}
	if e.KeptPriority {
		mask |= 1 << 7
	}
	to[at] = mask
	return to
}

func appendTradeRow(to []byte, e *Event) []byte {
	at, mask := len(to), byte(0)
	to = append(to, 0)
	if e.Maker != 0 {
		mask |= 1 << 0
		to = binary.AppendUvarint(to, e.Maker)
	}
	if e.MakerAccount != 0 {
		mask |= 1 << 1
		to = binary.AppendVarint(to, int64(e.MakerAccount))
	}
	if e.MakerClient != "" {
		mask |= 1 << 2
		to = appendText(to, e.MakerClient)
	}
	if e.MakerRemaining != 0 {
		mask |= 1 << 3
		to = binary.AppendVarint(to, e.MakerRemaining)
	}
	if e.Trade != 0 {
		mask |= 1 << 4
		to = binary.AppendUvarint(to, e.Trade)
	}
	if e.Fee != (account.Charge{}) {
		mask |= 1 << 5
		to = binary.AppendVarint(binary.AppendVarint(to, e.Fee.Fee), int64(e.Fee.Asset))
	}
	if e.MakerFee != (account.Charge{}) {
		mask |= 1 << 6
		to = binary.AppendVarint(binary.AppendVarint(to, e.MakerFee.Fee), int64(e.MakerFee.Asset))
	}
	if e.Mid != 0 {
		mask |= 1 << 7
		to = binary.AppendVarint(to, e.Mid)
	}
	to[at] = mask
	return to
}

func appendRareRow(to []byte, e *Event) []byte {
	at, mask := len(to), byte(0)
	to = append(to, 0)
	if e.Auction {
		mask |= 1 << 0
	}
	if e.Phase != 0 {
		mask |= 1 << 1
		to = append(to, byte(e.Phase))
	}
	if e.To != 0 {
		mask |= 1 << 2
		to = binary.AppendVarint(to, int64(e.To))
	}
	if e.Asset != 0 {
		mask |= 1 << 3
		to = binary.AppendVarint(to, int64(e.Asset))
	}
	if e.Amount != 0 {
		mask |= 1 << 4
		to = binary.AppendVarint(to, e.Amount)
	}
	if e.Text != "" {
		mask |= 1 << 5
		to = appendText(to, e.Text)
	}
	if e.Until != 0 {
		mask |= 1 << 6
		to = binary.AppendVarint(to, e.Until)
	}
	if bits := math.Float64bits(e.Multiplier); bits != 0 {
		mask |= 1 << 7
		to = binary.LittleEndian.AppendUint64(to, bits)
	}
	to[at] = mask
	return to
}

func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

func appendReason(to []byte, reason string) []byte {
	number := reasonNumbers[reason]
	to = append(to, number)
	if number == otherReason {
		to = appendText(to, reason)
	}
	return to
}

// DecodeEvent reads what AppendEvent appended into an event. It fails on anything else.
func DecodeEvent(from []byte, e *Event) error {
	f := fields{reading: true, reader: snapshot.NewReader(from)}
	*e = Event{Kind: EventKind(f.reader.Octet())}
	f.reader.Want(e.Kind != 0 && e.Kind < eventKindCount, "there is no event %d", e.Kind)
	f.orderRow(e)
	f.detailRow(e)
	f.tradeRow(e)
	f.rareRow(e)
	f.reader.End()
	if err := f.reader.Err(); err != nil {
		return fmt.Errorf("decode an event of kind %d: %w", e.Kind, err)
	}
	return nil
}

func (f *fields) orderRow(e *Event) {
	f.row()
	f.small(&e.Instrument)
	f.small(&e.Account)
	f.uint(&e.Order)
	f.text(&e.ClientID)
	octet(f, &e.Side)
	f.int(&e.Price)
	f.int(&e.Lots)
	f.int(&e.Remaining)
}

func (f *fields) detailRow(e *Event) {
	f.row()
	octet(f, &e.Type)
	f.readReason(&e.Reason)
	f.int(&e.Visible)
	f.int(&e.Display)
	f.int(&e.Trigger)
	f.uint(&e.List)
	f.int(&e.Old)
	f.flag(&e.KeptPriority)
}

func (f *fields) tradeRow(e *Event) {
	f.row()
	f.uint(&e.Maker)
	f.small(&e.MakerAccount)
	f.text(&e.MakerClient)
	f.int(&e.MakerRemaining)
	f.uint(&e.Trade)
	f.readCharge(&e.Fee)
	f.readCharge(&e.MakerFee)
	f.int(&e.Mid)
}

func (f *fields) rareRow(e *Event) {
	f.row()
	f.flag(&e.Auction)
	octet(f, &e.Phase)
	f.small(&e.To)
	f.small(&e.Asset)
	f.int(&e.Amount)
	f.text(&e.Text)
	f.int(&e.Until)
	f.float(&e.Multiplier)
}

func (f *fields) readCharge(c *account.Charge) {
	if f.next(false) {
		c.Fee, c.Asset = f.reader.Int(), int32(f.reader.Within(math.MinInt32, math.MaxInt32))
	}
}

func (f *fields) readReason(reason *string) {
	if !f.next(false) {
		return
	}
	number := int(f.reader.Octet())
	switch {
	case number == otherReason:
		*reason = f.reader.Text()
	case number <= len(reasonTable):
		*reason = reasonTable[number-1]
	default:
		f.reader.Want(false, "there is no reason %d", number)
	}
}
