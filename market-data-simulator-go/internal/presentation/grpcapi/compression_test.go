package grpcapi

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/protobuf/proto"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

func TestReadersWithAndWithoutCompressionGetTheSameUpdates(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		request := &marketdatav1.StreamPricesRequest{Symbols: []string{"BTC/USD"}, UpdateIntervalMs: 20, AfterSequence: hourTicks - 100}
		read := func(options ...grpc.CallOption) (all []*marketdatav1.StreamPricesResponse) {
			stream, err := api.StreamPrices(t.Context(), request, options...)
			require.NoError(t, err)
			for range 100 {
				response, err := stream.Recv()
				require.NoError(t, err)
				all = append(all, response)
			}
			return all
		}
		plain, again, compressed := read(), read(), read(grpc.UseCompressor(gzip.Name))
		for i := range plain {
			assert.Equal(t, hourTicks-99+uint64(i), plain[i].GetUpdate().GetSequence())
			assert.True(t, proto.Equal(plain[i], again[i]))
			assert.True(t, proto.Equal(plain[i], compressed[i]))
		}
	})
}
