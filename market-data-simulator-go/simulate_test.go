package marketdatasim_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	marketdatasim "github.com/trading-ecosystem/market-data-simulator-go"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/barcsv"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/presentation/cli"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

// virtualStart is the business time at which a test under virtual time begins.
var virtualStart = time.Date(2026, time.February, 1, 0, 0, 0, 0, time.UTC)

func testSimulateWritesTheBarsThatTheStreamedPricesFoldTo(t *testing.T) {
	const seed, minutes = 5, 2
	streamed := map[string][]bar.Bar{}
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		_, client := startOn(t, network, func(config *marketdatasim.Config, _ *daemon.Options) { config.Seed = seed })
		stream, err := client.StreamPrices(t.Context(), &marketdatav1.StreamPricesRequest{
			Symbols: everySymbol, UpdateIntervalMs: 20,
			AfterSequence: uint64(virtualStart.Sub(path.Epoch)/path.TickInterval) - 1,
		})
		require.NoError(t, err)
		const ticks = minutes * uint64(time.Minute/path.TickInterval)
		for range ticks * uint64(len(everySymbol)) {
			response, err := stream.Recv()
			require.NoError(t, err)
			require.Zero(t, response.GetConflatedTicks(), "each tick, one after the other")
			symbol := response.GetUpdate().GetSymbol()
			streamed[symbol] = fold(streamed[symbol], response.GetUpdate(), time.Minute)
		}
	})
	written := simulate(t, cli.Simulate{Profile: "lively", Start: virtualStart, Days: 1, Interval: "1m", Seed: seed})
	for _, symbol := range everySymbol {
		require.Equal(t, written[symbol][:minutes], streamed[symbol], symbol)
	}
}

// fold adds a tick to bars, whose volume is that of the minute up to their end.
func fold(bars []bar.Bar, update *marketdatav1.PriceUpdate, interval time.Duration) []bar.Bar {
	open, price := update.GetBusinessTime().AsTime().Truncate(interval), update.GetPrice()
	if len(bars) == 0 || !bars[len(bars)-1].Time.Equal(open) {
		bars = append(bars, bar.Bar{Time: open, Open: price, High: price, Low: price})
	}
	last := &bars[len(bars)-1]
	last.High, last.Low, last.Close = max(last.High, price), min(last.Low, price), price
	last.Volume = update.GetMinuteVolume()
	return bars
}

// simulate runs the command and reads what it wrote, by symbol.
func simulate(t *testing.T, command cli.Simulate) map[string][]bar.Bar {
	t.Helper()
	command.Out, command.Plain = t.TempDir(), true
	require.NoError(t, command.Run(context.Background(), &kong.Kong{Stdout: io.Discard, Stderr: io.Discard}))
	files, err := barcsv.Open(command.Out, time.Minute, "")
	require.NoError(t, err)
	all, _, err := barcsv.LoadAll(files)
	require.NoError(t, err)
	written := map[string][]bar.Bar{}
	for _, series := range all {
		written[series.Symbol] = series.Bars
	}
	return written
}

func TestTwoRunsOfSimulateWriteTheSameBars(t *testing.T) {
	command := cli.Simulate{Profile: "calm", Start: virtualStart, Days: 1, Interval: "1m", Seed: 11}
	first := simulate(t, command)
	require.Len(t, first, len(everySymbol))
	require.Equal(t, first, simulate(t, command))
	command.Seed = 12
	require.NotEqual(t, first, simulate(t, command))
}
