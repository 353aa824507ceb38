package fault

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"pgregory.net/rapid"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
)

// strikes tells which of so many calls a fresh daemon's fault hits.
func strikes(t testing.TB, spec *faultv1.FaultSpec, calls int) (hit []bool) {
	injector, _, _ := newInjector()
	defer injector.Close()
	(&daemon{Injector: injector}).inject(t, spec)
	for range calls {
		hit = append(hit, injector.strike(context.Background(), "/s/m", false) != nil)
	}
	return hit
}

func chance(probability float64, seed uint64) *faultv1.FaultSpec {
	spec := abort(codes.Internal)
	spec.Probability, spec.Seed = probability, seed
	return spec
}

func count(hit []bool) (hits int) {
	for _, one := range hit {
		if one {
			hits++
		}
	}
	return hits
}

func TestSameSeedAndSameCallsGiveTheSameHits(t *testing.T) {
	const calls = 1000
	first := strikes(t, chance(0.3, 7), calls)
	assert.Equal(t, first, strikes(t, chance(0.3, 7), calls))
	assert.NotEqual(t, first, strikes(t, chance(0.3, 8), calls))
}

func TestShareOfHitsIsTheProbability(t *testing.T) {
	const calls = 20_000
	for _, probability := range []float64{0.01, 0.3, 0.9} {
		for seed := range uint64(5) {
			hits := count(strikes(t, chance(probability, seed), calls))
			assert.InDelta(t, probability, float64(hits)/calls, 0.02, "seed %d", seed) // over five standard deviations
		}
	}
	assert.Equal(t, calls, count(strikes(t, chance(0, 1), calls)), "0 means always")
}

func TestFaultStrikesNoMoreThanItsHitsAndEndsThen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 20).Draw(t, "max hits")
		calls := rapid.IntRange(0, 60).Draw(t, "calls")
		spec := chance(rapid.Float64Range(0.05, 1).Draw(t, "probability"), rapid.Uint64().Draw(t, "seed"))
		unlimited := strikesRapid(t, spec, calls, nil)
		spec.MaxHits = uint64(most)
		var active bool
		limited := strikesRapid(t, spec, calls, &active)
		assert.Equal(t, min(most, count(unlimited)), count(limited))
		assert.Equal(t, count(unlimited) < most, active)
		for call := range limited {
			if limited[call] {
				assert.True(t, unlimited[call], "a limit takes hits away, it moves none")
			}
		}
	})
}

func strikesRapid(t *rapid.T, spec *faultv1.FaultSpec, calls int, active *bool) (hit []bool) {
	injector, _, _ := newInjector()
	defer injector.Close()
	_, err := injector.InjectFault(context.Background(), &faultv1.InjectFaultRequest{Spec: withMinute(spec)})
	require.NoError(t, err)
	for range calls {
		hit = append(hit, injector.strike(context.Background(), "/s/m", false) != nil)
	}
	if active != nil {
		*active = len(injector.faults) > 0
	}
	return hit
}

func TestCallThatNoFaultTouchesCostsNoAllocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		injector, _, _ := newInjector()
		call := unaryCall(injector)
		assert.Zero(t, testing.AllocsPerRun(1000, call))
		sent := &stream{nothing{}, injector, "/s/m"}
		assert.Zero(t, testing.AllocsPerRun(1000, func() { _ = sent.SendMsg(nil) }))
	})
}

func unaryCall(injector *Injector) func() {
	intercept, info, ctx := injector.Unary, &grpc.UnaryServerInfo{FullMethod: "/s/m"}, context.Background()
	handle := func(context.Context, any) (any, error) { return nil, nil }
	return func() { _, _ = intercept(ctx, nil, info, handle) }
}

// nothing is a stream that takes every message.
type nothing struct{ grpc.ServerStream }

func (nothing) SendMsg(any) error { return nil }

func BenchmarkCallWithoutFaults(b *testing.B) {
	injector, _, _ := newInjector()
	call := unaryCall(injector)
	b.ReportAllocs()
	for b.Loop() {
		call()
	}
}

func BenchmarkCallBesideAFault(b *testing.B) {
	injector, _, _ := newInjector()
	defer injector.Close()
	spec := abort(codes.Internal)
	spec.MethodPattern = "/other.v1.Service/*"
	(&daemon{Injector: injector}).inject(b, spec)
	call := unaryCall(injector)
	b.ReportAllocs()
	for b.Loop() {
		call()
	}
}
