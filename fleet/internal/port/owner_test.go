package port

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const tcpTable = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:C387 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31337 1 0000000000000000 100 0 0 10 0
   1: 0100007F:C386 0100007F:8000 01 00000000:00000000 00:00000000 00000000  1000        0 99999 1 0000000000000000 100 0 0 10 0
`

const tcp6Table = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1F95 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 42 1 0000000000000000 100 0 0 10 0
`

// A small /proc: pid 12 listens on 50055 over IPv4, pid 34 on 8085 over IPv6.
func procWithTwoListeners() fstest.MapFS {
	link := func(target string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink}
	}
	return fstest.MapFS{
		"net/tcp":     {Data: []byte(tcpTable)},
		"net/tcp6":    {Data: []byte(tcp6Table)},
		"12/comm":     {Data: []byte("exchange-simula\n")},
		"12/fd/0":     link("/dev/null"),
		"12/fd/7":     link("socket:[31337]"),
		"34/comm":     {Data: []byte("nginx\n")},
		"34/fd/3":     link("socket:[42]"),
		"self/fd/3":   link("socket:[42]"),
		"uptime":      {Data: []byte("1 1")},
		"56/fd-gone":  {},
		"version/x":   {},
		"sys/kernel":  {},
		"12/cmdline":  {},
		"34/cmdline":  {},
		"56/cmdline":  {},
		"net/unix":    {},
		"net/netstat": {},
	}
}

func TestOwnerIsTheProcessThatHasTheListeningSocketOpen(t *testing.T) {
	for _, want := range []struct {
		port  int
		owner Owner
	}{
		{50055, Owner{12, "exchange-simula"}},
		{8085, Owner{34, "nginx"}},
	} {
		owner, known := findOwner(procWithTwoListeners(), want.port)
		require.True(t, known)
		assert.Equal(t, want.owner, owner)
	}
}

func TestOwnerIsUnknownWhenNobodyListensOnThePort(t *testing.T) {
	_, known := findOwner(procWithTwoListeners(), 50054) // connected, not listening
	assert.False(t, known)
}

func TestOwnerIsUnknownWithoutAProcFileSystem(t *testing.T) {
	_, known := findOwner(fstest.MapFS{}, 50055)
	assert.False(t, known)
}

func TestOwnerIsUnknownWhenItsDescriptorsCannotBeRead(t *testing.T) {
	proc := procWithTwoListeners()
	delete(proc, "12/fd/7")
	_, known := findOwner(proc, 50055)
	assert.False(t, known)
}

func FuzzListenInodeNeverInventsAnInode(f *testing.F) {
	f.Add(tcpTable, 50055)
	f.Add(tcp6Table, 8085)
	f.Add("", 0)
	f.Add("0: : : 0A 5 6 7 8 9 0", 0)
	f.Fuzz(func(t *testing.T, table string, port int) {
		inode, found := listenInode(strings.NewReader(table), port)
		if found {
			assert.NotEmpty(t, inode)
			assert.Contains(t, table, inode)
		}
	})
}
