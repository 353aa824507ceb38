package approval_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/approval"
)

// A transfer that nobody has to agree to, with a window that is full of buckets: the way of nearly all transfers.
func BenchmarkOpenThatPasses(b *testing.B) {
	p := house()
	p.Rules[1].AccumulatedUpTo = 1 << 60
	d, err := approval.New(p)
	require.NoError(b, err)
	now := start
	for range 96 {
		now += day / 96
		opened(b, d, now, wire("t", 1))
	}
	b.ReportAllocs()
	for b.Loop() {
		if status, err := d.Open(now, wire("t", 1)); err != nil || status.State != approval.Passed {
			b.Fatal(status, err)
		}
	}
}

// A transfer that one of three has to agree to.
func BenchmarkOpenAndApprove(b *testing.B) {
	d := desk(b)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		id := strconv.Itoa(n)
		opened(b, d, start, wire(id, 5000))
		if _, err := d.Decide(start, id, "ops-1", approval.Approve); err != nil {
			b.Fatal(err)
		}
	}
}
