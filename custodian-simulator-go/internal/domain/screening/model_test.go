package screening_test

import (
	"math/big"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/screening"
	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/window"
)

// naive is screening as one would write it without a thought of speed: it remembers every transfer that has passed.
type naive struct {
	rules   screening.Rules
	allowed map[[2]string]int64 // participant, address: since when
	passed  []passed
}

type passed struct {
	at int64
	screening.Request
}

// codes are those of all reasons, sorted.
func (m *naive) codes(now int64, q *screening.Request) []string {
	var found []string
	if slices.Contains(m.rules.TravelTypes, q.Type) {
		found = m.travel(q)
	}
	since, allowed := m.allowed[[2]string{q.Participant, q.Address}]
	switch {
	case !slices.Contains(m.rules.AddressTypes, q.Type):
	case q.Address == "":
		found = append(found, screening.AddressMissing)
	case !allowed:
		found = append(found, screening.AddressNotAllowed)
	case now < since+m.rules.Cooling:
		found = append(found, screening.AddressCooling)
	}
	for _, l := range m.rules.Limits {
		if whose := len(l.Participants) == 0 || slices.Contains(l.Participants, q.Participant); whose && (len(l.Assets) == 0 || slices.Contains(l.Assets, q.Asset)) {
			found = append(found, m.limit(now, &l, q)...)
		}
	}
	slices.Sort(found)
	return found
}

func (m *naive) travel(q *screening.Request) []string {
	var found []string
	if slices.Contains(m.rules.Forbidden, q.Travel.Jurisdiction) {
		found = append(found, screening.JurisdictionForbidden)
	}
	upTo := map[string]int64{"": 0}
	for _, one := range m.rules.Thresholds {
		if one.Asset == q.Asset {
			upTo[one.Jurisdiction] = one.UpTo
		}
	}
	threshold, listed := upTo[q.Travel.Jurisdiction]
	if !listed {
		threshold = upTo[""]
	}
	for _, other := range upTo {
		if q.Travel.Jurisdiction == "" {
			threshold = min(threshold, other)
		}
	}
	t := &q.Travel
	for _, value := range []string{t.Originator, t.OriginatorInstitution, t.Beneficiary, t.BeneficiaryInstitution, t.Jurisdiction} {
		if q.Amount > threshold && value == "" {
			found = append(found, screening.TravelRuleFieldMissing)
		}
	}
	return found
}

// limit counts what has passed; a transfer counts until the end of its quarter of an hour has left the window.
func (m *naive) limit(now int64, l *screening.Limit, q *screening.Request) []string {
	count, sum := m.since(now, q, l.Window, true)
	var found []string
	if l.MaxCount > 0 && count+1 > l.MaxCount {
		found = append(found, screening.VelocityCount)
	}
	switch {
	case l.MaxAmount > 0 && q.Amount > l.MaxAmount:
		found = append(found, screening.AmountAboveVelocity)
	case l.MaxAmount > 0 && sum.Add(sum, big.NewInt(q.Amount)).Cmp(big.NewInt(l.MaxAmount)) > 0:
		found = append(found, screening.VelocityAmount)
	}
	return found
}

func (m *naive) since(now int64, q *screening.Request, length int64, rounded bool) (int64, *big.Int) {
	count, sum := int64(0), new(big.Int)
	for n := range m.passed {
		one := &m.passed[n]
		at := one.at
		if rounded {
			at += window.Bucket - 1 - at%window.Bucket
		}
		if one.Participant == q.Participant && one.Asset == q.Asset && at > now-length {
			count++
			sum.Add(sum, big.NewInt(one.Amount))
		}
	}
	return count, sum
}

func drawRules(t *rapid.T) screening.Rules {
	r := screening.Rules{
		TravelTypes: []string{"out"}, AddressTypes: []string{"out", "chain"}, Forbidden: []string{"XX"}, Cooling: rapid.Int64Range(0, 2*day).Draw(t, "cooling"),
	}
	for _, place := range []string{"", "US", "DE"} {
		for _, asset := range []string{"USD", "BTC"} {
			if rapid.Bool().Draw(t, "listed") {
				r.Thresholds = append(r.Thresholds, screening.Threshold{Jurisdiction: place, Asset: asset, UpTo: rapid.Int64Range(0, 9).Draw(t, "up to")})
			}
		}
	}
	for n := range rapid.IntRange(0, 3).Draw(t, "limits") {
		l := screening.Limit{
			Name: strconv.Itoa(n), Window: rapid.Int64Range(1, 96).Draw(t, "window") * window.Bucket, MaxCount: rapid.Int64Range(0, 6).Draw(t, "max count"),
		}
		if rapid.Bool().Draw(t, "of alice") {
			l.Participants = []string{"alice"}
		}
		if l.MaxCount == 0 || rapid.Bool().Draw(t, "of USD") {
			l.Assets, l.MaxAmount = []string{"USD"}, rapid.Int64Range(1, 30).Draw(t, "max amount")
		}
		r.Limits = append(r.Limits, l)
	}
	return r
}

func drawRequest(t *rapid.T) *screening.Request {
	maybe := func(text string) string {
		if rapid.IntRange(0, 9).Draw(t, "empty") == 9 {
			return ""
		}
		return text
	}
	return &screening.Request{
		Type:        rapid.SampledFrom([]string{"out", "chain", "in"}).Draw(t, "type"),
		Participant: rapid.SampledFrom([]string{"alice", "bob"}).Draw(t, "participant"), Asset: rapid.SampledFrom([]string{"USD", "USD", "BTC"}).Draw(t, "asset"),
		Amount: rapid.Int64Range(1, 12).Draw(t, "amount"), Address: maybe(rapid.SampledFrom([]string{"x", "y"}).Draw(t, "address")),
		Travel: screening.Travel{
			Originator: maybe("o"), OriginatorInstitution: maybe("i"), Beneficiary: maybe("b"), BeneficiaryInstitution: maybe("j"),
			Jurisdiction: rapid.SampledFrom([]string{"", "US", "DE", "FR", "XX"}).Draw(t, "jurisdiction"),
		},
	}
}

func TestScreeningAgainstANaiveOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &naive{rules: drawRules(t), allowed: map[[2]string]int64{}}
		s, err := screening.New(m.rules)
		require.NoError(t, err)
		now := start
		list := func(t *rapid.T) (string, string) {
			return rapid.SampledFrom([]string{"alice", "bob"}).Draw(t, "participant"), rapid.SampledFrom([]string{"x", "y"}).Draw(t, "address")
		}
		step := func(t *rapid.T) { m.screen(t, s, now, drawRequest(t)) }
		t.Repeat(map[string]func(*rapid.T){
			"screen": step, "screen another": step, "screen more": step,
			"pass time": func(t *rapid.T) { now += rapid.Int64Range(0, 6*hour).Draw(t, "passed") },
			"allow": func(t *rapid.T) {
				participant, address := list(t)
				require.NoError(t, s.Allow(now, participant, address))
				if _, known := m.allowed[[2]string{participant, address}]; !known {
					m.allowed[[2]string{participant, address}] = now
				}
			},
			"disallow": func(t *rapid.T) {
				participant, address := list(t)
				s.Disallow(participant, address)
				delete(m.allowed, [2]string{participant, address})
			},
			"change the rules": func(t *rapid.T) {
				m.rules = drawRules(t)
				require.NoError(t, s.SetRules(m.rules))
			},
			"restart": func(t *rapid.T) { s = copied(t, s) },
		})
	})
}

// screen compares one transfer, and wants that no window has let more through than it may.
func (m *naive) screen(t *rapid.T, s *screening.Screen, now int64, q *screening.Request) {
	want := m.codes(now, q)
	before := s.Encode(nil)
	report, err := s.Screen(now, q)
	require.NoError(t, err)
	var got []string
	strictest := screening.Pass
	for _, one := range report.Reasons {
		got, strictest = append(got, one.Code), max(strictest, one.Verdict)
	}
	slices.Sort(got)
	require.Equal(t, want, got)
	require.Equal(t, strictest, report.Verdict)
	if report.Verdict != screening.Pass {
		require.Equal(t, before, s.Encode(nil))
		m.retried(t, s, report.Retry, q)
		return
	}
	m.passed = append(m.passed, passed{now, *q})
	for _, l := range m.rules.Limits {
		if (len(l.Participants) == 0 || slices.Contains(l.Participants, q.Participant)) && (len(l.Assets) == 0 || slices.Contains(l.Assets, q.Asset)) {
			count, sum := m.since(now, q, l.Window, false)
			require.True(t, (l.MaxCount == 0 || count <= l.MaxCount) && (l.MaxAmount == 0 || sum.Cmp(big.NewInt(l.MaxAmount)) <= 0), "%d, %v", count, sum)
		}
	}
}

// retried wants that a transfer which is held for time alone passes at the time that is given, and not just before.
func (m *naive) retried(t *rapid.T, s *screening.Screen, at int64, q *screening.Request) {
	if at == 0 {
		return
	}
	require.Empty(t, m.codes(at, q))
	require.NotEmpty(t, m.codes(at-1, q))
	report, err := s.Check(at, q)
	require.NoError(t, err)
	require.Equal(t, screening.Pass, report.Verdict)
}
