// Package port claims the ports that the fleet wants before anything is started, so that a taken one is a one-line error and
// not a daemon that dies a second later.
package port

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// Want is an address that is to be bound, and the setting with which one chooses another.
type Want struct {
	Purpose string // what it is for, e.g. "gRPC of market-data"
	Address string // host:port; port 0 takes any free one
	Setting string // e.g. "--grpc market-data=HOST:PORT"
}

// TakenError says that a wanted port is in use, by whom if that can be found out, and how to choose another.
type TakenError struct {
	Want
	Owner *Owner // nil when unknown
	More  int    // how many other wanted ports are taken too
}

// Error gives one line.
func (e *TakenError) Error() string {
	owner := "another process"
	if e.Owner != nil {
		owner = e.Owner.String()
	}
	more := ""
	if e.More > 0 {
		more = fmt.Sprintf(" (%d more of the wanted ports are taken too)", e.More)
	}
	_, port, _ := net.SplitHostPort(e.Address)
	return fmt.Sprintf("port %s (%s, %s) is taken by %s%s: end that process, or choose another port with %s or --free-ports",
		port, e.Purpose, e.Address, owner, more, e.Setting)
}

// Claim holds an address by listening on it. Release it right before its owner-to-be binds.
type Claim struct {
	Want
	listener net.Listener
}

// Take claims one address.
func Take(ctx context.Context, want Want) (*Claim, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", want.Address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, taken(want)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot bind %q: %w (%s)", want.Purpose, want.Address, err, want.Setting)
	}
	return &Claim{Want: want, listener: listener}, nil
}

func taken(want Want) *TakenError {
	failure := &TakenError{Want: want}
	if owner, known := OwnerOf(want.Address); known {
		failure.Owner = &owner
	}
	return failure
}

// TakeAll claims all addresses, in their order, or none. When several are taken the error tells of the first.
func TakeAll(ctx context.Context, wants []Want) ([]*Claim, error) {
	var claims []*Claim
	var failure error
	more := 0
	for _, want := range wants {
		claim, err := Take(ctx, want)
		switch {
		case err == nil:
			claims = append(claims, claim)
		case failure == nil:
			failure = err
		default:
			more++
		}
	}
	if failure == nil {
		return claims, nil
	}
	for _, claim := range claims {
		claim.Release()
	}
	var first *TakenError
	if errors.As(failure, &first) {
		first.More = more
	}
	return nil, failure
}

// Address returns host:port with the port that was bound.
func (c *Claim) Address() string { return c.listener.Addr().String() }

// Listener hands the claim over to someone in this process, who then closes it.
func (c *Claim) Listener() net.Listener { return c.listener }

// Release gives the address up. It may be called more than once.
func (c *Claim) Release() { _ = c.listener.Close() }
