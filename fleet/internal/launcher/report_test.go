package launcher

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/fleet/internal/state"
	"github.com/trading-ecosystem/fleet/internal/supervisor"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file of testdata.
func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o750))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

func sample() state.State {
	daemon := func(name, grpc, http string, pid int) state.Daemon {
		return state.Daemon{Name: name, Label: name, GRPCAddr: grpc, HTTPAddr: http, PID: pid, Log: ".fleet/log/" + name + ".log"}
	}
	return state.State{
		PID: 4700, StartedAt: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Redis: "embedded", RedisURL: "redis://127.0.0.1:41999",
		ConfigURL: "http://127.0.0.1:8090",
		Daemons: []state.Daemon{
			daemon("market-data", "127.0.0.1:50055", "127.0.0.1:8085", 4711),
			daemon("exchange", "127.0.0.1:50054", "127.0.0.1:8084", 4712),
			daemon("custodian", "127.0.0.1:50053", "127.0.0.1:8083", 4713),
			daemon("audit", "127.0.0.1:50052", "127.0.0.1:8082", 4714),
		},
	}
}

func TestWelcomeTellsWhereEverythingIsAndWhatToTryNext(t *testing.T) {
	golden(t, "welcome.txt", welcome(sample(), Options{StateDir: state.DefaultDir, Fleet: "bin/fleet"}))
}

func TestWelcomeOfAnotherStateDirectoryShowsCommandsThatFindIt(t *testing.T) {
	assert.Equal(t, "bin/fleet status --state-dir /tmp/x", suggestions(sample(), "bin/fleet", "/tmp/x")[0])
}

func TestWelcomeForScriptsIsTheStateOnOneLine(t *testing.T) {
	text := welcome(sample(), Options{JSON: true})
	var read state.State
	require.NoError(t, json.Unmarshal([]byte(text), &read))
	assert.Equal(t, sample(), read)
}

func TestObituaryQuotesTheLastLines(t *testing.T) {
	golden(t, "obituary.txt", obituary(sample().Daemons[1], supervisor.Event{
		Kind: supervisor.Died, PID: 4712, Exit: "exit status 1", LastLines: []string{"opening the journal", "disk full"}, RestartIn: time.Second,
	}))
	assert.Equal(t, "exchange could not be started: permission denied\nexchange is started again in 2s",
		obituary(sample().Daemons[1], supervisor.Event{Kind: supervisor.Died, Exit: "permission denied", RestartIn: 2 * time.Second}))
}
