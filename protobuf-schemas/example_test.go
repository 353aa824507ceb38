// A whole client in one function, compiled with the tests so that it stays true.
package schemas_test

import (
	"context"
	"fmt"
	"log"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// Follow two symbols at ten updates a second each until the service ends the stream.
func Example_streamPrices() {
	connection, err := grpc.NewClient("localhost:50055", grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = connection.Close() }()

	prices, err := marketdatav1.NewMarketDataServiceClient(connection).StreamPrices(context.Background(),
		&marketdatav1.StreamPricesRequest{Symbols: []string{"BTC/USD", "ETH/USD"}, UpdateIntervalMs: 100})
	for err == nil {
		var message *marketdatav1.StreamPricesResponse
		if message, err = prices.Recv(); err == nil {
			fmt.Println(message.GetUpdate().GetSymbol(), message.GetUpdate().GetPrice())
		}
	}
	log.Println("the stream has ended:", err)
}
