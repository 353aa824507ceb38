package settlement

// Whatever happens to the exchange, the custodian and what lies between them, each trade arrives exactly once and in order.

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

// model is a world with what its custodian must end with.
type model struct {
	*world
	random *rand.Rand
	want   []string // ids, in order
	cut    bool
}

func TestWhateverFailsTheCustodianEndsWithEachTradeOnceInOrder(t *testing.T) {
	kittest.Run(t, func(t *testing.T, _ *kittest.Network) {
		// In a bubble a test must not be asked for its deadline, which rapid does when it sees a *testing.T.
		rapid.Check(struct{ testing.TB }{t}, func(t *rapid.T) {
			w := newWorld(t, kittest.NewNetwork())
			w.start()
			defer w.end()
			m := &model{world: w, random: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))}
			t.Repeat(map[string]func(*rapid.T){
				"": m.check, "execute": m.execute, "wait": m.wait, "exchange crashes": func(t *rapid.T) { m.crash(t, m.random) },
				"exporter restarts": m.restart, "snapshot": m.snapshot, "custodian": m.custodianComesOrGoes, "network": m.breakOrHeal,
				"answers get lost": m.loseAnswers, "calls fail": m.failCalls,
			})
			m.recover(t)
		})
	})
}

// execute has the venue do some things, of which some are to be booked.
func (m *model) execute(t *rapid.T) {
	for _, what := range rapid.SliceOfN(rapid.IntRange(0, 3), 1, 40).Draw(t, "what") {
		switch what {
		case 0:
			m.do(t, m.opened(fmt.Sprint("a", m.state.ledger.Accounts())))
		case 1:
			m.do(t, accepted())
		case 2:
			event := deposited(fmt.Sprint(len(m.want)))
			event.Account = m.state.ledger.Accounts() - 1
			m.do(t, event)
			m.want = append(m.want, "exchange/deposit/"+event.Text)
		default:
			event := m.traded()
			event.MakerAccount = m.state.ledger.Accounts() - 1
			m.do(t, event)
			m.want = append(m.want, fmt.Sprint("exchange/trade/", event.Trade))
		}
	}
}

func (m *model) wait(t *rapid.T) {
	time.Sleep(time.Duration(rapid.IntRange(1, 60_000).Draw(t, "ms")) * time.Millisecond)
}

func (m *model) restart(*rapid.T) {
	m.stop()
	m.start()
}

func (m *model) snapshot(t *rapid.T) { require.NoError(t, m.machine.Snapshot(t.Context())) }

func (m *model) custodianComesOrGoes(t *rapid.T) {
	if m.server == nil {
		m.listen(t, m.network)
	} else {
		m.hangUp()
	}
}

func (m *model) breakOrHeal(*rapid.T) {
	if m.cut = !m.cut; m.cut {
		m.network.Cut(custodianAddress)
	} else {
		m.network.Heal(custodianAddress)
	}
}

// loseAnswers has the custodian take some batches without the exchange hearing of it, at once or until it gives up.
func (m *model) loseAnswers(t *rapid.T) {
	left, hangs := rapid.IntRange(1, 3).Draw(t, "answers"), rapid.Bool().Draw(t, "hangs")
	m.misbehave(nil, func(*answer) error {
		if left--; left < 0 {
			return nil
		}
		if hangs {
			time.Sleep(CallTimeout)
		}
		return errs.New(errs.Unavailable, "LOST", "lost")
	})
}

func (m *model) failCalls(t *rapid.T) {
	left := rapid.IntRange(1, 8).Draw(t, "calls")
	m.misbehave(func(*request) error {
		if left--; left < 0 {
			return nil
		}
		return errs.New(errs.Unavailable, "STARTING", "starting")
	}, nil)
}

// check holds after each step: what has arrived is the beginning of what is due, and the cursor never stands before it came.
func (m *model) check(t *rapid.T) {
	ids := m.ids()
	require.LessOrEqual(t, len(ids), len(m.want))
	if len(ids) > 0 {
		require.Equal(t, m.want[:len(ids)], ids)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	require.LessOrEqual(t, m.machine.Cursor(Consumer), m.through)
	require.Zero(t, m.gaps)
}

// recover ends all trouble, and then everything arrives.
func (m *model) recover(t *rapid.T) {
	if m.cut {
		m.breakOrHeal(t)
	}
	if m.server == nil {
		m.listen(t, m.network)
	}
	m.misbehave(nil, nil)
	m.do(t, &venue.Event{Kind: venue.OrderAccepted})
	time.Sleep(2 * time.Minute)
	m.check(t)
	require.Len(t, m.ids(), len(m.want))
	require.Equal(t, m.machine.Stats().Events, m.machine.Cursor(Consumer))
	events, bytes := m.Backlog()
	require.Zero(t, events)
	require.Zero(t, bytes)
}
