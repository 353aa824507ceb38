package feed

// Faults of the feed: what a bad line or a broken source does to updates on their way to readers. They act on the encoded updates
// of a tick when it is published; what they are made from is not touched. While none is active a tick costs one atomic load.

import (
	"cmp"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"google.golang.org/protobuf/proto"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/draw"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// FaultKind is what happens to updates; see FeedFaultType in feed_fault.proto.
type FaultKind string

// The kinds of faults.
const (
	Stale      FaultKind = "stale"
	Gap        FaultKind = "gap"
	Delay      FaultKind = "delay"
	Outage     FaultKind = "outage"
	OutOfOrder FaultKind = "out_of_order"
	BadTick    FaultKind = "bad_tick"
)

// Limits of faults.
const (
	MaxFaults = 20  // active at a time
	MaxEnded  = 100 // that are remembered after their end
)

// FaultSpec is a fault as it acts; all fields are set and checked.
type FaultSpec struct {
	Kind        FaultKind
	Instruments []int // positions; empty: all
	Probability float64
	Duration    time.Duration // wall time
	Seed        uint64
	Lag         time.Duration // wall time; of Delay and OutOfOrder
	Magnitude   float64       // share of the price; of BadTick
}

// Fault is a fault of this feed and what it has done.
type Fault struct {
	Number        uint64
	Spec          FaultSpec
	Began, Ends   time.Time
	Active        bool
	Hits          uint64
	First, Last   uint64     // sequences that it struck
	held          [][][]byte // by instrument: the latest updates before this one, oldest first
	frozen        [][]byte   // by instrument
	stepsOfTheLag int
}

// Faults are those of one feed. The zero value is not ready: a hub makes them.
type Faults struct {
	any      atomic.Bool
	schedule Schedule
	log      logrus.FieldLogger
	hits     *prometheus.CounterVec
	active   prometheus.Gauge

	mu     sync.Mutex
	number uint64
	turned time.Time
	faults []*Fault // the active ones and those that have ended lately, oldest first
}

func newFaults(schedule Schedule, log logrus.FieldLogger, registerer prometheus.Registerer) *Faults {
	f := &Faults{
		schedule: schedule, log: log, turned: time.Now(),
		hits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "market_data_feed_fault_hits_total", Help: "Updates that injected faults of the feed have struck, by kind.",
		}, []string{"kind"}),
		active: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "market_data_feed_faults_active", Help: "Injected faults of the feed that are active.",
		}),
	}
	if f.log == nil {
		silent := logrus.New()
		silent.SetOutput(io.Discard)
		f.log = silent
	}
	if registerer != nil {
		registerer.MustRegister(f.hits, f.active)
	}
	return f
}

// Inject starts a fault at the next tick. RESOURCE_EXHAUSTED when too many are active.
func (f *Faults) Inject(spec FaultSpec) (Fault, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if f.expire(now) >= MaxFaults {
		return Fault{}, errs.New(errs.ResourceExhausted, "TOO_MANY_FEED_FAULTS",
			"%d faults of the feed are active, which is the limit: clear some, or wait until they expire", MaxFaults)
	}
	f.number++
	added := &Fault{Number: f.number, Spec: spec, Began: now, Ends: now.Add(spec.Duration), Active: true}
	added.stepsOfTheLag = int(f.schedule.Steps(spec.Lag))
	f.faults = append(f.faults, added)
	f.changed()
	f.entry(added).WithField("ends", added.Ends.UTC()).Warn("feed fault begins")
	return *added, nil
}

// List returns the active faults, and the ended ones that are remembered if asked for, oldest first.
func (f *Faults) List(ended bool) (listed []Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.expire(time.Now())
	for _, one := range f.faults {
		if one.Active || ended {
			listed = append(listed, *one)
		}
	}
	return listed
}

// Clear ends active faults, by number, all for none; nothing and the number that is not active, if there is one.
func (f *Faults) Clear(numbers []uint64) (cleared []uint64, unknown uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	f.expire(now)
	for _, number := range numbers {
		if !slices.ContainsFunc(f.faults, func(one *Fault) bool { return one.Active && one.Number == number }) {
			return nil, number
		}
	}
	for _, one := range f.faults {
		if one.Active && (len(numbers) == 0 || slices.Contains(numbers, one.Number)) {
			one.Ends = now
			cleared = append(cleared, one.Number)
		}
	}
	f.expire(now)
	return cleared, 0
}

// expire ends what has had its time, and counts what goes on. The caller holds the lock.
func (f *Faults) expire(now time.Time) (active int) {
	for _, one := range f.faults {
		switch {
		case !one.Active:
		case now.Before(one.Ends):
			active++
		default:
			one.Active, one.held, one.frozen = false, nil, nil
			f.entry(one).WithField("hits", one.Hits).Warn("feed fault ends")
		}
	}
	for ended := len(f.faults) - active; ended > MaxEnded; ended-- {
		at := slices.IndexFunc(f.faults, func(one *Fault) bool { return !one.Active })
		f.faults = slices.Delete(f.faults, at, at+1)
	}
	f.changed()
	return active
}

// since is when the first active fault came, or the last one went.
func (f *Faults) since() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.turned
}

func (f *Faults) changed() {
	active := 0
	for _, one := range f.faults {
		if one.Active {
			active++
		}
	}
	f.active.Set(float64(active))
	if f.any.Swap(active > 0) != (active > 0) {
		f.turned = time.Now()
	}
}

func (f *Faults) entry(one *Fault) *logrus.Entry {
	return f.log.WithFields(logrus.Fields{"feed_fault": one.Number, "kind": one.Spec.Kind})
}

// strike lets the active faults, oldest first, do what they do to the updates of a tick; nil is an update that is not sent.
func (f *Faults) strike(sequence uint64, now time.Time, updates [][]byte) ([][]byte, error) {
	if !f.any.Load() {
		return updates, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.expire(now)
	struck := slices.Clone(updates)
	for _, one := range f.faults {
		if !one.Active {
			continue
		}
		for i := range struck {
			if len(one.Spec.Instruments) > 0 && !slices.Contains(one.Spec.Instruments, i) {
				continue
			}
			changed, hit, err := one.apply(i, len(struck), sequence, struck[i])
			if err != nil {
				return nil, err
			}
			if struck[i] = changed; hit {
				f.hits.WithLabelValues(string(one.Spec.Kind)).Inc()
				one.Hits++
				one.First, one.Last = cmp.Or(one.First, sequence), sequence
			}
		}
	}
	return struck, nil
}

// apply is what the fault makes of an update, and whether it struck. Draws are keyed by seed and sequence, so that the same seed
// strikes the same updates everywhere.
func (o *Fault) apply(i, instruments int, sequence uint64, update []byte) (changed []byte, hit bool, err error) {
	if o.held == nil {
		o.held, o.frozen = make([][][]byte, instruments), make([][]byte, instruments)
	}
	draws := draw.Keyed(o.Spec.Seed, uint64(i), sequence)
	hit = draws.Uniform() < o.Spec.Probability
	switch o.Spec.Kind {
	case Outage:
		return nil, true, nil
	case Delay:
		return o.late(i, update), true, nil
	case OutOfOrder:
		if old := o.late(i, update); hit && old != nil {
			return old, true, nil
		}
		return update, false, nil
	}
	switch {
	case update == nil:
		return nil, false, nil
	case o.Spec.Kind == Stale && (!hit || o.frozen[i] == nil):
		o.frozen[i] = update
		return update, false, nil
	case !hit:
		return update, false, nil
	case o.Spec.Kind == Gap:
		return nil, true, nil
	case o.Spec.Kind == Stale:
		changed, err = altered(o.frozen[i], func(u *marketdatav1.PriceUpdate) { u.Sequence = sequence })
	default:
		off := 1 + o.Spec.Magnitude
		if draws.Uniform() < 0.5 {
			off = 1 - o.Spec.Magnitude
		}
		changed, err = altered(update, func(u *marketdatav1.PriceUpdate) { u.Price, u.Bid, u.Ask = u.Price*off, u.Bid*off, u.Ask*off })
	}
	return changed, true, err
}

// late keeps an update and returns the one from a lag ago, nil while there is none.
func (o *Fault) late(i int, update []byte) (old []byte) {
	if o.held[i] = append(o.held[i], update); len(o.held[i]) > o.stepsOfTheLag {
		old, o.held[i] = o.held[i][0], o.held[i][1:]
	}
	return old
}

// altered encodes an update anew with a change.
func altered(update []byte, change func(*marketdatav1.PriceUpdate)) ([]byte, error) {
	response := &marketdatav1.StreamPricesResponse{}
	if err := proto.Unmarshal(update, response); err != nil {
		return nil, err
	}
	change(response.GetUpdate())
	return proto.Marshal(response)
}
