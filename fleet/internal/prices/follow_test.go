package prices

import (
	"context"
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/trading-ecosystem/fleet/internal/subscription"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// feed is a server that plays one part after another, each to one stream.
type feed struct {
	marketdatav1.UnimplementedMarketDataServiceServer
	parts    []part
	requests []*marketdatav1.StreamPricesRequest
}

// part is what one stream is sent: "SYMBOL sequence" each, then the end; a nil end holds the stream open.
type part struct {
	updates []tick
	end     error
}

type tick struct {
	symbol   string
	sequence uint64
}

func (f *feed) StreamPrices(request *marketdatav1.StreamPricesRequest, stream grpc.ServerStreamingServer[marketdatav1.StreamPricesResponse]) error {
	f.requests = append(f.requests, request)
	if len(f.parts) < len(f.requests) {
		return status.Error(codes.Unavailable, "the play is over")
	}
	now := f.parts[len(f.requests)-1]
	for _, next := range now.updates {
		response := &marketdatav1.StreamPricesResponse{Update: &marketdatav1.PriceUpdate{Symbol: next.symbol, Sequence: next.sequence}}
		if err := stream.Send(response); err != nil {
			return err
		}
	}
	if now.end == nil {
		<-stream.Context().Done()
	}
	return now.end
}

func (*feed) ListInstruments(_ context.Context, request *marketdatav1.ListInstrumentsRequest) (*marketdatav1.ListInstrumentsResponse, error) {
	if request.GetPageToken() == "" {
		return &marketdatav1.ListInstrumentsResponse{
			Instruments:   []*marketdatav1.Instrument{{Symbol: "ADA/BTC", TickSize: "0.00000001"}},
			NextPageToken: "more",
		}, nil
	}
	return &marketdatav1.ListInstrumentsResponse{Instruments: []*marketdatav1.Instrument{{Symbol: "BTC/USD", TickSize: "0.01"}}}, nil
}

// connect serves a feed in memory.
func connect(t *testing.T, service *feed) marketdatav1.MarketDataServiceClient {
	t.Helper()
	listener := bufconn.Listen(1 << 16)
	server := grpc.NewServer()
	marketdatav1.RegisterMarketDataServiceServer(server, service)
	go func() { _ = server.Serve(listener) }()
	channel, err := grpc.NewClient("passthrough:///feed", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = channel.Close()
		server.Stop()
	})
	return marketdatav1.NewMarketDataServiceClient(channel)
}

// followed is what one Follow saw.
type followed struct {
	seen     []string
	troubles []string
	took     time.Duration
	err      error
}

// follow follows two pairs in virtual time until that many updates have come or a minute has passed.
func follow(t *testing.T, service *feed, limit int) (result followed) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		client := connect(t, service)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		result.err = Follow(ctx, client, Request{Symbols: []string{"BTC/USD", "ETH/USD"}, Interval: 100 * time.Millisecond},
			func(quote Quote) bool {
				result.seen = append(result.seen, fmt.Sprint(quote.Symbol, " ", quote.Sequence))
				return limit == 0 || len(result.seen) < limit
			}, func(err error, retryIn time.Duration) {
				result.troubles = append(result.troubles, fmt.Sprint(status.Convert(err).Message(), ", again in ", retryIn))
			})
		result.took = time.Since(began)
	})
	return result
}

var shutdown = status.Error(codes.Unavailable, "shutting down")

func TestFollowingEndsWhenEnoughHasBeenSeen(t *testing.T) {
	service := &feed{parts: []part{{updates: []tick{{"BTC/USD", 5}, {"ETH/USD", 5}, {"BTC/USD", 10}}}}}
	result := follow(t, service, 2)
	require.NoError(t, result.err)
	assert.Equal(t, []string{"BTC/USD 5", "ETH/USD 5"}, result.seen)
	assert.Equal(t, uint32(100), service.requests[0].GetUpdateIntervalMs())
	assert.Zero(t, service.requests[0].GetAfterSequence())
}

func TestStreamThatBreaksIsResumedWhereEverySymbolHasBeen(t *testing.T) {
	service := &feed{parts: []part{
		{updates: []tick{{"BTC/USD", 5}, {"ETH/USD", 5}, {"BTC/USD", 10}}, end: shutdown},
		{updates: []tick{{"BTC/USD", 10}, {"ETH/USD", 10}, {"BTC/USD", 15}}},
	}}
	result := follow(t, service, 5)
	require.NoError(t, result.err)
	assert.Equal(t, []string{"BTC/USD 5", "ETH/USD 5", "BTC/USD 10", "ETH/USD 10", "BTC/USD 15"}, result.seen, "nothing missed, nothing twice")
	assert.Equal(t, uint64(5), service.requests[1].GetAfterSequence())
	assert.Equal(t, []string{"shutting down, again in 200ms"}, result.troubles)
}

func TestStreamThatCannotBeResumedGoesOnWithTheLatest(t *testing.T) {
	service := &feed{parts: []part{
		{updates: []tick{{"BTC/USD", 5}, {"ETH/USD", 5}}, end: shutdown},
		{end: status.Error(codes.OutOfRange, "not retained")},
		{updates: []tick{{"BTC/USD", 9000}}},
	}}
	result := follow(t, service, 3)
	require.NoError(t, result.err)
	assert.Equal(t, "BTC/USD 9000", result.seen[2])
	assert.Zero(t, service.requests[2].GetAfterSequence())
}

func TestRefusalEndsTheFollowing(t *testing.T) {
	result := follow(t, &feed{parts: []part{{end: status.Error(codes.NotFound, "no symbol X: there are BTC/USD")}}}, 0)
	require.ErrorContains(t, result.err, "no symbol X: there are BTC/USD")
}

func TestFeedThatNeverAnsweredIsUnreachable(t *testing.T) {
	result := follow(t, &feed{parts: []part{{end: shutdown}}}, 0)
	require.ErrorIs(t, result.err, subscription.ErrUnreachable)
	assert.Zero(t, result.took)
}

func TestInstrumentsAreListedOverAllPagesOrAsTheyWereNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := connect(t, &feed{})
		all, err := Instruments(t.Context(), client, nil)
		require.NoError(t, err)
		assert.Equal(t, []Instrument{{"ADA/BTC", 8}, {"BTC/USD", 2}}, all)
		named, err := Instruments(t.Context(), client, []string{"BTC/USD", "NIL/USD"})
		require.NoError(t, err)
		assert.Equal(t, []Instrument{{"BTC/USD", 2}, {"NIL/USD", 2}}, named)
	})
}
