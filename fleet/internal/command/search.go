package command

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/fleet/internal/whereabouts"
	"github.com/trading-ecosystem/service-kit-go/discovery"
)

// Search finds the fleet that a command is about.
type Search struct {
	Place
	RedisURL string `name:"redis-url" env:"REDIS_URL" help:"Redis of a fleet that was not started here."`
}

// found is a fleet and how to look names up in it.
type found struct {
	whereabouts.Fleet
	directory *discovery.Directory
	close     func()
}

func (s Search) find() (found, error) {
	fleet, err := whereabouts.Find(s.StateDir, s.RedisURL, os.Getenv)
	if err != nil {
		return found{}, err
	}
	silent := logrus.New() // what matters is told by the command itself
	silent.SetOutput(io.Discard)
	directory, closeRedis, err := fleet.Open(silent)
	if err != nil {
		return found{}, err
	}
	return found{Fleet: fleet, directory: directory, close: closeRedis}, nil
}

// instances looks a name up.
func (f found) instances(ctx context.Context, name string) ([]discovery.Instance, error) {
	return f.Instances(ctx, f.directory, name)
}

// nothingThere is the error of a fleet that cannot be found.
func (f found) nothingThere(what string) error {
	return fmt.Errorf("%s; looked %s: start a fleet with `fleet up`, or say where it is with --state-dir or REDIS_URL", what, f.Found)
}
