package book

import (
	"context"
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

	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stand sends one list of messages to each stream, and then ends it.
type stand struct {
	exchangev1.UnimplementedMarketServiceServer
	streams [][]*exchangev1.StreamOrderBookResponse
}

func (s *stand) StreamOrderBook(request *exchangev1.StreamOrderBookRequest, stream grpc.ServerStreamingServer[exchangev1.StreamOrderBookResponse]) error {
	if len(s.streams) == 0 {
		return status.Errorf(codes.NotFound, "no symbol %s", request.GetSymbol())
	}
	messages := s.streams[0]
	s.streams = s.streams[1:]
	for _, message := range messages {
		if err := stream.Send(message); err != nil {
			return err
		}
	}
	return status.Error(codes.Unavailable, "shutting down")
}

// follow copies the book until that many messages have been applied.
func follow(t *testing.T, service *stand, limit int) (book Book, troubles []string, failure error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		listener, server := bufconn.Listen(1<<16), grpc.NewServer()
		exchangev1.RegisterMarketServiceServer(server, service)
		go func() { _ = server.Serve(listener) }()
		defer server.Stop()
		channel, err := grpc.NewClient("passthrough:///exchange", grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
		require.NoError(t, err)
		defer func() { _ = channel.Close() }()
		applied := 0
		failure = Follow(t.Context(), exchangev1.NewMarketServiceClient(channel), "BTC/USD", func(message *exchangev1.StreamOrderBookResponse) (bool, error) {
			if err := book.Apply(message); err != nil {
				return false, err
			}
			applied++
			return applied < limit, nil
		}, func(err error, _ time.Duration) { troubles = append(troubles, status.Convert(err).Message()) })
	})
	return book, troubles, failure
}

func TestFollowingBeginsAnewWhenAChangeIsMissingOrTheStreamBreaks(t *testing.T) {
	gap := &exchangev1.StreamOrderBookResponse{PreviousSequence: 8, Sequence: 9}
	next := &exchangev1.StreamOrderBookResponse{PreviousSequence: 20, Sequence: 21, Bids: levels("2 x 5")}
	book, troubles, err := follow(t, &stand{streams: [][]*exchangev1.StreamOrderBookResponse{
		{snapshot(7, levels("1 x 1"), nil), gap}, {snapshot(10, levels("1 x 2"), nil)}, {snapshot(20, levels("1 x 3"), nil), next},
	}}, 4)
	require.NoError(t, err)
	assert.Equal(t, []string{"2 x 5", "1 x 3"}, prices(book.Bids(10)))
	assert.Equal(t, []string{"a change of the book is missing: change 9 follows 8, the book is at 7", "shutting down"}, troubles)
}

func TestAPairThatIsNotThereEndsTheFollowing(t *testing.T) {
	_, _, err := follow(t, &stand{}, 1)
	require.ErrorContains(t, err, "no symbol BTC/USD")
}
