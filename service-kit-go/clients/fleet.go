package clients

// The typed doors to each daemon. A daemon's services are named here once, so that nobody spells a target by hand.

import (
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	custodianv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/custodian/v1"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	riskmonitorv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/riskmonitor/v1"
	testcoordinatorv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/testcoordinator/v1"
	tradingenginev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/tradingengine/v1"
)

// Every is what each daemon serves.
type Every struct {
	Faults faultv1.FaultServiceClient
	Health healthpb.HealthClient
}

// MarketData is the clients of the daemon market-data.
type MarketData struct {
	Every
	Prices marketdatav1.MarketDataServiceClient
}

// Exchange is the clients of the daemon exchange.
type Exchange struct {
	Every
	Orders      exchangev1.TradingServiceClient
	Accounts    exchangev1.AccountServiceClient
	Market      exchangev1.MarketServiceClient
	Venue       exchangev1.VenueServiceClient
	Funding     exchangev1.FundingServiceClient
	VenueFaults exchangev1.VenueFaultServiceClient
}

// RiskMonitor is the clients of the system under test risk-monitor.
type RiskMonitor struct {
	Every
	Alerts riskmonitorv1.RiskMonitorServiceClient
}

// TradingEngine is the clients of the system under test trading-engine.
type TradingEngine struct {
	Every
	Strategies tradingenginev1.TradingEngineServiceClient
}

// TestCoordinator is the clients of the daemon test-coordinator.
type TestCoordinator struct {
	Every
	Runs testcoordinatorv1.TestCoordinatorServiceClient
}

// Audit is the clients of the daemon audit.
type Audit struct{ Every }

// Custodian is the clients of the daemon custodian.
type Custodian struct {
	Every
	Settlement custodianv1.SettlementServiceClient
}

// MarketData returns the clients of market-data.
func (m *Manager) MarketData() MarketData {
	return MarketData{m.every("market-data"), marketdatav1.NewMarketDataServiceClient(m.conn("market-data"))}
}

// RiskMonitor returns the clients of risk-monitor.
func (m *Manager) RiskMonitor() RiskMonitor {
	return RiskMonitor{m.every("risk-monitor"), riskmonitorv1.NewRiskMonitorServiceClient(m.conn("risk-monitor"))}
}

// TradingEngine returns the clients of trading-engine.
func (m *Manager) TradingEngine() TradingEngine {
	return TradingEngine{m.every("trading-engine"), tradingenginev1.NewTradingEngineServiceClient(m.conn("trading-engine"))}
}

// TestCoordinator returns the clients of test-coordinator.
func (m *Manager) TestCoordinator() TestCoordinator {
	return TestCoordinator{m.every("test-coordinator"), testcoordinatorv1.NewTestCoordinatorServiceClient(m.conn("test-coordinator"))}
}

// Audit returns the clients of audit.
func (m *Manager) Audit() Audit { return Audit{m.every("audit")} }

// Custodian returns the clients of custodian.
func (m *Manager) Custodian() Custodian {
	return Custodian{m.every("custodian"), custodianv1.NewSettlementServiceClient(m.conn("custodian"))}
}

// Exchange returns the clients of exchange.
func (m *Manager) Exchange() Exchange {
	every, conn := m.every("exchange"), m.conn("exchange")
	return Exchange{
		every, exchangev1.NewTradingServiceClient(conn), exchangev1.NewAccountServiceClient(conn), exchangev1.NewMarketServiceClient(conn),
		exchangev1.NewVenueServiceClient(conn), exchangev1.NewFundingServiceClient(conn), exchangev1.NewVenueFaultServiceClient(conn),
	}
}

func (m *Manager) every(name string) Every {
	return Every{faultv1.NewFaultServiceClient(m.conn(name)), healthpb.NewHealthClient(m.conn(name))}
}
