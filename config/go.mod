module github.com/trading-ecosystem/config

go 1.26.0
