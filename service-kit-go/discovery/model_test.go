package discovery_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/service-kit-go/discovery"
)

// model is what a fleet looks like to somebody who believes every promise: who lives is there, who withdrew is not, and who
// died stays until its key runs out.
type model struct {
	*house
	alive   map[string]alive
	expires map[string]time.Time // of those who died
}

type alive struct {
	member
	announced time.Time // the heartbeats count from here
}

func (m *model) present() string {
	var names []string
	for id := range m.alive {
		names = append(names, id)
	}
	for id, at := range m.expires {
		if time.Now().Before(at) {
			names = append(names, id)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// lastHeartbeat is the latest multiple of the interval since the instance was announced.
func (a alive) lastHeartbeat() time.Time {
	return time.Now().Add(-time.Since(a.announced) % discovery.HeartbeatInterval)
}

func TestAFleetLooksAsItsRegistrationsWithdrawalsAndDeathsSay(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		client := h.client()
		// In a bubble a test must not be asked for its deadline, which rapid does when it sees a *testing.T.
		rapid.Check(struct{ testing.TB }{t}, func(r *rapid.T) { h.live(r, client) })
	})
}

// live makes a random life of a fleet; everything happens half a second off the whole seconds in which Redis expires keys.
func (h *house) live(r *rapid.T, client redis.UniversalClient) {
	h.redis.FlushAll()
	m := &model{house: h, alive: map[string]alive{}, expires: map[string]time.Time{}}
	directory := discovery.NewDirectory(client, quiet(h.t), nil)
	stop := background(h.t, directory.Run)
	defer stop()
	seen, unwatch := watch(directory, "market-data")
	defer unwatch()
	id := rapid.SampledFrom([]string{"a", "b", "c"})
	after(time.Until(time.Now().Truncate(time.Second).Add(1500 * time.Millisecond)))
	r.Repeat(map[string]func(*rapid.T){
		"register": func(r *rapid.T) { m.register(id.Draw(r, "id")) },
		"withdraw": func(r *rapid.T) { m.withdraw(id.Draw(r, "id")) },
		"die":      func(r *rapid.T) { m.die(id.Draw(r, "id")) },
		"wait":     func(r *rapid.T) { after(time.Duration(rapid.IntRange(1, 60).Draw(r, "seconds")) * time.Second) },
		"": func(r *rapid.T) {
			assert.Equal(r, m.present(), lookup(h.t, directory, "market-data"))
		},
	})
	for id := range m.alive {
		m.die(id)
	}
	after(discovery.Expiry + discovery.HeartbeatInterval)
	assert.Empty(r, seen.last(), "in the end the watch knows that all are gone")
}

func (m *model) register(id string) {
	if _, already := m.alive[id]; already {
		return
	}
	delete(m.expires, id)
	registered := m.announce("market-data", id)
	synctest.Wait()
	m.alive[id] = alive{registered, time.Now()}
}

func (m *model) withdraw(id string) {
	if one, is := m.alive[id]; is {
		one.member.withdraw()
		delete(m.alive, id)
	}
}

func (m *model) die(id string) {
	if one, is := m.alive[id]; is {
		one.kill()
		m.expires[id] = one.lastHeartbeat().Add(discovery.Expiry).Truncate(time.Second)
		delete(m.alive, id)
	}
}
