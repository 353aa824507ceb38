package venue

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

// The commands and events that come by the thousand.
var (
	busyCommands = map[string]Command{
		"place": &Place{
			Account: "alice/bot", ClientID: "order-0000012345", Instrument: 3, Session: 77,
			Order: Order{Side: book.Sell, Force: matching.GTC, SelfTrade: matching.ExpireTaker, Price: 6_000_001, Lots: 12_345, PostOnly: true},
		},
		"cancel":  &Cancel{Target{Account: "alice/bot", Order: 123_456_789}},
		"replace": &Replace{Target: Target{Account: "alice/bot", Order: 123_456_789}, RequestID: "r-12345", Lots: 500, Price: 6_000_002},
		"references": &SetReferences{Quotes: []Quote{
			{Instrument: 0, Price: 6_000_000.25}, {Instrument: 1, Price: 300_000.5}, {Instrument: 6, Stale: true},
		}},
		"advance": &Advance{},
	}
	busyEvents = map[string]*Event{
		"accepted": {
			Kind: OrderAccepted, Side: book.Sell, Instrument: 3, Account: 17, Order: 123_456_789, ClientID: "order-0000012345",
			Price: 6_000_001, Lots: 12_345, Remaining: 12_345, Visible: 12_345,
		},
		"traded": {
			Kind: Traded, Side: book.Sell, Instrument: 3, Account: 17, Order: 123_456_789, ClientID: "order-0000012345",
			Price: 6_000_001, Lots: 12_345, Remaining: 345, Maker: 123_456_700, MakerAccount: 18, MakerClient: "m-1", MakerRemaining: 9,
			Trade: 7_654_321, Fee: account.Charge{Fee: 1234, Asset: 1}, MakerFee: account.Charge{Fee: 234, Asset: 2}, Mid: 12_000_003,
		},
		"cancelled": {
			Kind: OrderCancelled, Side: book.Sell, Instrument: 3, Account: 17, Order: 123_456_789, ClientID: "order-0000012345",
			Price: 6_000_001, Remaining: 12_345, Reason: "REQUESTED",
		},
	}
)

func TestNothingIsAllocatedToAppendWhatComesByTheThousand(t *testing.T) {
	buffer := make([]byte, 0, 512)
	for name, c := range busyCommands {
		assert.Zero(t, testing.AllocsPerRun(100, func() { AppendCommand(buffer, c) }), name)
	}
	var again Event
	for name, e := range busyEvents {
		e.ClientID, e.MakerClient = "", "" // texts are copied when they are read
		assert.Zero(t, testing.AllocsPerRun(100, func() { AppendEvent(buffer, e) }), name)
		bytes := AppendEvent(nil, e)
		assert.Zero(t, testing.AllocsPerRun(100, func() { require.NoError(t, DecodeEvent(bytes, &again)) }), name)
	}
}

func BenchmarkAppendCommand(b *testing.B) {
	for name, c := range busyCommands {
		b.Run(name, func(b *testing.B) {
			buffer := make([]byte, 0, 512)
			b.ReportAllocs()
			for b.Loop() {
				buffer = AppendCommand(buffer[:0], c)
			}
			b.ReportMetric(float64(len(buffer)), "bytes")
		})
	}
}

func BenchmarkAppendEvent(b *testing.B) {
	for name, e := range busyEvents {
		b.Run(name, func(b *testing.B) {
			buffer := make([]byte, 0, 512)
			b.ReportAllocs()
			for b.Loop() {
				buffer = AppendEvent(buffer[:0], e)
			}
			b.ReportMetric(float64(len(buffer)), "bytes")
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	b.Run("place", func(b *testing.B) {
		bytes := AppendCommand(nil, busyCommands["place"])
		for b.Loop() {
			if _, err := DecodeCommand(bytes); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("traded", func(b *testing.B) {
		bytes, again := AppendEvent(nil, busyEvents["traded"]), Event{}
		for b.Loop() {
			if err := DecodeEvent(bytes, &again); err != nil {
				b.Fatal(err)
			}
		}
	})
}
