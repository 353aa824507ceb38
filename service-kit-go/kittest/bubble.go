package kittest

import (
	"testing"
	"testing/synctest"
	"time"
)

// redisFarewell is how long a closed go-redis client may take to notice that it is closed.
const redisFarewell = 2 * time.Second

// Run runs a test in a synctest bubble with a network of its own: time is virtual and stands still while anyone works,
// and a goroutine that is left when the test and its cleanups are over fails it.
func Run(t *testing.T, test func(t *testing.T, network *Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Cleanup(func() { time.Sleep(redisFarewell) }) // registered first, runs last
		test(t, NewNetwork())
	})
}
