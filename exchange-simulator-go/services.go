package exchangesim

// What the daemon serves: the services of exchange.v1, over gRPC and as JSON.

import (
	"context"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/presentation/grpcapi"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/health"
)

// Service is what the daemon serves beside what every daemon does.
func (s *Simulator) Service() daemon.Service {
	return daemon.Service{
		Register: s.register,
		Gateway: []func(context.Context, *runtime.ServeMux, *grpc.ClientConn) error{
			exchangev1.RegisterTradingServiceHandler, exchangev1.RegisterAccountServiceHandler, exchangev1.RegisterFundingServiceHandler,
			exchangev1.RegisterMarketServiceHandler, exchangev1.RegisterVenueServiceHandler, exchangev1.RegisterVenueFaultServiceHandler,
		},
		OpenAPI: []string{"exchange.v1"},
		Health:  s.health,
		Run:     s.work,
		Sources: []health.Source{s.documents, s.prices, s.timers, s.retention, s.exporter},
	}
}

func (s *Simulator) register(registrar grpc.ServiceRegistrar) {
	desk := &grpcapi.Desk{Machine: s.machine, State: s.state, Listing: s.listing, JournalID: s.journalID(), Clock: s.now, Closed: s.retention.Refusal}
	trading := grpcapi.NewTradingServer(desk)
	trading.Faults, trading.DropCopy = s.feed.Faults(), grpcapi.NewDropCopy(desk, s.feed)
	exchangev1.RegisterTradingServiceServer(registrar, trading)
	exchangev1.RegisterAccountServiceServer(registrar, grpcapi.NewAccountServer(desk, s.history))
	exchangev1.RegisterFundingServiceServer(registrar, grpcapi.NewFundingServer(desk))
	exchangev1.RegisterMarketServiceServer(registrar, grpcapi.NewMarketServer(desk, s.feed, s.history))
	exchangev1.RegisterVenueServiceServer(registrar, grpcapi.NewVenueServer(desk))
	exchangev1.RegisterVenueFaultServiceServer(registrar, grpcapi.NewVenueFaultServer(desk))
}
