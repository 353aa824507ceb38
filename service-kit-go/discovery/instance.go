// Package discovery says who is alive and where. Each daemon writes itself into Redis (Registrar), everyone reads and watches
// the others (Directory), and gRPC channels follow the answers (Directory.Resolver). Redis is help, not a condition:
// while it is away the last good answers stay in use and nothing fails.
package discovery

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

const (
	// HeartbeatInterval is the time between two announcements of an instance, and between two re-readings of what is watched.
	HeartbeatInterval = 15 * time.Second
	// Expiry is how long an instance is remembered after its last heartbeat.
	Expiry = 45 * time.Second
	// WithdrawLimit bounds how long an instance tries to leave the fleet.
	WithdrawLimit = time.Second
	// Channel carries the logical name of whatever joined, left or changed its health.
	Channel = "fleet:changed"

	operationTimeout = 3 * time.Second // bound of one exchange with Redis
)

// Health of an instance as it states it itself.
type Health string

// The two states. Calls go to serving instances as long as there is one.
const (
	Serving    Health = "SERVING"
	NotServing Health = "NOT_SERVING"
)

// Instance is one running daemon. Addresses are host:port, times wall time in UTC.
type Instance struct {
	Name        string            `json:"name"` // logical name, e.g. "market-data"
	InstanceID  string            `json:"instance_id"`
	Version     string            `json:"version"`
	GRPCAddr    string            `json:"grpc_addr"` // empty for one that speaks HTTP only
	HTTPAddr    string            `json:"http_addr"`
	Health      Health            `json:"health"`
	StartedAt   time.Time         `json:"started_at"`
	HeartbeatAt time.Time         `json:"heartbeat_at"`
	Metadata    map[string]string `json:"metadata,omitempty"`
}

// decodeInstance reads what stands under the key of (name, id). Unknown fields are let through, so that a newer daemon can say
// more; what contradicts its key or has no address is an error.
func decodeInstance(name, id, text string) (Instance, error) {
	var found Instance
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		return Instance{}, fmt.Errorf("decode %s: %w", instanceKey(name, id), err)
	}
	if found.Name != name || found.InstanceID != id || found.GRPCAddr+found.HTTPAddr == "" {
		return Instance{}, fmt.Errorf("decode %s: holds name %q, instance_id %q, grpc_addr %q, http_addr %q",
			instanceKey(name, id), found.Name, found.InstanceID, found.GRPCAddr, found.HTTPAddr)
	}
	return found, nil
}

// same tells whether two states of an instance mean the same to a caller: heartbeats alone change nothing.
func (i Instance) same(other Instance) bool {
	i.HeartbeatAt = other.HeartbeatAt
	return reflect.DeepEqual(i, other)
}

func instanceKey(name, id string) string { return "fleet:instance:" + name + ":" + id }

func setKey(name string) string { return "fleet:instances:" + name }
