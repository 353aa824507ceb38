module github.com/trading-ecosystem/proving-ground

go 1.26.0

replace github.com/trading-ecosystem/protobuf-schemas => ../protobuf-schemas

replace github.com/trading-ecosystem/service-kit-go => ../service-kit-go

replace github.com/trading-ecosystem/config => ../config

require github.com/stretchr/testify v1.12.1

require github.com/alecthomas/kong v1.17.0

require (
	github.com/trading-ecosystem/audit-correlator-go v0.0.0
	github.com/trading-ecosystem/config v0.0.0
	github.com/trading-ecosystem/custodian-simulator-go v0.0.0
	github.com/trading-ecosystem/exchange-simulator-go v0.0.0
	github.com/trading-ecosystem/market-data-simulator-go v0.0.0
	github.com/trading-ecosystem/protobuf-schemas v0.0.0
	github.com/trading-ecosystem/service-kit-go v0.0.0
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)

replace github.com/trading-ecosystem/market-data-simulator-go => ../market-data-simulator-go

replace github.com/trading-ecosystem/exchange-simulator-go => ../exchange-simulator-go

replace github.com/trading-ecosystem/custodian-simulator-go => ../custodian-simulator-go

replace github.com/trading-ecosystem/audit-correlator-go => ../audit-correlator-go
