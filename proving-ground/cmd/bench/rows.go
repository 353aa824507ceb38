package main

import "github.com/trading-ecosystem/proving-ground/internal/benchmark"

// rows are the paths that must be fast, in the order in which data takes them.
var rows = []benchmark.Row{
	{
		Path: "breaker", Workload: "a unary call through the client manager, no network", Goal: "<= 3 us and <= 2 allocs more",
		Module: "service-kit-go", Package: "./clients", Ours: "ManagedCall", Yardstick: "BareCall", Unit: "ns/op",
		Met: func(ours, yardstick benchmark.Result) bool {
			return ours["ns/op"]-yardstick["ns/op"] <= 3000 && ours["allocs/op"]-yardstick["allocs/op"] <= 2
		},
	},
}
