package venue

// FaultKind says what the venue does wrong.
type FaultKind uint8

// The kinds of faults. The first three act on orders inside the venue; the others are acted out at its doors by those who
// read the active faults.
const (
	RejectOrders        FaultKind = 1 + iota // a Share of the orders is refused with Reason
	Outage                                   // orders, replacements and cancels of the instrument are refused with UNAVAILABLE
	Maintenance                              // as Outage, of the whole venue
	EntryLatency                             // orders wait Delay and a random part of up to Jitter before they are taken
	StaleBook                                // the book feed stands still, and goes on when the fault ends
	DuplicateExecutions                      // a Share of the messages of the drop copy comes twice
	DelayExecutions                          // the drop copy comes Delay late
	faultKindCount
)

// String is the kind in UPPER_SNAKE_CASE.
func (k FaultKind) String() string {
	names := [faultKindCount]string{
		RejectOrders: "REJECT_ORDERS", Outage: "OUTAGE", Maintenance: "MAINTENANCE", EntryLatency: "ENTRY_LATENCY", StaleBook: "STALE_BOOK",
		DuplicateExecutions: "DUPLICATE_EXECUTIONS", DelayExecutions: "DELAY_EXECUTIONS",
	}
	if k < faultKindCount {
		return names[k]
	}
	return "UNKNOWN"
}

// Fault is something that the venue does wrong for a while.
type Fault struct {
	ID         string
	Kind       FaultKind
	Instrument int32   // All for every one
	Share      float64 // above 0 up to 1
	Reason     string  // of RejectOrders, UPPER_SNAKE_CASE
	Delay      int64   // nanoseconds
	Jitter     int64   // nanoseconds
	From       int64   // wall nanoseconds
	Until      int64   // wall nanoseconds
	Hits       uint64  // orders refused so far
}

// MaxFaults is how many faults may be active at once.
const MaxFaults = 100
