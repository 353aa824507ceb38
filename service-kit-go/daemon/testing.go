package daemon

import (
	"context"
	"net"
	"net/http"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// TB is the part of testing.TB that StartTest needs, so that a daemon's package does not pull the testing framework into
// its binary.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// TestDaemon is a daemon that runs within a test.
type TestDaemon struct {
	*Chassis
	Conn *grpc.ClientConn // to this daemon's gRPC side
	HTTP *http.Client     // to this daemon's HTTP side, whatever the host in the URL
	stop context.CancelFunc
	done chan error
}

// StartTest runs a daemon until the test ends, and returns once it serves. A daemon that cannot start, or ends with an
// error, fails the test.
func StartTest(t TB, chassis *Chassis, service Service) *TestDaemon {
	t.Helper()
	d := LaunchTest(t, chassis, service)
	select {
	case <-chassis.Serving():
	case err := <-d.done:
		d.done <- err
		t.Fatalf("%s ended before it served: %v", chassis.Name, err)
	}
	return d
}

// LaunchTest is StartTest for a daemon that may not become healthy: it returns once it is bound.
func LaunchTest(t TB, chassis *Chassis, service Service) *TestDaemon {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	d := &TestDaemon{Chassis: chassis, stop: stop, done: make(chan error, 1)}
	go func() { d.done <- chassis.Run(ctx, service) }()
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Errorf("%s ended with an error: %v", chassis.Name, err)
		}
	})
	select {
	case <-chassis.Bound():
	case err := <-d.done:
		d.done <- err
		t.Fatalf("%s could not bind: %v", chassis.Name, err)
	}
	network := chassis.options.Network
	conn, err := grpc.NewClient("passthrough:///"+chassis.GRPCAddr(),
		grpc.WithContextDialer(network.Dial), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatalf("make a client of %s: %v", chassis.Name, err)
	}
	d.Conn = conn
	d.HTTP = &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return network.Dial(ctx, chassis.HTTPAddr())
		},
	}}
	return d
}

// Stop asks the daemon to stop, waits until it has, and returns what Run returned. It may be called more than once.
func (d *TestDaemon) Stop() error {
	d.stop()
	err := <-d.done
	d.done <- err
	if d.Conn != nil {
		_ = d.Conn.Close() // fails only when it is closed already
	}
	return err
}
