package launcher

// Starting goes from what is leaned on to what leans on it: Redis, the configuration server, the daemons. Stopping goes the other way
// round.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/trading-ecosystem/fleet/internal/configserver"
	"github.com/trading-ecosystem/fleet/internal/document"
	"github.com/trading-ecosystem/fleet/internal/process"
	"github.com/trading-ecosystem/fleet/internal/redisserver"
	"github.com/trading-ecosystem/fleet/internal/roster"
	"github.com/trading-ecosystem/fleet/internal/state"
	"github.com/trading-ecosystem/fleet/internal/supervisor"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// All of it stops within ten seconds: the daemons, which may need nine themselves, then what they lean on.
const (
	daemonGrace = 9 * time.Second
	redisGrace  = 500 * time.Millisecond
)

const logCheckInterval = time.Minute // how often logs are looked at for their size

// run starts everything, keeps it, and stops it when asked.
func (l *launch) run(stop, kill context.Context) error {
	if err := l.keepOldLogs(); err != nil {
		return err
	}
	redisStore, err := openRedis(stop, l.options, l.redis, l.crew)
	if err != nil {
		return err
	}
	l.around.redisURL = redisStore.url
	l.crew.found(redisStore)
	return alongside(stop, func(ctx context.Context) error {
		killRedis, release := following(ctx, kill, redisGrace)
		defer release()
		redisStore.keep(ctx, killRedis)
		return nil
	}, func(stop context.Context) error { return l.configure(stop, kill) })
}

// configure runs the configuration server, and the daemons while it runs.
func (l *launch) configure(stop, kill context.Context) error {
	limited, cancel := context.WithTimeout(stop, redisStart)
	defer cancel()
	if err := awaitRedis(limited, l.around.redisURL); err != nil {
		return err
	}
	log, err := os.OpenFile(state.LogFile(l.options.StateDir, roster.Config.Name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("log of the configuration server: %w", err)
	}
	defer func() { _ = log.Close() }()
	logger, err := telemetry.NewLogger(log, roster.Config.Name, l.options.LogLevel, l.options.LogFormat)
	if err != nil {
		return err
	}
	client, err := redisserver.Connect(l.around.redisURL)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	library := document.NewLibrary(l.options.ConfigDir, l.options.Defaults)
	server, err := configserver.New(configserver.Options{Library: library, Redis: client, Log: logger})
	if err != nil {
		return err
	}
	return alongside(stop, func(ctx context.Context) error { return server.Serve(ctx, l.config.Listener()) },
		func(stop context.Context) error { return alongside(stop, l.cutLogs, l.sail(kill)) })
}

// sail keeps the daemons until stop ends, and returns when the last has ended.
func (l *launch) sail(kill context.Context) func(stop context.Context) error {
	return func(stop context.Context) error {
		killDaemons, release := following(stop, kill, daemonGrace)
		defer release()
		var daemons sync.WaitGroup
		for _, berth := range l.berths {
			daemons.Go(func() { supervisor.Run(stop, killDaemons, berth.job(stop)) })
		}
		if l.crew.awaitAll(stop) == nil {
			if _, err := fmt.Fprint(l.options.Out, welcome(l.crew.snapshot(), l.options)); err != nil {
				l.crew.say("cannot print where everything is: %v", err)
			}
			<-stop.Done()
		}
		l.crew.say("stopping: the daemons drain (Ctrl-C again kills them)")
		daemons.Wait()
		if kill.Err() != nil {
			return errors.New("killed before everything had drained")
		}
		l.crew.say("stopped")
		return nil
	}
}

// alongside runs the background while the body runs, ends it after the body, and waits for it. When the background ends first, the
// body's context does too.
func alongside(ctx context.Context, background, body func(context.Context) error) error {
	lifetime, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	whileItRuns, stopBody := context.WithCancel(ctx)
	defer stopBody()
	ended := make(chan error, 1)
	go func() {
		ended <- background(lifetime)
		stopBody()
	}()
	err := body(whileItRuns)
	end()
	return errors.Join(err, <-ended)
}

// following returns a context that ends a grace after stop has ended, or with kill.
func following(stop, kill context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(kill)
	context.AfterFunc(stop, func() { time.AfterFunc(grace, cancel) })
	return ctx, cancel
}

// logs lists the files that grow while the fleet runs.
func (l *launch) logs() []string {
	paths := []string{
		state.LogFile(l.options.StateDir, redisLabel), state.LogFile(l.options.StateDir, roster.Config.Name),
	}
	for _, daemon := range l.crew.snapshot().Daemons {
		paths = append(paths, daemon.Log)
	}
	return paths
}

func (l *launch) keepOldLogs() error {
	if err := os.MkdirAll(filepath.Join(l.options.StateDir, "log"), 0o755); err != nil {
		return fmt.Errorf("make the log directory: %w", err)
	}
	for _, path := range l.logs() {
		if err := process.KeepOld(path); err != nil {
			return err
		}
	}
	return nil
}

// cutLogs keeps the logs from growing without bound, until ctx ends.
func (l *launch) cutLogs(ctx context.Context) error {
	ticker := time.NewTicker(logCheckInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			for _, path := range l.logs() {
				if err := process.CutLog(path, process.MaxLogBytes); err != nil {
					l.crew.say("%v", err)
				}
			}
		}
	}
}

// found notes the Redis of the fleet and says which it is.
func (c *crew) found(redisStore store) {
	c.mu.Lock()
	c.current.Redis, c.current.RedisURL = string(redisStore.kind), redisStore.url
	c.save()
	c.mu.Unlock()
	c.say("%s", redisserver.Describe(redisStore.kind, redisStore.url))
	c.say("configuration: %s; logs: %s", c.current.ConfigURL, filepath.Join(c.stateDir, "log"))
}
