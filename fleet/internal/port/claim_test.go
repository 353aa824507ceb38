package port

import (
	"net"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func listen(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}

func TestTakenPortIsAOneLineErrorThatNamesPortSettingAndOwner(t *testing.T) {
	address := listen(t)
	_, port, _ := net.SplitHostPort(address)

	_, err := Take(t.Context(), Want{Purpose: "gRPC of market-data", Address: address, Setting: "--grpc market-data=HOST:PORT"})

	var failure *TakenError
	require.ErrorAs(t, err, &failure)
	assert.Contains(t, err.Error(), "port "+port+" (gRPC of market-data, "+address+") is taken by ")
	assert.Contains(t, err.Error(), "--grpc market-data=HOST:PORT")
	assert.NotContains(t, err.Error(), "\n")
	if runtime.GOOS == "linux" {
		require.NotNil(t, failure.Owner)
		assert.Equal(t, os.Getpid(), failure.Owner.PID)
	}
}

func TestTakeAllClaimsNothingWhenOnePortIsTaken(t *testing.T) {
	free, err := Take(t.Context(), Want{Address: "127.0.0.1:0"})
	require.NoError(t, err)
	address := free.Address()
	free.Release()

	_, err = TakeAll(t.Context(), []Want{{Address: address}, {Address: listen(t)}, {Address: listen(t)}})

	var failure *TakenError
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, 1, failure.More)
	again, err := Take(t.Context(), Want{Address: address})
	require.NoError(t, err, "the free one was released")
	again.Release()
}

func TestPortZeroClaimsDifferentFreePorts(t *testing.T) {
	claims, err := TakeAll(t.Context(), []Want{{Address: "127.0.0.1:0"}, {Address: "127.0.0.1:0"}})
	require.NoError(t, err)
	assert.NotEqual(t, claims[0].Address(), claims[1].Address())
	for _, claim := range claims {
		claim.Release()
		claim.Release()
	}
}

func TestAddressThatCannotBeBoundIsAnErrorThatNamesTheSetting(t *testing.T) {
	_, err := Take(t.Context(), Want{Purpose: "HTTP of config", Address: "nonsense", Setting: "--config-addr HOST:PORT"})
	require.ErrorContains(t, err, `HTTP of config: cannot bind "nonsense"`)
	require.ErrorContains(t, err, "--config-addr")
}
