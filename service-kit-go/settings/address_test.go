package settings_test

import (
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/settings"
)

func TestAddressThatOthersAreToldIsOneThatTheyReach(t *testing.T) {
	machine, err := os.Hostname()
	require.NoError(t, err)
	for _, given := range []struct{ bound, host, want string }{
		{"127.0.0.1:8090", "", "127.0.0.1:8090"},
		{"127.0.0.1:8090", "config.venue", "config.venue:8090"},
		{"[::]:8090", "", net.JoinHostPort(machine, "8090")},
		{"0.0.0.0:8090", "", net.JoinHostPort(machine, "8090")},
		{"0.0.0.0:8090", "10.0.0.7", "10.0.0.7:8090"},
	} {
		bound, err := net.ResolveTCPAddr("tcp", given.bound)
		require.NoError(t, err)
		assert.Equal(t, given.want, settings.Advertised(bound, given.host))
	}
}

func TestWhatIsBoundToAllAddressesIsAskedOnLoopback(t *testing.T) {
	for bound, want := range map[string]string{
		"0.0.0.0:50055": "127.0.0.1:50055", "[::]:50055": "127.0.0.1:50055", ":50055": "127.0.0.1:50055",
		"10.0.0.7:50055": "10.0.0.7:50055", "localhost:50055": "localhost:50055",
	} {
		assert.Equal(t, want, settings.Local(bound), bound)
	}
}

func TestALoopbackAddressOnARedisElsewhereIsAProblemThatSaysWhatToDo(t *testing.T) {
	problem := settings.OnlyLocal("127.0.0.1:50054", "redis://user:secret@redis:6379/0")
	assert.Contains(t, problem, "127.0.0.1:50054 is announced on the Redis at redis:6379")
	assert.Contains(t, problem, "set ADVERTISE_ADDR")
	assert.NotContains(t, problem, "secret")
	assert.NotEmpty(t, settings.OnlyLocal("[::1]:50054", "redis://10.0.0.1:6379"))
	for _, fine := range []struct {
		announced string
		redis     settings.SecretURL
	}{
		{"127.0.0.1:50054", "redis://127.0.0.1:6379"},
		{"127.0.0.1:50054", "redis://localhost:6379"},
		{"127.0.0.1:50054", ""},
		{"exchange-1:50054", "redis://redis:6379"},
	} {
		assert.Empty(t, settings.OnlyLocal(fine.announced, fine.redis))
	}
}
