package exchangesim_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	exchangesim "github.com/trading-ecosystem/exchange-simulator-go"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

// day is some hours of a venue whose disk loses power now and then: the machine is opened again, and what was done stands.
func day(t *testing.T, seed uint64) (events []string) {
	t.Helper()
	disk, random := memdisk.New(), rand.New(rand.NewPCG(seed, 0))
	m, err := exchangesim.NewMachine(disk)
	require.NoError(t, err)
	configure, err := exchangesim.Configuration(exchangesim.Documents(nil), seed)
	require.NoError(t, err)
	now := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	do := func(command exchangesim.Command) exchangesim.Answer {
		now = now.Add(time.Second)
		answers, err := m.Do(now, now, []exchangesim.Command{command}, nil)
		require.NoError(t, err)
		return answers[0]
	}
	require.NoError(t, do(configure).Err)
	require.NoError(t, do(&exchangesim.Open{Account: "alice", Fund: []exchangesim.Amount{{Asset: 0, Units: 1e14}}}).Err)
	for n := range 200 {
		price := 6_000_000 + 1000*random.Float64()
		do(&exchangesim.SetReferences{Quotes: []exchangesim.Quote{{Instrument: 0, Price: price}}})
		do(&exchangesim.Place{
			Account: "alice", ClientID: fmt.Sprint(n),
			Order: exchangesim.Order{Side: exchangesim.Buy, Type: exchangesim.MarketOrder, Force: exchangesim.IOC, Lots: 100},
		})
		if random.IntN(20) == 0 {
			before, err := m.Hash()
			require.NoError(t, err)
			disk.Crash(random)
			m, err = exchangesim.NewMachine(disk)
			require.NoError(t, err)
			after, err := m.Hash()
			require.NoError(t, err)
			require.Equal(t, before, after)
		}
	}
	require.Positive(t, m.Venue().Trades())
	reader, err := m.Events(1)
	require.NoError(t, err)
	for range m.Venue().Sequence() {
		event, err := reader.Next(t.Context())
		require.NoError(t, err)
		var read exchangesim.Event
		require.NoError(t, exchangesim.DecodeEvent(event.Payload, &read))
		events = append(events, string(event.Payload))
	}
	require.NoError(t, reader.Close())
	require.NoError(t, m.Close())
	return events
}

func TestTheBareMachineGivesTheSameEventsForTheSameSeedHoweverOftenItCrashes(t *testing.T) {
	once := day(t, 1)
	assert.Equal(t, once, day(t, 1))
	assert.NotEqual(t, once, day(t, 2))
}
