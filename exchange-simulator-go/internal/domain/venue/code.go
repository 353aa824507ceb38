// This file numbers the commands. The numbers are in journals: new ones go to the end.

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

// blank returns an empty command, nil for a code that no command has.
func blank(code commandCode) Command {
	switch code {
	case configureCode:
		return &Configure{}
	case placeCode:
		return &Place{}
	case cancelCode:
		return &Cancel{}
	case replaceCode:
		return &Replace{}
	case cancelAllCode:
		return &CancelAll{}
	case disconnectCode:
		return &Disconnect{}
	case openCode:
		return &Open{}
	case transferCode:
		return &Transfer{}
	case setLimitsCode:
		return &SetLimits{}
	case creditCode:
		return &Credit{}
	default:
		return blankRest(code)
	}
}

func blankRest(code commandCode) Command {
	switch code {
	case holdWithdrawalCode:
		return &HoldWithdrawal{}
	case settleWithdrawalCode:
		return &SettleWithdrawal{}
	case releaseWithdrawalCode:
		return &ReleaseWithdrawal{}
	case haltCode:
		return &Halt{}
	case resumeCode:
		return &Resume{}
	case setSpreadCode:
		return &SetSpread{}
	case setReferencesCode:
		return &SetReferences{}
	case advanceCode:
		return &Advance{}
	case injectFaultCode:
		return &InjectFault{}
	case clearFaultsCode:
		return &ClearFaults{}
	}
	return nil
}
