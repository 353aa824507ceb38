package feed

// Faults in /readyz: whoever looks at a daemon that tells wrong prices should see at once that it was told to.

import (
	"fmt"

	"github.com/trading-ecosystem/service-kit-go/health"
)

// Dependencies implements health.Source: "feed-faults", degraded while any is active, with what they are.
func (f *Faults) Dependencies() []health.Dependency {
	active := f.List(false)
	dependency := health.Dependency{Name: "feed-faults", State: health.Up, Since: f.since().UTC()}
	if len(active) > 0 {
		dependency.State = health.Degraded
		dependency.LastError = fmt.Sprintf("%d injected, the first is %s feed-fault-%d", len(active), active[0].Spec.Kind, active[0].Number)
		dependency.Detail = map[string]any{"active": len(active)}
	}
	return []health.Dependency{dependency}
}
