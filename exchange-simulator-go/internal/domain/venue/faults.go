// This file begins and ends faults, and lets those act that act on orders.

package venue

import (
	"slices"
	"strings"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// maxDelay bounds the delays of a fault, nanoseconds.
const maxDelay = 60 * 60 * 1_000_000_000

// Faults returns those that have not ended by a wall time, in the order in which they came; some may begin later.
func (v *Venue) Faults(wall int64) []Fault {
	var active []Fault
	for _, one := range v.faults {
		if one.Until > wall {
			active = append(active, one)
		}
	}
	return active
}

// injectFault begins a fault.
func (v *Venue) injectFault(f *Fault) error {
	if err := v.checkFault(f); err != nil {
		return err
	}
	for n := range v.faults {
		if before := v.faults[n]; before.ID == f.ID {
			before.Hits = 0
			if before == *f {
				return nil
			}
			return errs.New(errs.AlreadyExists, "FAULT_ID_REUSED", "inject fault %q: the id names another fault", f.ID)
		}
	}
	if len(v.faults) == MaxFaults {
		return errs.New(errs.ResourceExhausted, "TOO_MANY_FAULTS", "inject fault %q: %d are active; clear one first", f.ID, MaxFaults)
	}
	begun := *f
	begun.Hits = 0
	v.faults = append(v.faults, begun)
	v.send(Event{Kind: FaultBegan, Instrument: f.Instrument, Text: f.ID, Reason: f.Kind.String(), Multiplier: f.Share, Until: f.Until})
	return nil
}

func (v *Venue) checkFault(f *Fault) error {
	if err := v.knows(f.Instrument); err != nil {
		return err
	}
	shares := f.Kind == RejectOrders || f.Kind == DuplicateExecutions
	delays := f.Kind == EntryLatency || f.Kind == DelayExecutions
	switch {
	case f.ID == "" || len(f.ID) > MaxClientID:
		return errs.InvalidField("fault_id", f.ID, "1 to 64 bytes")
	case f.Kind == 0 || f.Kind >= faultKindCount:
		return errs.InvalidField("kind", f.Kind, "one of the kinds of faults")
	case f.Kind == Maintenance && f.Instrument != All:
		return errs.InvalidField("symbol", f.Instrument, "none: maintenance is of the whole venue")
	case shares && !(f.Share > 0 && f.Share <= 1), !shares && f.Share != 0:
		return errs.InvalidField("share", f.Share, "above 0 up to 1, of faults that strike a share; else 0")
	case f.Kind == RejectOrders && !isReasonName(f.Reason), f.Kind != RejectOrders && f.Reason != "":
		return errs.InvalidField("reason", f.Reason, "a name in UPPER_SNAKE_CASE of up to 64 letters, of faults that refuse orders; else none")
	case delays && (f.Delay < 0 || f.Jitter < 0 || f.Delay+f.Jitter == 0 || f.Delay > maxDelay || f.Jitter > maxDelay), !delays && f.Delay|f.Jitter != 0:
		return errs.InvalidField("delay", f.Delay, "above 0 up to 1 h, of faults that delay; else 0")
	case f.Until <= max(f.From, v.run.wall):
		return errs.InvalidField("duration", f.Until-f.From, "an end that lies ahead")
	}
	return nil
}

func isReasonName(name string) bool {
	return name != "" && len(name) <= 64 && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

// clearFaults ends faults, all or none of them; without ids all that there are.
func (v *Venue) clearFaults(ids []string) error {
	for _, id := range ids {
		if !slices.ContainsFunc(v.faults, func(f Fault) bool { return f.ID == id }) {
			return errs.New(errs.NotFound, "UNKNOWN_FAULT", "clear fault %q: it is not active", id)
		}
	}
	v.dropFaults(func(f *Fault) bool { return len(ids) == 0 || slices.Contains(ids, f.ID) })
	return nil
}

// endFaults ends those whose time is over.
func (v *Venue) endFaults() {
	if len(v.faults) > 0 {
		v.dropFaults(func(f *Fault) bool { return f.Until <= v.run.wall })
	}
}

func (v *Venue) dropFaults(over func(*Fault) bool) {
	kept := v.faults[:0]
	for _, one := range v.faults {
		if over(&one) {
			v.send(Event{Kind: FaultEnded, Instrument: one.Instrument, Text: one.ID, Until: one.Until})
		} else {
			kept = append(kept, one)
		}
	}
	v.faults = kept
}

// disturbed tells whether a fault refuses what is asked of an instrument; some strike new orders only.
func (v *Venue) disturbed(instrument int32, isOrder bool) error {
	for n := range v.faults {
		f := &v.faults[n]
		if f.From > v.run.wall || f.Instrument != All && f.Instrument != instrument {
			continue
		}
		switch {
		case f.Kind == Maintenance:
			return v.struck(f, errs.Unavailable, "VENUE_MAINTENANCE")
		case f.Kind == Outage:
			return v.struck(f, errs.Unavailable, "INSTRUMENT_UNAVAILABLE")
		case f.Kind == RejectOrders && isOrder && v.random.Float64() < f.Share:
			return v.struck(f, errs.FailedPrecondition, f.Reason)
		}
	}
	return nil
}

func (v *Venue) struck(f *Fault, kind errs.Kind, reason string) error {
	f.Hits++
	return errs.New(kind, reason, "refused by fault %q, which an operator injected", f.ID).With("fault_id", f.ID)
}
