package settlement

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	custodianv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/custodian/v1"
	"github.com/trading-ecosystem/service-kit-go/clients"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

type (
	request = custodianv1.SubmitInstructionsRequest
	answer  = custodianv1.SubmitInstructionsResponse
)

// waits are the times between the calls that the custodian has had.
func (w *world) waits() (waits []time.Duration) {
	_, times := w.seen()
	for n := range times[1:] {
		waits = append(waits, times[n+1].Sub(times[n]))
	}
	return waits
}

func TestAServiceThatIsNotThereYetIsTriedAgainTwiceAsLateEachTime(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.listen(t, w.network)
		w.misbehave(func(*request) error { return errs.New(errs.ResourceExhausted, "BUSY", "busy") }, nil)
		w.do(t, w.traded())
		time.Sleep(time.Minute)
		assert.Equal(t, []time.Duration{
			200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond, 1600 * time.Millisecond, 3200 * time.Millisecond,
			6400 * time.Millisecond, 12800 * time.Millisecond, RetryMost, RetryMost,
		}, w.waits())
		assert.EqualValues(t, 10, testutil.ToFloat64(w.failures.WithLabelValues("ResourceExhausted")))
		w.misbehave(nil, nil)
		time.Sleep(RetryMost)
		assertInOrder(t, w)
	}))
}

func TestAnAnswerThatNamesATimeIsWaitedFor(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.listen(t, w.network)
		busy := errs.New(errs.ResourceExhausted, "BUSY", "busy").WithRetryAfter(7 * time.Second)
		w.misbehave(func(*request) error { return busy }, nil)
		w.do(t, w.traded())
		time.Sleep(10 * time.Second)
		assert.Equal(t, []time.Duration{7 * time.Second}, w.waits())
	}))
}

func TestACustodianThatFailsIsLeftAloneByTheBreakerAndProbed(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.listen(t, w.network)
		w.misbehave(func(*request) error { return errs.New(errs.Unavailable, "STARTING", "starting") }, nil)
		w.do(t, w.traded())
		time.Sleep(clients.BreakerOpen)
		assert.Equal(t, clients.BreakerFailures, w.calls())
		w.misbehave(nil, nil)
		time.Sleep(clients.BreakerOpen)
		assertInOrder(t, w)
	}))
}

func TestAnAnswerThatIsLostIsNoSecondTrade(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.listen(t, w.network)
		w.misbehave(nil, func(*answer) error { return errs.New(errs.Unavailable, "LOST", "lost") })
		w.do(t, w.traded(), w.traded())
		time.Sleep(150 * time.Millisecond)
		w.misbehave(nil, nil)
		time.Sleep(time.Second)
		assertInOrder(t, w)
		assert.Len(t, w.all(), 2)
		assert.EqualValues(t, 2, testutil.ToFloat64(w.instructions.WithLabelValues("duplicate")))
		assert.EqualValues(t, 0, testutil.ToFloat64(w.instructions.WithLabelValues("accepted")))
	}))
}

func TestACustodianThatHangsIsGivenUpAfterTheCallsTime(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.listen(t, w.network)
		w.misbehave(nil, func(*answer) error { time.Sleep(CallTimeout + time.Second); return nil })
		w.do(t, w.traded())
		time.Sleep(CallTimeout + time.Second)
		assert.EqualValues(t, 1, testutil.ToFloat64(w.failures.WithLabelValues("DeadlineExceeded")))
		w.misbehave(nil, nil)
		time.Sleep(time.Minute)
		assertInOrder(t, w)
	}))
}

// poison refuses whatever has an instruction in it.
func poison(id string, refusal error) func(*request) error {
	return func(r *request) error {
		if slices.ContainsFunc(r.GetInstructions(), func(one *custodianv1.Instruction) bool { return one.GetInstructionId() == id }) {
			return refusal
		}
		return nil
	}
}

func TestARefusedInstructionStopsTheExportThereAndNothingIsSkipped(t *testing.T) {
	for name, refusal := range map[string]error{
		"malformed": errs.InvalidField("amount", "x", "a decimal"),
		"reused":    errs.New(errs.AlreadyExists, "INSTRUCTION_ID_REUSED", "the id names an instruction with other content"),
	} {
		t.Run(name, func(t *testing.T) {
			kittest.Run(t, inWorld(func(t *testing.T, w *world) {
				w.listen(t, w.network)
				w.misbehave(poison("exchange/trade/77", refusal), nil)
				for range 100 {
					w.do(t, accepted(), w.traded())
				}
				time.Sleep(10 * time.Second)
				require.Len(t, w.all(), 76, "what was before it")
				assert.EqualValues(t, 153, w.machine.Cursor(Consumer), "up to the event before it")
				assert.Less(t, w.calls(), 25, "found by halves")
				assert.Equal(t, health.Degraded, w.ready().State)
				assert.EqualValues(t, 154, w.ready().Detail["stopped_at_sequence"])
				assert.Contains(t, w.ready().LastError, "the custodian refuses exchange/trade/77, event 154")
				assert.Contains(t, w.log.String(), "level=error")
				assert.Contains(t, w.log.String(), "sequence=154")

				before := w.calls()
				time.Sleep(10 * StoppedRetry)
				assert.Equal(t, before+10, w.calls(), "it is offered again, slowly")
				require.Len(t, w.all(), 76)

				w.misbehave(nil, nil)
				time.Sleep(StoppedRetry)
				assertInOrder(t, w)
				assert.Equal(t, health.Up, w.ready().State)
				assert.NotContains(t, w.ready().Detail, "stopped_at_sequence")
			}))
		})
	}
}

func TestAnotherJournalThanBeforeStopsTheExport(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.custodian.journal = "ffffffffffffffffffffffffffffffff"
		w.listen(t, w.network)
		w.do(t, w.traded())
		time.Sleep(10 * time.Minute)
		assert.Empty(t, w.all())
		assert.Zero(t, w.machine.Cursor(Consumer))
		assert.EqualValues(t, 1, w.ready().Detail["stopped_at_sequence"])
		assert.Contains(t, w.ready().LastError, "another journal")
	}))
}

func TestACustodianThatLostItsLastDataReceivesItAgain(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.listen(t, w.network)
		for range 20 {
			w.do(t, w.traded(), accepted())
		}
		time.Sleep(2 * time.Second)
		require.EqualValues(t, 40, w.machine.Cursor(Consumer))
		w.forget(7, 13)
		w.do(t, w.traded())
		time.Sleep(2 * time.Second)
		assertInOrder(t, w)
		assert.Contains(t, w.log.String(), "from=14 instead_of=41")
		assert.Equal(t, health.Up, w.ready().State)
	}))
}

func TestAGapThatTheLogCannotFillStopsTheExport(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.listen(t, w.network)
		for range 3 {
			for range 100 {
				w.do(t, w.traded())
			}
			time.Sleep(time.Second)
			require.NoError(t, w.machine.Snapshot(t.Context()))
		}
		require.Greater(t, w.machine.Stats().EarliestEvent, uint64(10), "acknowledged events were removed")
		w.forget(9, 9)
		w.do(t, w.traded())
		time.Sleep(10 * time.Minute)
		assert.Len(t, w.all(), 9)
		assert.EqualValues(t, 301, w.ready().Detail["stopped_at_sequence"])
		assert.Contains(t, w.ready().LastError, "the custodian wants to go on from event 10")
	}))
}

func TestACursorBeforeRemovedEventsGoesOnWhereTheLogBeginsIfTheCustodianHasTheOthers(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.listen(t, w.network)
		for range 3 {
			for range 100 {
				w.do(t, w.traded())
			}
			time.Sleep(time.Second)
			require.NoError(t, w.machine.Snapshot(t.Context()))
		}
		earliest := w.machine.Stats().EarliestEvent
		require.Greater(t, earliest, uint64(10))
		w.stop()
		w.do(t, w.traded())
		w.export(&older{w.machine, 9}, w.state)
		time.Sleep(time.Second)
		assertInOrder(t, w)
		requests, _ := w.seen()
		assert.Equal(t, earliest, requests[len(requests)-1].GetFromSequence())
		assert.EqualValues(t, 301, w.machine.Cursor(Consumer))
	}))
}

// older is a machine whose cursor stands where it did before.
type older struct {
	Machine
	cursor uint64
}

func (o *older) Cursor(string) uint64 { return o.cursor }

func TestAnAnswerThatDoesNotFitAcknowledgesNothing(t *testing.T) {
	for name, change := range map[string]func(*answer){
		"too few":     func(a *answer) { a.Acknowledgements = a.Acknowledgements[1:] },
		"another id":  func(a *answer) { a.Acknowledgements[0].InstructionId = "exchange/trade/7" },
		"no outcome":  func(a *answer) { a.Acknowledgements[0].Outcome = 0 },
		"too low":     func(a *answer) { a.HighestSequence-- },
		"beyond ours": func(a *answer) { a.HighestSequence++ },
	} {
		t.Run(name, func(t *testing.T) {
			kittest.Run(t, inWorld(func(t *testing.T, w *world) {
				w.listen(t, w.network)
				w.misbehave(nil, func(a *answer) error { change(a); return nil })
				w.do(t, w.traded())
				time.Sleep(time.Second)
				assert.Zero(t, w.machine.Cursor(Consumer))
				assert.EqualValues(t, 1, w.ready().Detail["stopped_at_sequence"])
				w.misbehave(nil, nil)
				time.Sleep(StoppedRetry)
				assertInOrder(t, w)
				assert.EqualValues(t, 1, w.machine.Cursor(Consumer))
			}))
		})
	}
}

func TestAnEventThatTheVenueCannotExplainStopsTheExport(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.listen(t, w.network)
		w.do(t, w.traded(), &venue.Event{Kind: venue.Traded, Account: 9, Trade: 2, Price: 1, Lots: 1})
		time.Sleep(StoppedRetry)
		assert.Contains(t, w.log.String(), "make an instruction of event 2: it names accounts 9 and 0")
		assert.EqualValues(t, 2, w.ready().Detail["stopped_at_sequence"])
	}))
}

func TestALogThatCannotBeReadIsTriedAgain(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.listen(t, w.network)
		w.do(t, w.traded())
		time.Sleep(time.Second)
		w.stop()
		w.disk.Fault(func(operation, _ string) error {
			if operation == "open" {
				return errors.New("the disk is tired")
			}
			return nil
		})
		w.start()
		w.do(t, w.traded())
		time.Sleep(time.Minute)
		assert.Contains(t, w.ready().LastError, "the disk is tired")
		w.disk.Fault(nil)
		time.Sleep(time.Minute)
		assertInOrder(t, w)
	}))
}

func TestManyAccountsAreReadSomeThousandsAtATime(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		for n := range 2*accountsAtOnce + 10 {
			w.do(t, w.opened(fmt.Sprint("a", n)))
		}
		last := w.state.ledger.Accounts() - 1
		w.do(t, &venue.Event{Kind: venue.Traded, Account: last, Trade: 1, Price: 1, Lots: 1})
		w.listen(t, w.network)
		time.Sleep(time.Minute)
		require.Len(t, w.all(), 1)
		assert.Equal(t, fmt.Sprint("a", 2*accountsAtOnce+9), w.all()[0].GetTrade().GetBuyer().GetAccount())
	}))
}

// slow is a machine that lets others wait before they may read.
type slow struct{ Machine }

func (s slow) Read(ctx context.Context, view func()) error {
	time.Sleep(2 * IdleLinger)
	return s.Machine.Read(ctx, view)
}

func TestAVenueThatIsBusyWhenNamesAreReadCostsNoEvent(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.listen(t, w.network)
		w.stop()
		w.export(slow{w.machine}, w.state)
		for n := range 10 {
			trade := w.traded()
			trade.Account = int32(n) + 1
			w.do(t, accepted(), w.opened(fmt.Sprint("a", n)), trade)
			time.Sleep(Linger / 2)
		}
		time.Sleep(time.Minute)
		assertInOrder(t, w)
		assert.Zero(t, w.gaps)
		assert.NotContains(t, w.log.String(), "was read where")
	}))
}

func TestTheBacklogCostsAnOrderNothing(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.do(t, w.traded())
		time.Sleep(time.Second)
		assert.Zero(t, testing.AllocsPerRun(100, func() { w.Backlog() }))
		w.do(t, w.traded())
		events, _ := w.Backlog()
		assert.EqualValues(t, 1, events, "a while ago")
		time.Sleep(BacklogAge)
		events, bytes := w.Backlog()
		assert.EqualValues(t, 2, events)
		assert.EqualValues(t, segment, bytes, "all there is")
	}))
}
