package marketdatasim_test

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/trading-ecosystem/service-kit-go/kittest"
)

// partition is a network that one replica can be cut off from Redis on, while others reach it.
type partition struct {
	*kittest.Network
	mu    sync.Mutex
	apart bool
	open  []net.Conn
}

// Dial implements daemon.Network.
func (p *partition) Dial(ctx context.Context, address string) (net.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.apart && address == kittest.RedisAddress {
		return nil, errors.New("connection refused: partitioned")
	}
	conn, err := p.Network.Dial(ctx, address)
	if err == nil && address == kittest.RedisAddress {
		p.open = append(p.open, conn)
	}
	return conn, err
}

func (p *partition) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.apart = true
	for _, conn := range p.open {
		_ = conn.Close() // the daemon may have closed it already
	}
	p.open = nil
}

func (p *partition) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.apart = false
}
