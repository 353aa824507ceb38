package launcher

// What has to hold before anything is started: nobody else runs here, everything is built, every port is to be had.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/trading-ecosystem/fleet/internal/port"
	"github.com/trading-ecosystem/fleet/internal/roster"
	"github.com/trading-ecosystem/fleet/internal/state"
)

// launch is one run of a fleet.
type launch struct {
	options Options
	crew    *crew
	berths  []*berth
	config  *port.Claim
	redis   *port.Claim
	around  surroundings
}

// Run runs a fleet until stop ends, then drains and stops it; when kill ends everything is killed at once. The error says why the
// fleet could not be started, or not be kept.
func Run(stop, kill context.Context, options Options) error {
	lock, err := state.Acquire(options.StateDir)
	if err != nil {
		return err
	}
	defer lock.Release()
	if err := checkBinaries(options.BinDir); err != nil {
		return err
	}
	fleet, err := prepare(stop, options)
	if err != nil {
		return err
	}
	defer fleet.release()
	err = fleet.run(stop, kill)
	return errors.Join(err, state.Remove(options.StateDir))
}

// checkBinaries makes sure that everything is built before anything is started.
func checkBinaries(dir string) error {
	for _, member := range roster.Daemons() {
		path := filepath.Join(dir, member.Binary)
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			return fmt.Errorf("%s is not there: build the daemons with `make build`", path)
		}
	}
	return nil
}

// prepare claims every port that is wanted; nothing runs yet.
func prepare(ctx context.Context, options Options) (*launch, error) {
	stateDir, err := filepath.Abs(options.StateDir)
	if err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	placements := plan(options)
	wants := []port.Want{planConfig(options), planRedis(options)}
	for _, placed := range placements {
		wants = append(wants, placed.grpc, placed.http)
	}
	claims, err := port.TakeAll(ctx, wants)
	if err != nil {
		return nil, err
	}
	fleet := &launch{options: options, config: claims[0], redis: claims[1]}
	current := state.State{PID: os.Getpid(), StartedAt: time.Now().UTC(), ConfigURL: "http://" + fleet.config.Address()}
	peers := map[string]string{}
	for index, placed := range placements {
		grpcAt, httpAt := claims[2+2*index], claims[3+2*index]
		current.Daemons = append(current.Daemons, state.Daemon{
			Name: placed.member.Name, Label: placed.label, GRPCAddr: grpcAt.Address(), HTTPAddr: httpAt.Address(),
			Log: state.LogFile(options.StateDir, placed.label),
		})
		if _, taken := peers[placed.member.Name]; !taken {
			peers[placed.member.Name] = grpcAt.Address()
		}
		fleet.berths = append(fleet.berths, &berth{
			index: index, placement: placed, grpc: grpcAt, http: httpAt, around: &fleet.around, inherited: options.Env,
			binary: filepath.Join(options.BinDir, placed.member.Binary),
		})
	}
	fleet.crew = newCrew(options.StateDir, current, options.Err)
	fleet.around = surroundings{
		stateDir: stateDir, configURL: current.ConfigURL, peers: peers,
		seed: options.Seed, logLevel: options.LogLevel, logFormat: options.LogFormat,
	}
	for _, berth := range fleet.berths {
		berth.crew = fleet.crew
	}
	return fleet, nil
}

// release gives up the ports that nobody has taken over.
func (l *launch) release() {
	l.config.Release()
	l.redis.Release()
	for _, berth := range l.berths {
		berth.grpc.Release()
		berth.http.Release()
	}
}
