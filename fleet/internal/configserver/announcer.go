package configserver

// Clients keep documents for minutes, so a change is announced on Redis. Files are polled, not watched: that works the same on
// every file system, mounted volumes included.

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/fleet/internal/document"
	"github.com/trading-ecosystem/service-kit-go/remoteconfig"
)

// PollInterval is how often the files are looked at.
const PollInterval = time.Second

const publishLimit = time.Second // how long one announcement may take

// announcer publishes the names of documents that change.
type announcer struct {
	library *document.Library
	redis   redis.UniversalClient
	log     logrus.FieldLogger
	changes prometheus.Counter
	known   map[string]string // ETag last announced, by document
	broken  map[string]string // complaint last logged, by document
}

func newAnnouncer(library *document.Library, rdb redis.UniversalClient, log logrus.FieldLogger, registry prometheus.Registerer) *announcer {
	a := &announcer{
		library: library, redis: rdb, log: log, known: map[string]string{}, broken: map[string]string{},
		changes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "config_changes_total", Help: "Changes of configuration documents that were announced.",
		}),
	}
	registry.MustRegister(a.changes)
	return a
}

// run polls until ctx ends, which is its only end.
func (a *announcer) run(ctx context.Context) error {
	a.poll(ctx, false)
	ticker := time.NewTicker(PollInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			a.poll(ctx, true)
		}
	}
}

// poll looks at all documents. What is announced is what is served: a document that is broken has not changed yet. One that could not
// be announced is tried again at the next poll.
func (a *announcer) poll(ctx context.Context, announce bool) {
	seen := map[string]bool{}
	for _, name := range a.library.Names() {
		seen[name] = true
		a.complain(name)
		found, err := a.library.Get(name)
		if err != nil || a.known[name] == found.ETag {
			continue
		}
		if !announce || a.publish(ctx, name, found.Source) {
			a.known[name] = found.ETag
		}
	}
	for name := range a.known {
		if !seen[name] && a.publish(ctx, name, "removed") {
			delete(a.known, name)
		}
	}
}

func (a *announcer) publish(ctx context.Context, name, source string) bool {
	if a.redis != nil {
		limited, cancel := context.WithTimeout(ctx, publishLimit)
		defer cancel()
		if err := a.redis.Publish(limited, remoteconfig.Channel, name).Err(); err != nil {
			return false
		}
	}
	a.changes.Inc()
	a.log.WithField("document", name).WithField("source", source).Info("configuration document changed")
	return true
}

// complain logs once what is wrong with a file.
func (a *announcer) complain(name string) {
	text := ""
	if err := a.library.Broken(name); err != nil {
		text = err.Error()
	}
	if text != "" && a.broken[name] != text {
		a.log.WithField("document", name).WithField("error", text).Warn("document is broken: the last good version stays in use")
	}
	a.broken[name] = text
}
