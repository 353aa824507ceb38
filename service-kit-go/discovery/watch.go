package discovery

import (
	"maps"
	"slices"
	"sync"
)

// view is what is known of a name.
type view struct {
	instances []Instance // the last good answer, sorted by instance id
	lastSome  []Instance // the last one that was not empty: an empty answer may come from a Redis that lost its data
	answered  bool       // Redis has answered at least once
	failed    bool       // the first reading failed, so there is nothing to wait for
}

// entry is a name that somebody asked for, and its watches.
type entry struct {
	deliver sync.Mutex // held while watches are called, so that they see changes in their order
	now     view       // this and the rest are guarded by Directory.mu
	read    uint64     // number of the read that now comes from
	watches map[*watch]bool
}

type watch struct{ onChange func(view) }

// Watch calls onChange with the last good instances of a name, at once if there are any answers yet, and then on each change;
// heartbeats are no change. Changes are seen while Run runs, or by a Lookup. onChange must not block and must not call Watch or
// Lookup; stop may be called anywhere, and a call under way may still end after it.
func (d *Directory) Watch(name string, onChange func([]Instance)) (stop func()) {
	return d.watch(name, func(v view) {
		if v.answered {
			onChange(slices.Clone(v.instances))
		}
	})
}

// watch is Watch with the whole view: it is also called when the first reading fails.
func (d *Directory) watch(name string, onChange func(view)) (stop func()) {
	w := &watch{onChange}
	e := d.entry(name)
	e.deliver.Lock()
	defer e.deliver.Unlock()
	d.mu.Lock()
	e.watches[w] = true
	now := e.now
	d.mu.Unlock()
	if now.answered || now.failed {
		onChange(now)
	}
	d.reread(name)
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(e.watches, w)
	}
}

// entry finds or makes the entry of a name.
func (d *Directory) entry(name string) *entry {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, known := d.entries[name]
	if !known {
		e = &entry{watches: map[*watch]bool{}, now: view{failed: d.rdb == nil}}
		d.entries[name] = e
	}
	return e
}

func (d *Directory) lastGood(name string) []Instance {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e, known := d.entries[name]; known {
		return slices.Clone(e.now.instances)
	}
	return nil
}

// apply takes the outcome of a read, unless a later one was faster, and tells the watches what has changed.
func (d *Directory) apply(name string, number uint64, instances []Instance, err error) {
	d.mu.Lock()
	e, known := d.entries[name]
	d.mu.Unlock()
	if !known {
		return
	}
	e.deliver.Lock()
	defer e.deliver.Unlock()
	d.mu.Lock()
	changed := e.take(number, instances, err)
	now, watches := e.now, slices.Collect(maps.Keys(e.watches))
	d.mu.Unlock()
	d.metrics.instances.WithLabelValues(name).Set(float64(len(now.instances)))
	if !changed {
		return
	}
	for _, w := range watches {
		w.onChange(now)
	}
}

// take changes the view and reports whether that is news to watches. It guards against a slow read that comes after a later one.
func (e *entry) take(number uint64, instances []Instance, err error) (changed bool) {
	if number < e.read {
		return false
	}
	e.read = number
	if err != nil {
		changed = !e.now.answered && !e.now.failed
		e.now.failed = true
		return changed
	}
	changed = !e.now.answered || !slices.EqualFunc(e.now.instances, instances, Instance.same)
	e.now.answered, e.now.instances = true, instances
	if len(instances) > 0 {
		e.now.lastSome = instances
	}
	return changed
}
