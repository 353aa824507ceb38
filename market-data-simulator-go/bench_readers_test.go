package marketdatasim_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// The readers of a benchmark run in a process of their own (this test binary, started again), so that their work is not
// taken for the server's.

// readersVariable holds the plan of a process of readers, as JSON.
const readersVariable = "FEED_BENCHMARK_READERS"

// plan is what a process of readers does.
type plan struct {
	Address    string
	Streams    int
	Stuck      int // further streams that are opened and never read
	IntervalMs uint32
	Symbols    []string
	Replay     int // base ticks to replay again and again; 0 reads live
	Seconds    float64
	Latency    bool // the server's business time is wall time
}

// outcome is what it saw.
type outcome struct {
	Messages       int
	Seconds        float64
	P50, P99, P999 float64 // tick to receipt, ms
}

func isReaders() bool { return os.Getenv(readersVariable) != "" }

// streamsPerConnection keeps a single connection's writer from being what is measured.
const streamsPerConnection = 100

// fillTime is how long it takes until every buffer on the way to a reader that does not read is full.
const fillTime = 5 * time.Second

// runReaders opens the streams, says "ready" once each has its first message, reads until the time is over, and prints
// its outcome.
func runReaders() int {
	var p plan
	if err := json.Unmarshal([]byte(os.Getenv(readersVariable)), &p); err != nil {
		panic(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	crew := &crew{plan: p, start: make(chan struct{}), stop: make(chan struct{})}
	var conn *grpc.ClientConn
	for i := range p.Streams + p.Stuck {
		if i%streamsPerConnection == 0 {
			conn = must(grpc.NewClient(p.Address, grpc.WithTransportCredentials(insecure.NewCredentials())))
		}
		crew.open(ctx, conn, i >= p.Streams)
	}
	crew.ready.Wait()
	if p.Stuck > 0 {
		time.Sleep(fillTime)
	}
	fmt.Println("ready")
	began := time.Now()
	close(crew.start)
	time.Sleep(time.Duration(p.Seconds * float64(time.Second)))
	close(crew.stop)
	result := crew.result()
	result.Seconds = time.Since(began).Seconds()
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		panic(err)
	}
	return 0
}

// crew are the readers of one process.
type crew struct {
	plan
	ready sync.WaitGroup
	done  sync.WaitGroup
	start chan struct{}
	stop  chan struct{}
	mu    sync.Mutex
	all   []time.Duration
	count int
}

func (c *crew) open(ctx context.Context, conn *grpc.ClientConn, stuck bool) {
	if stuck {
		c.stream(ctx, conn, 0, everySymbol)
		return
	}
	c.ready.Add(1)
	c.done.Add(1)
	go func() {
		defer c.done.Done()
		for first := true; c.read(ctx, conn, first); first = false {
		}
	}()
}

// raw is a message that is not decoded unless somebody needs it: readers should cost little.
type raw []byte

type rawCodec struct{ encoding.CodecV2 }

func (c rawCodec) Unmarshal(data mem.BufferSlice, into any) error {
	if bytes, ok := into.(*raw); ok {
		*bytes = append((*bytes)[:0], make([]byte, data.Len())...)
		data.CopyTo(*bytes)
		return nil
	}
	return c.CodecV2.Unmarshal(data, into)
}

func (c *crew) stream(ctx context.Context, conn *grpc.ClientConn, after uint64, symbols []string) grpc.ClientStream {
	stream := must(conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, marketdatav1.MarketDataService_StreamPrices_FullMethodName,
		grpc.ForceCodecV2(rawCodec{encoding.GetCodecV2("proto")})))
	request := &marketdatav1.StreamPricesRequest{Symbols: symbols, UpdateIntervalMs: c.IntervalMs, AfterSequence: after}
	if err := errors.Join(stream.SendMsg(request), stream.CloseSend()); err != nil {
		panic(err)
	}
	return stream
}

// read reads one stream and reports whether there is time for another.
func (c *crew) read(ctx context.Context, conn *grpc.ClientConn, first bool) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var after uint64
	end := math.MaxInt // messages
	if c.Replay > 0 {
		latest := must(marketdatav1.NewMarketDataServiceClient(conn).GetPrice(ctx, &marketdatav1.GetPriceRequest{Symbol: c.Symbols[0]}))
		after, end = latest.GetUpdate().GetSequence()-uint64(c.Replay), c.Replay*len(c.Symbols)
	}
	stream, message, latencies := c.stream(ctx, conn, after, c.Symbols), raw{}, []time.Duration(nil)
	receive := func() {
		if err := stream.RecvMsg(&message); err != nil {
			panic(err)
		}
	}
	receive()
	if first {
		c.ready.Done()
	}
	counted := 0
	defer func() { c.add(counted, latencies) }()
	for count := 1; count < end; count++ {
		receive()
		switch {
		case isClosed(c.stop):
			return false
		case isClosed(c.start):
			counted++
			if c.Latency {
				latencies = append(latencies, message.age())
			}
		}
	}
	return true
}

func isClosed(gate chan struct{}) bool {
	select {
	case <-gate:
		return true
	default:
		return false
	}
}

// Numbers of the fields on the way to the business time of an update.
const (
	updateField, businessTimeField protowire.Number = 1, 3
	secondsField, nanosField       protowire.Number = 1, 2
)

// age is the time since the business time of an update. It decodes nothing else: 50,000 times a second, all of it would take
// a good part of what is measured.
func (r raw) age() time.Duration {
	now := time.Now()
	update, _ := field(r, updateField)
	at, _ := field(update, businessTimeField)
	_, seconds := field(at, secondsField)
	_, nanos := field(at, nanosField)
	return now.Sub(time.Unix(int64(seconds), int64(nanos)))
}

// field returns the content of the first field of a number, bytes or varint; nothing when there is none.
func field(message []byte, wanted protowire.Number) (content []byte, number uint64) {
	for len(message) > 0 {
		found, kind, n := protowire.ConsumeTag(message)
		size := protowire.ConsumeFieldValue(found, kind, message[n:])
		switch {
		case size < 0:
			panic(protowire.ParseError(size))
		case found != wanted:
		case kind == protowire.BytesType:
			content, _ = protowire.ConsumeBytes(message[n:])
			return content, 0
		default:
			number, _ = protowire.ConsumeVarint(message[n:])
			return nil, number
		}
		message = message[n+size:]
	}
	return nil, 0
}

func (c *crew) add(count int, latencies []time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count += count
	c.all = append(c.all, latencies...)
}

func (c *crew) result() outcome {
	c.done.Wait()
	slices.Sort(c.all)
	at := func(share float64) float64 {
		if len(c.all) == 0 {
			return 0
		}
		return float64(c.all[int(share*float64(len(c.all)-1))].Microseconds()) / 1000
	}
	return outcome{Messages: c.count, P50: at(0.5), P99: at(0.99), P999: at(0.999)}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// startReaders runs a plan in a process of its own, and calls whenReady when all its streams flow.
func startReaders(b *testing.B, p plan, whenReady func()) outcome {
	b.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), readersVariable+"="+string(must(json.Marshal(p))), "GOMAXPROCS="+strconv.Itoa(2))
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, command.Start())
	var ready string
	_, err = fmt.Fscanln(stdout, &ready)
	require.NoError(b, err)
	whenReady()
	var result outcome
	require.NoError(b, json.NewDecoder(stdout).Decode(&result))
	_, _ = io.Copy(io.Discard, stdout)
	require.NoError(b, command.Wait())
	return result
}
