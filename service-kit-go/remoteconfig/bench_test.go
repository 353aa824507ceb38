package remoteconfig_test

import (
	"context"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/remoteconfig"
)

// warm is a client whose document has been read.
func warm(t testing.TB) *remoteconfig.Client {
	client := remoteconfig.New(remoteconfig.Options{Defaults: defaults, Log: quiet(t), Registerer: prometheus.NewRegistry()})
	_, err := remoteconfig.Get[market](context.Background(), client, "market")
	require.NoError(t, err)
	return client
}

// The goal is 100 ns and no allocation.
func BenchmarkCachedRead(b *testing.B) {
	client, ctx := warm(b), context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := remoteconfig.Get[market](ctx, client, "market"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCachedReadInParallel(b *testing.B) {
	client, ctx := warm(b), context.Background()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := remoteconfig.Get[market](ctx, client, "market"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestACachedReadAllocatesNothing(t *testing.T) {
	client, ctx := warm(t), context.Background()
	assert.Zero(t, testing.AllocsPerRun(1000, func() {
		_, _ = remoteconfig.Get[market](ctx, client, "market")
	}))
}
