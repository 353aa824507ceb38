// Package kittest runs daemons in a test: on a network in memory, so that whole fleets live in one synctest bubble under
// virtual time, without sockets, and with a check that nothing is left running.
package kittest

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"

	"google.golang.org/grpc/test/bufconn"
)

// bufferSize is how much a connection holds before its writer waits, in bytes.
const bufferSize = 256 << 10

// firstPort is the first port that a listener on port 0 gets.
const firstPort = 40_000

// Network is a network in memory. It implements daemon.Network. The zero value is not ready: use NewNetwork.
type Network struct {
	mu      sync.Mutex
	next    int
	dialers map[string]func(context.Context) (net.Conn, error) // by address
	cut     map[string]bool
	open    map[string][]net.Conn // connections that were dialled to an address
}

// NewNetwork makes a network on which nobody listens.
func NewNetwork() *Network {
	return &Network{
		next: firstPort, dialers: map[string]func(context.Context) (net.Conn, error){},
		cut: map[string]bool{}, open: map[string][]net.Conn{},
	}
}

// Listen implements daemon.Network. Port 0 takes the next free one; a port in use is an error, as on a real network.
func (n *Network) Listen(_ context.Context, address string) (net.Listener, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, fmt.Errorf("port of %s: %w", address, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if port == 0 {
		port, n.next = n.next, n.next+1
	}
	bound := &net.TCPAddr{IP: net.ParseIP(host), Port: port}
	if _, taken := n.dialers[bound.String()]; taken {
		return nil, fmt.Errorf("listen %s: address already in use", bound)
	}
	socket := bufconn.Listen(bufferSize)
	n.dialers[bound.String()] = socket.DialContext
	return &listener{Listener: socket, network: n, address: bound}, nil
}

// Dial implements daemon.Network.
func (n *Network) Dial(ctx context.Context, address string) (net.Conn, error) {
	n.mu.Lock()
	dial, refused := n.dialers[address], n.cut[address]
	n.mu.Unlock()
	if dial == nil || refused {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("%s: connection refused", address)}
	}
	conn, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.open[address] = append(n.open[address], conn)
	return conn, nil
}

// Serve makes an address answer by a function, for servers that bring their own connections, such as miniredis.
func (n *Network) Serve(address string, dial func() (net.Conn, error)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dialers[address] = func(context.Context) (net.Conn, error) { return dial() }
}

// Cut breaks every connection to an address and refuses new ones: seen from outside, who listens there is dead.
func (n *Network) Cut(address string) {
	n.mu.Lock()
	broken := n.open[address]
	n.cut[address] = true
	delete(n.open, address)
	n.mu.Unlock()
	for _, conn := range broken {
		_ = conn.Close() // its owner may have closed it already
	}
}

// Heal lets connections to an address through again.
func (n *Network) Heal(address string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.cut, address)
}

// listener is a bufconn listener with an address of its own.
type listener struct {
	*bufconn.Listener
	network *Network
	address *net.TCPAddr
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return l.address }

// Close implements net.Listener; the port is free again.
func (l *listener) Close() error {
	l.network.mu.Lock()
	delete(l.network.dialers, l.address.String())
	l.network.mu.Unlock()
	return l.Listener.Close()
}
