package approval_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/approval"
	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// busy is a desk with one of everything.
func busy(t require.TestingT) *approval.Desk {
	d := desk(t)
	opened(t, d, start, wire("passed", 700))
	opened(t, d, start, wire("middle", 5000))
	opened(t, d, start, wire("large", 50_000))
	opened(t, d, start, wire("rejected", 5000))
	decided(t, d, "rejected", "ops-1", approval.Reject)
	decided(t, d, "large", "ops-1", approval.Approve)
	_, err := d.Propose(start, "p", "alice", house())
	require.NoError(t, err)
	decided(t, d, "p", "cfo", approval.Approve)
	return d
}

func TestASnapshotIsTheWholeState(t *testing.T) {
	d := busy(t)
	bytes := d.Encode([]byte("before"))
	require.Equal(t, "before", string(bytes[:6]))
	restored, err := approval.Decode(bytes[6:])
	require.NoError(t, err)
	for _, id := range []string{"middle", "large", "rejected", "p"} {
		want, known := d.Find(id)
		got, _ := restored.Find(id)
		assert.True(t, known)
		assert.Equal(t, want, got)
	}
	for _, one := range []*approval.Desk{d, restored} {
		decided(t, one, "p", "ops-1", approval.Approve)
		decided(t, one, "large", "ops-2", approval.Approve)
		one.Expire(start + 2*day)
	}
	assert.Equal(t, d.Encode(nil), restored.Encode(nil))
}

func TestASnapshotThatDoesNotFitIsRefused(t *testing.T) {
	whole := busy(t).Encode(nil)
	for cut := range whole {
		_, err := approval.Decode(whole[:cut])
		require.Error(t, err, cut)
	}
	_, err := approval.Decode(append(bytes.Clone(whole), 0))
	assert.ErrorContains(t, err, "1 bytes follow its end")
	_, err = approval.Decode([]byte{9})
	assert.ErrorContains(t, err, "want one of version 1")
}

func TestPoliciesAndRequestsAreReadBack(t *testing.T) {
	var w snapshot.Writer
	policy, request := house(), wire("t", math.MaxInt64)
	policy.Encode(&w)
	request.Encode(&w)
	r := snapshot.NewReader(w.Bytes)
	read := approval.DecodePolicy(&r)
	assert.True(t, policy.Equal(&read))
	assert.Equal(t, request, approval.DecodeRequest(&r))
	r.End()
	require.NoError(t, r.Err())
	read.Rules[1].UpTo++
	assert.False(t, policy.Equal(&read))
}

func TestStatesHaveNames(t *testing.T) {
	assert.Equal(t, "waiting cancelled unknown", approval.Waiting.String()+" "+approval.Cancelled.String()+" "+approval.State(99).String())
	assert.Equal(t, "approve reject unknown", approval.Approve.String()+" "+approval.Reject.String()+" "+approval.Verdict(99).String())
	assert.Equal(t, "block pass ask unknown", approval.Block.String()+" "+approval.Pass.String()+" "+approval.Ask.String()+" "+approval.Effect(99).String())
}

func FuzzDecode(f *testing.F) {
	f.Add(busy(f).Encode(nil))
	f.Add(desk(f).Encode(nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, from []byte) {
		d, err := approval.Decode(from)
		if err != nil {
			return
		}
		again, err := approval.Decode(d.Encode(nil))
		require.NoError(t, err)
		require.Equal(t, d.Encode(nil), again.Encode(nil))
		if _, status, proposed := d.Proposal(); proposed {
			_, _ = d.Decide(start, status.ID, "cfo", approval.Approve)
		}
		d.Expire(math.MaxInt64)
		_, waits := d.Due()
		require.False(t, waits)
	})
}
