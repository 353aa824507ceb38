module github.com/trading-ecosystem/market-data-simulator-go

go 1.26.0

replace github.com/trading-ecosystem/protobuf-schemas => ../protobuf-schemas

replace github.com/trading-ecosystem/service-kit-go => ../service-kit-go

replace github.com/trading-ecosystem/config => ../config

require (
	github.com/stretchr/testify v1.12.1 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	gonum.org/v1/gonum v0.17.0 // indirect
	pgregory.net/rapid v1.3.0 // indirect
)
