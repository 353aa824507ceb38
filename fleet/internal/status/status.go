// Package status tells who is registered in the fleet, where, and whether it is healthy or why not.
package status

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trading-ecosystem/fleet/internal/probe"
	"github.com/trading-ecosystem/fleet/internal/roster"
	"github.com/trading-ecosystem/service-kit-go/discovery"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/httpserver"
)

// patience bounds the wait for one answer.
const patience = 3 * time.Second

// Row is one instance, or a name under which there is none.
type Row struct {
	Name       string    `json:"name"`
	InstanceID string    `json:"instance_id,omitempty"`
	Version    string    `json:"version,omitempty"`
	GRPCAddr   string    `json:"grpc_addr,omitempty"`
	HTTPAddr   string    `json:"http_addr,omitempty"`
	Registered bool      `json:"registered"` // in discovery
	Healthy    bool      `json:"healthy"`
	Detail     string    `json:"detail,omitempty"` // why it is not healthy, or what it does without
	Since      time.Time `json:"since,omitzero"`   // in this state since, wall time, UTC
}

// Lookup lists the instances of a name. Those without an instance id are only supposed to be there.
type Lookup func(ctx context.Context, name string) ([]discovery.Instance, error)

// Gather asks everybody at once. Names that the fleet is made of have a row in any case, guests when they are registered. The error
// says that discovery did not answer; the rows are then what could be found without it.
func Gather(ctx context.Context, lookup Lookup, client *http.Client) ([]Row, error) {
	var rows []Row
	var failure error
	expected := append(roster.DaemonNames(), roster.Config.Name)
	for index, name := range append(expected, roster.Guests()...) {
		found, err := lookup(ctx, name)
		failure = errors.Join(failure, err)
		if len(found) == 0 && index < len(expected) {
			found = []discovery.Instance{{Name: name}}
		}
		for _, instance := range found {
			rows = append(rows, Row{
				Name: name, InstanceID: instance.InstanceID, Version: instance.Version, GRPCAddr: instance.GRPCAddr,
				HTTPAddr: instance.HTTPAddr, Registered: instance.InstanceID != "", Since: instance.StartedAt,
			})
		}
	}
	var group errgroup.Group
	for index := range rows {
		group.Go(func() error {
			ask(ctx, client, &rows[index])
			return nil
		})
	}
	err := errors.Join(failure, group.Wait())
	return once(rows), err
}

// once leaves out what is listed twice: a daemon that died and was started again at its address answers for the registration
// of its former life too, until that expires.
func once(rows []Row) []Row {
	seen := map[string]bool{}
	return slices.DeleteFunc(rows, func(row Row) bool {
		again := row.InstanceID != "" && seen[row.InstanceID]
		seen[row.InstanceID] = true
		return again
	})
}

// ask fills in what an instance says of itself.
func ask(ctx context.Context, client *http.Client, row *Row) {
	if row.GRPCAddr == "" && row.HTTPAddr == "" {
		row.Detail = "not registered"
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if row.HTTPAddr == "" {
		if err := probe.Check(ctx, row.GRPCAddr, row.Name); err != nil {
			row.Detail = "no answer over gRPC: " + err.Error()
			return
		}
		row.Healthy = true
		return
	}
	readiness, err := readyz(ctx, client, row.HTTPAddr)
	if err != nil {
		row.Detail = "no answer: " + err.Error()
		return
	}
	if readiness.Name != row.Name {
		row.Detail = fmt.Sprintf("somebody else answers there: %q", readiness.Name)
		return
	}
	row.InstanceID, row.Version, row.Since = readiness.InstanceID, readiness.Version, readiness.Since
	row.Healthy, row.Detail = readiness.Ready, explain(readiness)
	if !row.Registered && row.Detail == "" {
		row.Detail = "not registered"
	}
}

func readyz(ctx context.Context, client *http.Client, address string) (readiness httpserver.Readiness, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", http.NoBody)
	if err != nil {
		return readiness, err
	}
	response, err := client.Do(request)
	if err != nil {
		var wrapped *url.Error // says the URL again
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return readiness, err
	}
	defer func() { _ = response.Body.Close() }()
	if err := json.NewDecoder(response.Body).Decode(&readiness); err != nil {
		return readiness, fmt.Errorf("/readyz is not what a daemon says (HTTP %d): %w", response.StatusCode, err)
	}
	return readiness, nil
}

// explain names what is wrong: the reason of one that is not ready, else each dependency that it does without.
func explain(readiness httpserver.Readiness) string {
	if !readiness.Ready {
		if readiness.Reason != "" {
			return readiness.Reason
		}
		return "it says that it is not ready, without a reason"
	}
	var lacking []string
	for _, dependency := range readiness.Dependencies {
		if dependency.State != health.Up {
			lacking = append(lacking, fmt.Sprintf("%s is %s: %s", dependency.Name, dependency.State, dependency.LastError))
		}
	}
	return strings.Join(lacking, "; ")
}
