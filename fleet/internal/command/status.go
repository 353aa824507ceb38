package command

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/alecthomas/kong"

	"github.com/trading-ecosystem/fleet/internal/status"
)

// Status shows who is in the fleet.
type Status struct {
	Search
	JSON bool `name:"json" help:"Print one JSON object."`
}

// errUnhealthy makes the exit code of a status with a flaw 1, so that scripts can wait for a healthy fleet.
var errUnhealthy = errors.New("not everything is healthy")

// Run implements kong's command.
func (s *Status) Run(ctx context.Context, app *kong.Context) error {
	fleet, err := s.find()
	if err != nil {
		return err
	}
	defer fleet.close()
	transport := &http.Transport{DisableKeepAlives: true}
	rows, err := status.Gather(ctx, fleet.instances, &http.Client{Transport: transport})
	if err != nil {
		fmt.Fprintf(app.Stderr, "fleet: discovery does not answer: %v\n", err)
	}
	if s.JSON {
		err = printJSON(app.Stdout, map[string]any{"found": fleet.Found, "instances": rows})
	} else {
		_, err = fmt.Fprint(app.Stdout, status.Table(rows))
	}
	switch {
	case err != nil:
		return err
	case !slices.ContainsFunc(rows, func(row status.Row) bool { return row.Healthy }):
		return fleet.nothingThere("nobody answers")
	case slices.ContainsFunc(rows, func(row status.Row) bool { return !row.Healthy }):
		return errUnhealthy
	}
	return nil
}
