package settings

// What -health does: a container asks the daemon inside it how it is, without a shell or a client of its own.

import (
	"context"
	"fmt"
	"time"

	"github.com/alecthomas/kong"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// HealthPatience is how long -health waits for an answer.
const HealthPatience = 3 * time.Second

// AfterApply implements kong's hook: with Health set it asks the daemon that runs with these settings, and exits with the answer.
func (c Common) AfterApply(app *kong.Kong) error {
	if c.Health {
		ExitWithHealth(app, c.askHealth)
	}
	return nil
}

// ExitWithHealth ends a program that was called to ask for the health of another one: with 0 when it serves, else with 1 and a line
// that says why not.
func ExitWithHealth(app *kong.Kong, ask func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), HealthPatience)
	defer cancel()
	if err := ask(ctx); err != nil {
		fmt.Fprintf(app.Stderr, "%s: not healthy: %v\n", app.Model.Name, err)
		app.Exit(ExitFailure)
		return
	}
	fmt.Fprintln(app.Stdout, "healthy")
	app.Exit(ExitOK)
}

func (c Common) askHealth(ctx context.Context) error {
	address := Local(c.GRPCAddr)
	channel, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer func() { _ = channel.Close() }()
	answer, err := healthpb.NewHealthClient(channel).Check(ctx, &healthpb.HealthCheckRequest{})
	if err == nil && answer.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		err = fmt.Errorf("it says %s", answer.GetStatus())
	}
	if err != nil {
		return fmt.Errorf("ask %s: %w", address, err)
	}
	return nil
}
