package status

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestADaemonStartedAgainIsListedOnceAlthoughItsFormerRegistrationStands(t *testing.T) {
	rows := []Row{
		{Name: "exchange", InstanceID: "exchange-2"},
		{Name: "exchange", InstanceID: "exchange-2"},
		{Name: "market-data", InstanceID: "market-data-1"},
		{Name: "market-data", InstanceID: "market-data-2"},
		{Name: "audit"},
		{Name: "custodian"}, // nobody there
	}
	assert.Equal(t, []Row{rows[0], rows[2], rows[3], rows[4], rows[5]}, once(append([]Row(nil), rows...)))
}
