package kittest

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// RedisAddress is where Redis answers on a network in memory; numeric, so that no name has to be looked up.
const RedisAddress = "10.0.0.1:6379"

// Redis starts a miniredis that answers on the network at RedisAddress until the test ends. Its expiries run with the
// test's clock: call it inside the bubble.
func Redis(t testing.TB, network *Network) *miniredis.Miniredis {
	t.Helper()
	server := miniredis.NewMiniRedis()
	network.Serve(RedisAddress, server.Dial)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				server.FastForward(time.Second)
			case <-stop:
				return
			}
		}
	}()
	t.Cleanup(func() {
		close(stop)
		<-stopped
		server.Close()
	})
	return server
}

// Settings are those of a daemon on a network in memory: free ports, Redis at RedisAddress.
func Settings() settings.Common {
	common := settings.FreePorts()
	common.RedisURL = "redis://" + RedisAddress
	return common
}

// Options are those of a daemon on this network, with its log in the test's output.
func Options(t testing.TB, network *Network) daemon.Options {
	return daemon.Options{Network: network, LogOutput: t.Output()}
}
