package main

import (
	"fmt"
	"slices"

	"github.com/trading-ecosystem/proving-ground/internal/benchmark"
)

// rows are the paths that must be fast, in the order in which data takes them.
var rows = slices.Concat(processRows, feedRows(), bookRows(), venueRows, journalRows, kitRows)

// processRows measure where prices come from, in process and on one core.
var processRows = []benchmark.Row{
	{
		Path: "price process", Workload: "a step of five correlated pairs; its 33 normals alone", Goal: "<= 10x as many NormFloat64; >= 10M pair-steps/s",
		Module: "market-data-simulator-go", Package: "./internal/domain/process",
		Ours: "Step/process", Yardstick: "Step/yardstick", Unit: "ns/op",
		Met: func(ours, yardstick benchmark.Result) bool {
			return ours["ns/op"] <= 10*yardstick["ns/op"] && ours["ns/op"] <= 5*100
		},
	},
	{
		Path: "price path", Workload: "quotes of all symbols at a random instant since the epoch", Goal: "<= 50 ms; to now <= 1 s",
		Module: "market-data-simulator-go", Package: "./internal/domain/path", Ours: "RandomInstant", Unit: "ns/op",
		Met: func(ours, _ benchmark.Result) bool { return ours["ns/op"] <= 50e6 && ours["s-to-now"] <= 1 },
	},
}

// feedRows measure the whole daemon over loopback; they take their time whatever -benchtime says.
func feedRows() []benchmark.Row {
	feed := benchmark.Row{Module: "market-data-simulator-go", Package: ".", BenchTime: "1x"}
	paced, slow := feed, feed
	paced.Path, paced.Workload = "price feed, paced", "1,000 subscribers x 50 updates/s; server CPU a message"
	paced.Ours, paced.Unit, paced.Goal = "PriceFeedPaced", "us/msg", "CPU <= 1.2x; p99 tick to receipt <= 10 ms"
	paced.Met = func(ours, yardstick benchmark.Result) bool {
		return ours["us/msg"] <= 1.2*yardstick["us/msg"] && ours["p99-ms"] <= 10
	}
	slow.Path, slow.Workload = "slow subscribers", "1,000 readers, 100 of which never read; p99 tick to receipt of the others"
	slow.Ours, slow.Unit, slow.Goal = "PriceFeedSlowSubscribers", "ms", "p99 <= 1.1x; memory flat"
	slow.Met = func(ours, yardstick benchmark.Result) bool {
		return ours["ms"] <= 1.1*yardstick["ms"] && ours["growth-MB"] <= 8
	}
	rows := []benchmark.Row{paced}
	for _, streams := range []int{1, 10, 100} {
		flatOut := feed
		flatOut.Path, flatOut.Workload = "price feed, flat out", fmt.Sprintf("%d streams", streams)
		flatOut.Ours, flatOut.Unit, flatOut.Goal = fmt.Sprintf("PriceFeedFlatOut/streams=%d", streams), "msg/s", ">= 0.9 of its messages/s"
		flatOut.Met = func(ours, yardstick benchmark.Result) bool { return ours["msg/s"] >= 0.9*yardstick["msg/s"] }
		rows = append(rows, flatOut)
	}
	return append(rows, slow)
}

// bookRows measure one book and the engine that trades on it, in process and on one core.
func bookRows() []benchmark.Row {
	var rows []benchmark.Row
	for _, workload := range []struct {
		name, what string
		goal       float64 // ns/op
	}{
		{"Mix", "mix: 10,000 resting orders within 50 ticks; 50 % limit, 35 % cancel, 15 % take", 60},
		{"Deep", "deep: 200,000 resting orders over 2,000 ticks", 150},
	} {
		rows = append(rows, benchmark.Row{
			Path: "order book core", Workload: workload.what, Goal: fmt.Sprintf("<= %.0f ns/op, 0 allocations", workload.goal),
			Module: "exchange-simulator-go", Package: "./internal/domain/matching", BenchTime: "3000000x",
			Ours: workload.name + "/engine", Yardstick: workload.name + "/yardstick", Unit: "ns/op",
			Met: func(ours, _ benchmark.Result) bool { return ours["ns/op"] <= workload.goal && ours["allocs/op"] == 0 },
		})
	}
	return rows
}

// venueRows measure the whole exchange: in process, durable, and over loopback.
var venueRows = []benchmark.Row{
	{
		Path: "venue, full path", Workload: "mix through accounts, holds, fees, filters, records of orders, and the bytes of commands and events",
		Goal: "<= 500 ns a command, <= 1 allocation", Module: "exchange-simulator-go", Package: "./internal/domain/venue", BenchTime: "1500000x",
		Ours: "FullPath/venue", Yardstick: "FullPath/engine", Unit: "ns/op",
		Met: func(ours, _ benchmark.Result) bool { return ours["ns/op"] <= 500 && ours["allocs/op"] <= 1 },
	},
	{
		Path: "venue, durable", Workload: "orders of 256 callers", Goal: ">= 0.6 of append and fdatasync of the same bytes",
		Module: "exchange-simulator-go", Package: "./internal/data/records", BenchTime: "200000x",
		Ours: "Durable/orders", Yardstick: "Durable/yardstick", Unit: "commands/s",
		Met: func(ours, yardstick benchmark.Result) bool { return ours["commands/s"] >= 0.6*yardstick["commands/s"] },
	},
	{
		Path: "order entry over gRPC", Workload: "64 callers, unary, durable; an echo that waits for as durable an append",
		Goal: ">= 0.7 of the echo's calls/s; p99 <= 2x", Module: "exchange-simulator-go", Package: ".", BenchTime: "50000x",
		Ours: "OrderEntryUnary/exchange", Yardstick: "OrderEntryUnary/echo", Unit: "calls/s",
		Met: func(ours, yardstick benchmark.Result) bool {
			return ours["calls/s"] >= 0.7*yardstick["calls/s"] && ours["p99-us"] <= 2*yardstick["p99-us"]
		},
	},
	{
		Path: "order entry over gRPC", Workload: "one Trade stream, pipelined", Goal: ">= 0.8 of the echo's calls/s",
		Module: "exchange-simulator-go", Package: ".", BenchTime: "50000x",
		Ours: "OrderEntryStream/exchange", Yardstick: "OrderEntryStream/echo", Unit: "calls/s",
		Met: func(ours, yardstick benchmark.Result) bool { return ours["calls/s"] >= 0.8*yardstick["calls/s"] },
	},
}

// journalRows measure the log in front of a state machine.
var journalRows = []benchmark.Row{
	{
		Path: "journal", Workload: "durable commands of 256 callers", Goal: ">= 0.6 of append and fdatasync of the same bytes",
		Module: "service-kit-go", Package: "./journal", Ours: "DurableCallers", Yardstick: "DurableYardstick", Unit: "commands/s",
		Met: func(ours, yardstick benchmark.Result) bool { return ours["commands/s"] >= 0.6*yardstick["commands/s"] },
	},
	{
		Path: "replay", Workload: "a million commands with an event each: read, applied, events compared", Goal: ">= 2M records/s",
		Module: "service-kit-go", Package: "./journal", Ours: "ReplayWithEvents", Unit: "records/s",
		Met: func(ours, _ benchmark.Result) bool { return ours["records/s"] >= 2e6 },
	},
}

// kitRows measure what every daemon stands on.
var kitRows = []benchmark.Row{
	{
		Path: "breaker", Workload: "a unary call through the client manager, no network", Goal: "<= 3 us and <= 2 allocs more",
		Module: "service-kit-go", Package: "./clients", Ours: "ManagedCall", Yardstick: "BareCall", Unit: "ns/op",
		Met: func(ours, yardstick benchmark.Result) bool {
			return ours["ns/op"]-yardstick["ns/op"] <= 3000 && ours["allocs/op"]-yardstick["allocs/op"] <= 2
		},
	},
	{
		Path: "config", Workload: "a cached, typed read of a document", Goal: "<= 100 ns",
		Module: "service-kit-go", Package: "./remoteconfig", Ours: "CachedRead", Unit: "ns/op",
		Met: func(ours, _ benchmark.Result) bool { return ours["ns/op"] <= 100 },
	},
}
