package exchangesim

import (
	"io/fs"
	"testing/fstest"

	"github.com/sirupsen/logrus"

	documents "github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// StartTest runs the daemon on free loopback ports until the test ends, and returns once it serves. Adjust may change its
// settings and options first; documents are those shipped unless the options bring others. Without DATA_DIR the journal lies in memory.
func StartTest(t daemon.TB, adjust ...func(*Config, *daemon.Options)) *daemon.TestDaemon {
	t.Helper()
	config, options := Config{Common: settings.FreePorts()}, daemon.Options{}
	for _, change := range adjust {
		change(&config, &options)
	}
	place := dataDirectory
	if config.DataDir == "" {
		place = func(Config, logrus.FieldLogger) (ground, error) { return inMemory(), nil }
	}
	s, err := newOn(config, options, place)
	if err != nil {
		t.Fatalf("make %s: %v", Name, err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close %s: %v", Name, err)
		}
	})
	return daemon.StartTest(t, s.Chassis, s.Service())
}

// Documents returns the shipped configuration documents with some replaced (or added), by name, e.g. "fees": for
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
