package venue

// commandCode is the first byte of an encoded command.
type commandCode uint8

const (
	configureCode commandCode = 1 + iota
	placeCode
	cancelCode
	replaceCode
	cancelAllCode
	disconnectCode
	openCode
	transferCode
	setLimitsCode
	creditCode
	holdWithdrawalCode
	settleWithdrawalCode
	releaseWithdrawalCode
	haltCode
	resumeCode
	setSpreadCode
	setReferencesCode
	advanceCode
	injectFaultCode
	clearFaultsCode
)

func (*Configure) code() commandCode         { return configureCode }
func (*Place) code() commandCode             { return placeCode }
func (*Cancel) code() commandCode            { return cancelCode }
func (*Replace) code() commandCode           { return replaceCode }
func (*CancelAll) code() commandCode         { return cancelAllCode }
func (*Disconnect) code() commandCode        { return disconnectCode }
func (*Open) code() commandCode              { return openCode }
func (*Transfer) code() commandCode          { return transferCode }
func (*SetLimits) code() commandCode         { return setLimitsCode }
func (*Credit) code() commandCode            { return creditCode }
func (*HoldWithdrawal) code() commandCode    { return holdWithdrawalCode }
func (*SettleWithdrawal) code() commandCode  { return settleWithdrawalCode }
func (*ReleaseWithdrawal) code() commandCode { return releaseWithdrawalCode }
func (*Halt) code() commandCode              { return haltCode }
func (*Resume) code() commandCode            { return resumeCode }
func (*SetSpread) code() commandCode         { return setSpreadCode }
func (*SetReferences) code() commandCode     { return setReferencesCode }
func (*Advance) code() commandCode           { return advanceCode }
func (*InjectFault) code() commandCode       { return injectFaultCode }
func (*ClearFaults) code() commandCode       { return clearFaultsCode }

// AppendCommand appends a command as bytes.
func AppendCommand(to []byte, c Command) []byte { panic("not yet") }

// DecodeCommand reads what AppendCommand appended and copies what it keeps. It fails on anything else.
func DecodeCommand(from []byte) (Command, error) { panic("not yet") }

// AppendEvent appends an event as bytes, without its sequence and times.
func AppendEvent(to []byte, e *Event) []byte { panic("not yet") }

// DecodeEvent reads what AppendEvent appended into an event. It fails on anything else.
func DecodeEvent(from []byte, e *Event) error { panic("not yet") }
