package screening_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/screening"
)

// copied is what a snapshot gives.
func copied(t require.TestingT, s *screening.Screen) *screening.Screen {
	bytes := s.Encode(nil)
	restored, err := screening.Decode(bytes)
	require.NoError(t, err)
	require.Equal(t, bytes, restored.Encode(nil))
	return restored
}

// busy is a screen with one of everything.
func busy(t require.TestingT) *screening.Screen {
	s := screen(t)
	require.NoError(t, s.Allow(start+1, "alice", "bank-0"))
	require.NoError(t, s.Allow(start+2, "bob", "bank-1"))
	s.Count(later, out(700_000))
	return s
}

func TestASnapshotIsTheWholeState(t *testing.T) {
	s := busy(t)
	restored := copied(t, s)
	assert.Equal(t, s.Rules(), restored.Rules())
	assert.Equal(t, s.Addresses("alice"), restored.Addresses("alice"))
	assert.Equal(t, screened(t, s, later, out(400_000)), screened(t, restored, later, out(400_000)))
	s.Disallow("bob", "bank-1")
	copied(t, s)
}

func TestASnapshotThatDoesNotFitIsRefused(t *testing.T) {
	whole := busy(t).Encode(nil)
	for cut := range whole {
		_, err := screening.Decode(whole[:cut])
		require.Error(t, err, cut)
	}
	_, err := screening.Decode(append(bytes.Clone(whole), 0))
	assert.ErrorContains(t, err, "1 bytes follow its end")
	_, err = screening.Decode([]byte{9})
	assert.ErrorContains(t, err, "want one of version 1")
}

func TestVerdictsHaveNames(t *testing.T) {
	for verdict, name := range map[screening.Verdict]string{screening.Pass: "pass", screening.Hold: "hold", screening.Reject: "reject", 9: "unknown"} {
		assert.Equal(t, name, verdict.String())
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(busy(f).Encode(nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, from []byte) {
		if s, err := screening.Decode(from); err == nil {
			_, err := copied(t, s).Screen(later, out(1))
			require.NoError(t, err)
		}
	})
}
