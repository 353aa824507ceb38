package roster

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDaemonIsFoundByItsLogicalName(t *testing.T) {
	market, known := Daemon("market-data")
	require.True(t, known)
	assert.Equal(t, Member{Name: "market-data", Binary: "market-data-simulator", GRPCPort: 50055, HTTPPort: 8085}, market)
	_, known = Daemon("market-data-simulator")
	assert.False(t, known)
}

func TestNoTwoMembersShareANameABinaryOrAPort(t *testing.T) {
	names, ports := map[string]bool{}, map[int]bool{}
	for _, member := range append(Daemons(), Config) {
		for _, name := range []string{member.Name, member.Binary} {
			assert.False(t, names[name], name)
			names[name] = true
		}
		for _, port := range []int{member.GRPCPort, member.HTTPPort} {
			assert.False(t, ports[port], port)
			ports[port] = port != 0
		}
	}
}

func TestStaticAddressOfANameIsInAVariableOfThatName(t *testing.T) {
	assert.Equal(t, "MARKET_DATA_ADDR", AddressVariable("market-data"))
	assert.Equal(t, "127.0.0.1:8090", Address(Config.HTTPPort))
}
