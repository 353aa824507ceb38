package kittest_test

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/kittest"
)

func TestWhatIsWrittenAtOneEndIsReadAtTheOther(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		socket, err := network.Listen(context.Background(), "127.0.0.1:0")
		require.NoError(t, err)
		go func() {
			conn, err := socket.Accept()
			assert.NoError(t, err)
			_, err = conn.Write([]byte("hello"))
			assert.NoError(t, err)
			assert.NoError(t, conn.Close())
		}()
		conn, err := network.Dial(context.Background(), socket.Addr().String())
		require.NoError(t, err)
		read, err := io.ReadAll(conn)
		require.NoError(t, err)
		assert.Equal(t, "hello", string(read))
		require.NoError(t, conn.Close())
		require.NoError(t, socket.Close())
	})
}

func TestAPortIsTakenUntilItsListenerCloses(t *testing.T) {
	network := kittest.NewNetwork()
	first, err := network.Listen(context.Background(), "127.0.0.1:50054")
	require.NoError(t, err)
	_, err = network.Listen(context.Background(), "127.0.0.1:50054")
	require.ErrorContains(t, err, "address already in use")
	require.NoError(t, first.Close())
	again, err := network.Listen(context.Background(), "127.0.0.1:50054")
	require.NoError(t, err)
	require.NoError(t, again.Close())
}

func TestACutAddressIsDeadUntilItHeals(t *testing.T) {
	network := kittest.NewNetwork()
	socket, err := network.Listen(context.Background(), "127.0.0.1:0")
	require.NoError(t, err)
	defer socket.Close()
	go acceptAll(socket)
	address := socket.Addr().String()
	conn, err := network.Dial(context.Background(), address)
	require.NoError(t, err)
	network.Cut(address)
	_, err = conn.Write([]byte("x"))
	require.Error(t, err, "open connections are broken")
	_, err = network.Dial(context.Background(), address)
	require.ErrorContains(t, err, "connection refused")
	network.Heal(address)
	conn, err = network.Dial(context.Background(), address)
	require.NoError(t, err)
	require.NoError(t, conn.Close())
}

// acceptAll takes connections until the listener closes.
func acceptAll(socket net.Listener) {
	for {
		if _, err := socket.Accept(); err != nil {
			return
		}
	}
}

func TestNobodyListensOnAnUnknownOrMalformedAddress(t *testing.T) {
	network := kittest.NewNetwork()
	_, err := network.Dial(context.Background(), "127.0.0.1:1")
	require.ErrorContains(t, err, "connection refused")
	for _, address := range []string{"nonsense", "127.0.0.1:x"} {
		_, err = network.Listen(context.Background(), address)
		require.Error(t, err, address)
	}
}

func TestKeysExpireWithTheClockOfTheTest(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		redis := kittest.Redis(t, network)
		require.NoError(t, redis.Set("key", "value"))
		redis.SetTTL("key", 45*time.Second)
		time.Sleep(44500 * time.Millisecond)
		assert.True(t, redis.Exists("key"))
		time.Sleep(time.Second)
		assert.False(t, redis.Exists("key"))
	})
}
