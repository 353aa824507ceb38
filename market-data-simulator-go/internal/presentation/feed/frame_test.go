package feed

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

func TestAFrameIsTheMessageThatItStandsFor(t *testing.T) {
	instruments := pairs(t, "AAA/USD", "BBB/USD")
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Float64Range(0.01, 1e6)
		sequence := rapid.Uint64Range(2, 1<<40).Draw(t, "sequence")
		previous := rapid.Uint64Range(0, sequence-1).Draw(t, "previous")
		quote := path.Quote{
			Price: number.Draw(t, "price"), Bid: number.Draw(t, "bid"), Ask: number.Draw(t, "ask"), MinuteVolume: number.Draw(t, "volume"),
			Day: path.Day{Open: number.Draw(t, "open"), High: number.Draw(t, "high"), Low: number.Draw(t, "low"), Volume: number.Draw(t, "day")},
		}
		updates, err := newEncoder(instruments).encode(sequence, path.Epoch, []path.Quote{{Price: 1}, quote})
		require.NoError(t, err)
		frame := &newBatch(&entry{sequence: sequence, updates: updates}, previous, []int{1}, false).frames[1]

		var decoded marketdatav1.StreamPricesResponse
		require.NoError(t, proto.Unmarshal(frame.Bytes(), &decoded))
		update := decoded.GetUpdate()
		require.Equal(t, "BBB/USD", update.GetSymbol())
		require.Equal(t, sequence, update.GetSequence())
		require.Equal(t, previous, decoded.GetPreviousSequence())
		if previous == 0 {
			require.Zero(t, decoded.GetConflatedTicks())
		} else {
			require.Equal(t, sequence, previous+decoded.GetConflatedTicks()+1)
		}
		day := update.GetDayChange()
		sent := path.Quote{
			Price: update.GetPrice(), Bid: update.GetBid(), Ask: update.GetAsk(), MinuteVolume: update.GetMinuteVolume(),
			Day: path.Day{Open: day.GetOpen(), High: day.GetHigh(), Low: day.GetLow(), Volume: day.GetVolume()},
		}
		require.Equal(t, quote, sent)
		require.Empty(t, decoded.ProtoReflect().GetUnknown())
	})
}

func TestTheCodecLeavesOtherMessagesToProtobuf(t *testing.T) {
	codec := Codec()
	assert.Equal(t, "proto", codec.Name())
	request := &marketdatav1.GetPriceRequest{Symbol: "AAA/USD"}
	encoded, err := codec.Marshal(request)
	require.NoError(t, err)
	var decoded marketdatav1.GetPriceRequest
	require.NoError(t, codec.Unmarshal(encoded, &decoded))
	assert.True(t, proto.Equal(request, &decoded))
	_, err = codec.Marshal("not a message")
	require.Error(t, err)
}

func TestSendingToAReaderThatIsUpToDateAllocatesNothing(t *testing.T) {
	hub := newHub(t, realTime(), rule{})
	require.NoError(t, hub.publish(1, 100, time.Time{}))
	open := func() *reader {
		r, err := hub.open(Request{Instruments: []int{0, 1}, Interval: tick})
		require.NoError(t, err)
		return r
	}
	codec := Codec()
	var sent mem.BufferSlice
	send := func(frame *Frame) (err error) {
		sent, err = codec.Marshal(frame)
		return err
	}
	first, second := open(), open()
	newest := hub.ring.newest.Load()
	require.NoError(t, first.send(newest, send))
	require.NoError(t, second.send(newest, send))
	const rounds = 20
	var entries []*entry
	for range rounds + 1 { // AllocsPerRun runs once more than it counts
		require.NoError(t, hub.publish(hub.following(), hub.following(), time.Time{}))
		entries = append(entries, hub.ring.newest.Load())
		require.NoError(t, first.send(entries[len(entries)-1], send))
	}
	round := 0
	assert.Zero(t, testing.AllocsPerRun(rounds, func() {
		if err := second.send(entries[round], send); err != nil {
			t.Fatal(err)
		}
		round++
	}), "the first reader of an interval has made the frames")
	assert.NotEmpty(t, sent)
}

func TestPublishingATickAllocatesTheSameForAThousandReadersAsForOne(t *testing.T) {
	perTick := func(readers int) float64 {
		hub := newHub(t, realTime(), rule{})
		require.NoError(t, hub.publish(1, 1, time.Time{}))
		for range readers {
			_, err := hub.open(Request{Instruments: []int{0}, Interval: tick})
			require.NoError(t, err)
		}
		return testing.AllocsPerRun(100, func() {
			if err := hub.publish(hub.following(), hub.following(), time.Time{}); err != nil {
				t.Fatal(err)
			}
		})
	}
	one := perTick(1)
	assert.InDelta(t, one, perTick(1000), 0.5)
	assert.Less(t, one, 20.0)
}
