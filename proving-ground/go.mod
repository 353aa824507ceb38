module github.com/trading-ecosystem/proving-ground

go 1.26.0

replace github.com/trading-ecosystem/protobuf-schemas => ../protobuf-schemas

replace github.com/trading-ecosystem/service-kit-go => ../service-kit-go

replace github.com/trading-ecosystem/config => ../config

require github.com/stretchr/testify v1.12.1

require go.yaml.in/yaml/v3 v3.0.5 // indirect
