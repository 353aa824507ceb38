// Package probe asks a daemon whether it serves.
package probe

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

const (
	checkTimeout  = time.Second           // how long one answer may take
	checkInterval = 50 * time.Millisecond // pause between two questions of Await
)

// quick lets a channel notice soon that a daemon which is only just starting listens now.
var quick = grpc.WithConnectParams(grpc.ConnectParams{
	Backoff:           backoff.Config{BaseDelay: checkInterval, Multiplier: 1.5, MaxDelay: 500 * time.Millisecond},
	MinConnectTimeout: checkTimeout,
})

// Check asks the daemon at host:port once. Nil means that the service is SERVING; else the error says what it is.
func Check(ctx context.Context, address, service string) error {
	channel, err := dial(address)
	if err != nil {
		return err
	}
	defer func() { _ = channel.Close() }()
	return check(ctx, channel, service)
}

// Await asks until the service is SERVING, and hands each failure to note. It returns an error only when ctx ended.
func Await(ctx context.Context, address, service string, note func(error)) error {
	channel, err := dial(address)
	if err != nil {
		return err
	}
	defer func() { _ = channel.Close() }()
	ticker := time.NewTicker(checkInterval)
	defer ticker.Stop()
	for {
		err := check(ctx, channel, service)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		note(err)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Ready asks the HTTP server at host:port once. Nil means that it is ready; else the error says what it is.
func Ready(ctx context.Context, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("address %q: %w", address, err)
	}
	response, err := (&http.Client{}).Do(request)
	if err != nil {
		return err // which names the address
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s says %s", request.URL, response.Status)
	}
	return nil
}

func dial(address string) (*grpc.ClientConn, error) {
	channel, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()), quick)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", address, err)
	}
	return channel, nil
}

func check(ctx context.Context, channel *grpc.ClientConn, service string) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	answer, err := healthpb.NewHealthClient(channel).Check(ctx, &healthpb.HealthCheckRequest{Service: service})
	if err != nil {
		return fmt.Errorf("%s: %s", status.Code(err), Reason(err))
	}
	if answer.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		return fmt.Errorf("it says %s", answer.GetStatus())
	}
	return nil
}

// dialling is what gRPC wraps around the reason why it has no connection.
var dialling = regexp.MustCompile(`^connection error: desc = "transport: (?:Error while dialing: )?(.*)"$`)

// Reason is the message of a status, without what gRPC wraps around a connection that failed.
func Reason(err error) string {
	message := status.Convert(err).Message()
	if inner := dialling.FindStringSubmatch(message); inner != nil {
		return inner[1]
	}
	return message
}

// NotSent tells of a call that failed for want of a connection, so that the daemon has certainly not acted on it.
func NotSent(err error) bool { return dialling.MatchString(status.Convert(err).Message()) }
