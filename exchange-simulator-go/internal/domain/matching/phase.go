package matching

// Phase of trading in the instrument.
type Phase uint8

// The phases. Cancels, reductions and expiries are taken in all of them.
const (
	PreOpen    Phase = iota // before the first call: no orders yet
	Calling                 // limit orders are collected and may cross; Uncross trades them at one price
	Continuous              // orders trade as they come; the book is never crossed
	Halted                  // no new orders; only Call leads on. Halted out of Calling, the book may be crossed
)

// Call opens a call auction, first of the day or after a halt.
func (e *Engine) Call(events []Event) []Event {
	return e.change(events, Calling, e.phase == PreOpen || e.phase == Halted)
}

// Halt stops trading at once.
func (e *Engine) Halt(events []Event) []Event {
	return e.change(events, Halted, e.phase == Continuous || e.phase == Calling)
}

func (e *Engine) change(events []Event, to Phase, allowed bool) []Event {
	e.out = events
	if !allowed {
		return e.refuse(WrongPhase, 0, 0)
	}
	e.setPhase(to, ByOperator)
	return e.done()
}

func (e *Engine) setPhase(phase Phase, reason Reason) {
	e.phase = phase
	event := e.emit()
	event.Kind, event.Reason, event.Phase = PhaseChanged, reason, phase
}
