package marketdatasim

import (
	"io/fs"
	"testing/fstest"
	"time"

	documents "github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// virtualClock is the clock document of a test under virtual time, which begins in the year 2000, before there are
// prices: its business time begins a month after their epoch.
const virtualClock = `{"wall_anchor": "2000-01-01T00:00:00Z", "business_anchor": "2026-02-01T00:00:00Z", "scale": 1}`

// StartTest runs the daemon on free loopback ports until the test ends, and returns once it serves. Adjust may change its
// settings and options first; documents are those shipped unless the options bring others.
func StartTest(t daemon.TB, adjust ...func(*Config, *daemon.Options)) *daemon.TestDaemon {
	t.Helper()
	config, options := Config{Common: settings.FreePorts()}, daemon.Options{}
	for _, change := range adjust {
		change(&config, &options)
	}
	if options.Defaults == nil && time.Now().Before(path.Epoch) {
		options.Defaults = Documents(map[string]string{"clock": virtualClock})
	}
	s, err := New(config, options)
	if err != nil {
		t.Fatalf("make %s: %v", Name, err)
	}
	return daemon.StartTest(t, s.Chassis, s.Service())
}

// Documents returns the shipped configuration documents with some replaced (or added), by name, e.g. "clock": for
// daemon.Options.Defaults in a test.
func Documents(replaced map[string]string) fs.FS {
	all := fstest.MapFS{}
	shipped, err := fs.Glob(documents.Documents, "*.json")
	if err != nil {
		panic(err) // only a malformed pattern
	}
	for _, name := range shipped {
		content, err := fs.ReadFile(documents.Documents, name)
		if err != nil {
			panic(err) // it is embedded
		}
		all[name] = &fstest.MapFile{Data: content}
	}
	for name, content := range replaced {
		all[name+".json"] = &fstest.MapFile{Data: []byte(content)}
	}
	return all
}
