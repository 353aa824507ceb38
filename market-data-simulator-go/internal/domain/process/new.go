// This file chooses the process of a profile.

package process

import (
	"fmt"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// New builds the process that a profile names, stepping minutes whatever its base interval. Minute 0 begins at the epoch.
func New(fitted profile.Profile, seed uint64, epoch time.Time) (Process, error) {
	var inner Process
	var err error
	switch fitted.Process {
	case profile.Superposed:
		inner, err = NewSuperposed(fitted, seed, epoch)
	case profile.GARCHT, "":
		inner, err = NewGARCH(fitted, seed, epoch)
	default:
		return nil, fmt.Errorf("profile %q: process is %q: want %s or %s", fitted.Name, fitted.Process, profile.Superposed, profile.GARCHT)
	}
	if err != nil || fitted.BaseStep() == profile.Step {
		return inner, err
	}
	return newSpread(inner, len(fitted.Pairs), seed, int64(fitted.BaseStep()/profile.Step)), nil
}
