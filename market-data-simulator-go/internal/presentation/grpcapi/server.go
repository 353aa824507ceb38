// Package grpcapi is the gRPC door of the market data: it decodes requests, asks the feed, and answers. What a method
// promises stands in market_data.proto.
package grpcapi

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/presentation/feed"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// Server implements marketdata.v1.MarketDataService. The gRPC server that it is registered with needs feed.Codec.
type Server struct {
	marketdatav1.UnimplementedMarketDataServiceServer
	Previewer   *Previewer // answers StreamScenario
	History     *History   // answers GetHistory
	hub         *feed.Hub
	catalogue   *catalogue
	simulations *Simulations
}

// NewServer makes the service of a hub; the instruments are in the hub's order.
func NewServer(hub *feed.Hub, instruments []instrument.Instrument, simulations *Simulations) *Server {
	return &Server{hub: hub, catalogue: newCatalogue(instruments), simulations: simulations}
}

// ListInstruments implements marketdata.v1.MarketDataService.
func (s *Server) ListInstruments(_ context.Context, request *marketdatav1.ListInstrumentsRequest) (*marketdatav1.ListInstrumentsResponse, error) {
	page, next, err := s.catalogue.page(request)
	if err != nil {
		return nil, err
	}
	return &marketdatav1.ListInstrumentsResponse{Instruments: page, NextPageToken: next}, nil
}

// GetPrice implements marketdata.v1.MarketDataService. The feed's bytes are those of this response already.
func (s *Server) GetPrice(_ context.Context, request *marketdatav1.GetPriceRequest) (*marketdatav1.GetPriceResponse, error) {
	position, err := s.catalogue.find("symbol", request.GetSymbol())
	if err != nil {
		return nil, err
	}
	latest, err := s.hub.Latest(position)
	if err != nil {
		return nil, err
	}
	response := &marketdatav1.GetPriceResponse{}
	return response, proto.Unmarshal(latest, response)
}

// StreamPrices implements marketdata.v1.MarketDataService.
func (s *Server) StreamPrices(request *marketdatav1.StreamPricesRequest, stream marketdatav1.MarketDataService_StreamPricesServer) error {
	wanted, err := s.catalogue.subscription(request)
	if err != nil {
		return err
	}
	return s.hub.Stream(stream.Context(), wanted, feed.NewSender(stream).Send)
}

// GenerateSimulation implements marketdata.v1.MarketDataService.
func (s *Server) GenerateSimulation(request *marketdatav1.GenerateSimulationRequest, stream marketdatav1.MarketDataService_GenerateSimulationServer) error {
	return s.simulations.generate(request, stream)
}

// ValidateSimulation implements marketdata.v1.MarketDataService.
func (s *Server) ValidateSimulation(stream marketdatav1.MarketDataService_ValidateSimulationServer) error {
	return s.simulations.validate(stream)
}
