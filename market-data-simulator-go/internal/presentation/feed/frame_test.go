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
		conflated := sequence - previous - 1
		frame := newBatch(&entry{updates: updates}, previous, conflated, []int{1}).frames[1]

		var decoded marketdatav1.StreamPricesResponse
		require.NoError(t, proto.Unmarshal(frame.Bytes(), &decoded))
		update := decoded.GetUpdate()
		require.Equal(t, "BBB/USD", update.GetSymbol())
		require.Equal(t, sequence, update.GetSequence())
		require.Equal(t, previous, decoded.GetPreviousSequence())
		require.Equal(t, conflated, decoded.GetConflatedTicks())
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
	r, err := hub.open(Request{Instruments: []int{0, 1}, Interval: tick})
	require.NoError(t, err)
	codec, step := Codec(), uint64(100)
	var sent mem.BufferSlice
	send := func(frame *Frame) (err error) {
		sent, err = codec.Marshal(frame)
		return err
	}
	require.NoError(t, r.send(r.next(), send))
	const rounds = 100
	var entries []*entry
	var ready []*batch
	for range rounds + 1 { // AllocsPerRun runs once more than it counts
		step++
		require.NoError(t, hub.publish(step, step, time.Time{}))
		entries, ready = append(entries, hub.ring.at(step)), append(ready, r.beat.ready.Load())
	}
	round := 0
	assert.Zero(t, testing.AllocsPerRun(rounds, func() {
		r.beat.ready.Store(ready[round])
		if err := r.send(entries[round], send); err != nil {
			t.Fatal(err)
		}
		round++
	}))
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
