package exchangesim

// Where the journal lies, and how it is opened.

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

// consumers are those that the journal keeps events for.
var consumers = []string{records.History, records.Settlement, records.Audit}

// ground is where a journal lies.
type ground struct {
	data         journal.Directory // for what lies beside the journal
	directory    journal.Directory // of the journal
	segmentBytes int64             // 0 is the journal's default
	leave        func() error      // gives it back, after the journal was closed
}

func stay() error { return nil }

// dataDirectory is the ground of a daemon: in DATA_DIR, or without one in a folder that goes with the daemon.
func dataDirectory(config Config, log logrus.FieldLogger) (ground, error) {
	place := ground{leave: stay}
	path := config.DataDir
	if path == "" {
		var err error
		if path, err = os.MkdirTemp("", "exchange-simulator-"); err != nil {
			return place, fmt.Errorf("make a folder for the journal, because DATA_DIR is not set: %w (set DATA_DIR)", err)
		}
		log.WithField("folder", path).Warn("DATA_DIR is not set: orders, accounts and trades are gone when the daemon ends")
		place.leave = func() error { return os.RemoveAll(path) }
	}
	var badData, badJournal error
	place.data, badData = journal.Dir(path)
	place.directory, badJournal = journal.Dir(filepath.Join(path, records.Folder))
	if err := cmp.Or(badData, badJournal); err != nil {
		return place, fmt.Errorf("DATA_DIR is %q: %w", path, err)
	}
	return place, nil
}

// inMemory is the ground of a test that keeps nothing.
func inMemory() ground {
	disk := memdisk.New()
	return ground{data: disk, directory: disk, segmentBytes: 1 << 20, leave: stay}
}

// open opens the journal and replays what came after its snapshot.
func (s *Simulator) open(place ground) (err error) {
	began := time.Now()
	s.state = records.NewState()
	s.machine, err = journal.Open(records.Options{
		Directory: place.directory, State: s.state, Codec: records.Codec{}, Version: records.Version, Clock: s.now, Consumers: consumers,
		SegmentBytes: place.segmentBytes,
	})
	if err != nil {
		return fmt.Errorf("open the journal in DATA_DIR %q: %w", s.config.DataDir, err)
	}
	found, stats := s.machine.Recovery(), s.machine.Stats()
	s.Log.WithFields(logrus.Fields{
		"journal": s.journalID(), "commands": stats.Commands, "events": stats.Events, "snapshot": found.Snapshot, "replayed": found.Replayed,
		"rebuilt_events": found.Rebuilt, "torn_bytes": found.TornBytes, "skipped_snapshots": found.Skipped, "took": time.Since(began).String(),
	}).Info("journal opened")
	return nil
}

// now is the clock of the journal.
func (s *Simulator) now() (wall, business time.Time) {
	wall = time.Now()
	return wall, s.clock.Business(wall)
}
