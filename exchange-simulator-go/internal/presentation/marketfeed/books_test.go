package marketfeed

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/depth"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue/crowd"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

func TestASnapshotAndWhatFollowsGiveTheBookToFastAndSlowReaders(t *testing.T) {
	resnapshots := 0.0
	for seed := range uint64(4) {
		inBubble(t, seed, func(t *testing.T, w *world) {
			for _, one := range w.feed.boards { // a change of 12 readers may come each 120 ms, or at once
				one.levels.rate, one.orders.rate = []int{MessageRate, 100}[seed%2], []int{MessageRate, 100}[seed%2]
			}
			var listeners []*listener
			for range 12 {
				w.trade(100)
				pause := time.Duration(w.random.IntN(4)) * time.Duration(w.random.IntN(300)) * time.Millisecond
				listeners = append(listeners, w.listen(int32(w.random.IntN(2)), w.random.IntN(2) == 0, pause))
			}
			w.trade(1000)
			time.Sleep(time.Hour) // for the slowest
			all := [2]map[uint64]moment{w.moments(0), w.moments(1)}
			for _, l := range listeners {
				requireFaithful(t, l, l.hangUp(t), all[l.instrument])
				requireUpToDate(t, w, l)
			}
			resnapshots += testutil.ToFloat64(w.feed.metrics.resnapshots)
		})
	}
	assert.Greater(t, resnapshots, 10.0)
}

// requireFaithful checks every message against the book as it was after the event of its sequence.
func requireFaithful(t *testing.T, l *listener, messages []*exchangev1.StreamOrderBookResponse, all map[uint64]moment) {
	t.Helper()
	var reader known
	before := uint64(0)
	require.NotEmpty(t, messages)
	require.True(t, messages[0].GetSnapshot())
	for _, message := range messages {
		sequence := message.GetSequence()
		if message.GetSnapshot() {
			require.Zero(t, message.GetPreviousSequence())
			require.GreaterOrEqual(t, sequence, before)
		} else {
			require.Equal(t, before, message.GetPreviousSequence())
			require.Greater(t, sequence, before)
		}
		before = sequence
		reader.change(message)
		then, known := all[sequence]
		require.True(t, known || message.GetSnapshot())
		switch {
		case !known: // the first copy, which is of all instruments
		case l.byOrder:
			require.Equal(t, then.orders, reader.showOrders())
		default:
			require.Equal(t, then.levels, reader.showLevels())
			require.False(t, reader.crossed() && then.phase == matching.Continuous)
		}
	}
}

// requireUpToDate checks that a reader knows the venue's own book.
func requireUpToDate(t *testing.T, w *world, l *listener) {
	t.Helper()
	synctest.Wait()
	var reader, venues known
	for _, message := range l.messages() {
		reader.change(message)
	}
	one := w.feed.boards[l.instrument].instrument
	require.NoError(t, w.machine.Read(t.Context(), func() {
		present := depth.Of(w.state.Venue.Engine(l.instrument).Book())
		venues.change(bookMessage(one, byLevel.copy(present), 0, 0, time.Time{}))
		venues.change(bookMessage(one, byOrder.copy(present), 0, 0, time.Time{}))
	}))
	if l.byOrder {
		require.Equal(t, venues.showOrders(), reader.showOrders())
	} else {
		require.Equal(t, venues.showLevels(), reader.showLevels())
	}
}

func TestAReaderThatIsTooSlowGetsANewSnapshotAndCostsNobodyElseAnything(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, w *world) {
		slow, fast := w.listen(crowd.BTCUSD, false, 20*time.Second), w.listen(crowd.BTCUSD, false, 0)
		w.trade(1500)
		synctest.Wait()
		changes := fast.messages()[1:]
		require.Greater(t, len(changes), 100)
		for _, message := range changes {
			require.False(t, message.GetSnapshot())
		}
		requireUpToDate(t, w, fast)
		assert.Less(t, len(slow.messages()), 20)
		time.Sleep(2 * time.Hour)
		requireUpToDate(t, w, slow)
		assert.Less(t, len(slow.hangUp(t)), len(changes))
		assert.Positive(t, testutil.ToFloat64(w.feed.metrics.resnapshots))
		fast.hangUp(t)
	})
}

func TestManyReadersSlowTheirOwnMessagesDown(t *testing.T) {
	inBubble(t, 15, func(t *testing.T, w *world) {
		var all []*listener
		for range MessageRate/1000 + MessageRate/100 {
			all = append(all, w.listen(crowd.BTCUSD, false, 0))
		}
		one := w.listen(crowd.BTCUSD, true, 0)
		synctest.Wait()
		began := time.Now()
		for range 1000 {
			w.do(w.crowd.Command(w.last))
			time.Sleep(time.Millisecond)
		}
		most := 3 + int(time.Since(began)/(11*time.Millisecond))
		time.Sleep(time.Second)
		require.Greater(t, len(one.messages()), 2*most, "a single reader has more of them")
		for _, l := range all {
			assert.LessOrEqual(t, len(l.messages()), most)
		}
		requireUpToDate(t, w, all[0])
		requireUpToDate(t, w, one)
		for _, l := range append(all, one) {
			l.hangUp(t)
		}
	})
}

func TestReadersThatComeAtOnceShareASnapshotAndChanges(t *testing.T) {
	inBubble(t, 2, func(t *testing.T, w *world) {
		w.trade(100)
		first := w.listen(crowd.BTCUSD, true, 0)
		synctest.Wait()
		w.trade(20)
		second := w.listen(crowd.BTCUSD, true, 0)
		synctest.Wait()
		require.Same(t, first.messages()[0], second.messages()[0])
		require.Same(t, first.messages()[1], second.messages()[1])
		requireUpToDate(t, w, first)
		requireUpToDate(t, w, second)
		first.hangUp(t)
		second.hangUp(t)
		w.trade(20)
		third := w.listen(crowd.BTCUSD, true, 0)
		synctest.Wait()
		require.NotSame(t, first.messages()[0], third.messages()[0], "what happened while nobody read is in no change")
		requireUpToDate(t, w, third)
		requireFaithful(t, third, third.hangUp(t), w.moments(crowd.BTCUSD))
	})
}

// stale makes the book of an instrument stand still, from a time on, for a while.
func (w *world) stale(id string, instrument int32, from, lasts time.Duration) {
	begins := time.Now().Add(from)
	answer := w.do(&venue.InjectFault{Fault: venue.Fault{
		ID: id, Kind: venue.StaleBook, Instrument: instrument, From: begins.UnixNano(), Until: begins.Add(lasts).UnixNano(),
	}})
	require.NoError(w, answer.Err)
}

func TestAStaleBookStandsStillForItsReadersAndForThoseWhoCome(t *testing.T) {
	for name, end := range map[string]func(*world){
		"until it is cleared":   func(w *world) { w.do(&venue.ClearFaults{}) },
		"until its time passed": func(w *world) { time.Sleep(2 * time.Hour); w.do(&venue.Advance{}) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 3, func(t *testing.T, w *world) {
				w.trade(200)
				reader, other := w.listen(crowd.BTCUSD, true, 0), w.listen(crowd.ADABTC, true, 0)
				synctest.Wait()
				w.trade(50)
				w.stale("still", crowd.BTCUSD, 0, time.Hour)
				synctest.Wait()
				known := len(reader.messages())
				bothKnew := len(other.messages())
				requireUpToDate(t, w, reader)
				w.trade(100)
				coming, levels := w.listen(crowd.BTCUSD, true, 0), w.listen(crowd.BTCUSD, false, 0)
				w.trade(100)
				synctest.Wait()
				require.Len(t, reader.messages(), known)
				require.Greater(t, len(other.messages()), bothKnew)
				require.Equal(t, show(reader, true), show(coming, true))
				require.Len(t, levels.messages(), 1)
				end(w)
				synctest.Wait()
				for _, l := range []*listener{reader, coming, levels} {
					assert.True(t, l.messages()[len(l.messages())-1].GetSnapshot())
					requireUpToDate(t, w, l)
				}
				w.trade(50)
				synctest.Wait()
				for _, l := range []*listener{reader, coming, levels, other} {
					requireUpToDate(t, w, l)
					l.hangUp(t)
				}
			})
		})
	}
}

func TestABookThatNobodyReadStandsStillAsItWas(t *testing.T) {
	inBubble(t, 16, func(t *testing.T, w *world) {
		w.trade(50)
		earlier := w.listen(crowd.BTCUSD, false, 0)
		synctest.Wait()
		earlier.hangUp(t)
		w.trade(100)
		w.stale("still", venue.All, 0, time.Hour)
		synctest.Wait()
		was := w.moments(crowd.BTCUSD)
		w.trade(100)
		coming := w.listen(crowd.BTCUSD, false, 0)
		synctest.Wait()
		requireFaithful(t, coming, coming.hangUp(t), was)
	})
}

func show(l *listener, byOrder bool) string {
	var reader known
	for _, message := range l.messages() {
		reader.change(message)
	}
	if byOrder {
		return reader.showOrders()
	}
	return reader.showLevels()
}

func TestAFaultThatBeginsLaterActsFromThenOn(t *testing.T) {
	inBubble(t, 4, func(t *testing.T, w *world) {
		w.stale("later", venue.All, time.Hour, time.Hour)
		reader := w.listen(crowd.BTCUSD, false, 0)
		w.trade(50)
		synctest.Wait()
		requireUpToDate(t, w, reader)
		_, active := w.feed.Faults().Active(venue.StaleBook, crowd.BTCUSD)
		assert.False(t, active)
		time.Sleep(time.Hour)
		fault, active := w.feed.Faults().Active(venue.StaleBook, crowd.BTCUSD)
		assert.True(t, active)
		assert.Equal(t, "later", fault.ID)
		_, active = w.feed.Faults().Active(venue.EntryLatency, crowd.BTCUSD)
		assert.False(t, active)
		known := len(reader.messages())
		w.trade(50)
		synctest.Wait()
		assert.Len(t, reader.messages(), known)
		time.Sleep(time.Hour)
		w.trade(1)
		synctest.Wait()
		requireUpToDate(t, w, reader)
		reader.hangUp(t)
	})
}

func TestABookThatIsTooLargeForAMessageComesInParts(t *testing.T) {
	one := &venueOf(t).Instruments[crowd.BTCUSD]
	whole := &snapshot{sequence: 7}
	for n := range int64(2*MaxEntries + 1) {
		whole.levels = append(whole.levels, depth.Level{Side: book.Side(n % 2), Price: 1 + n, Lots: 1, Orders: 1})
	}
	frames := snapshotFrames(one, whole)
	require.Len(t, frames, 3)
	var count int
	for n, frame := range frames {
		message := frame.Message().(*exchangev1.StreamOrderBookResponse)
		assert.Equal(t, n == 0, message.GetSnapshot())
		assert.Equal(t, uint64(7), message.GetSequence())
		assert.Equal(t, []uint64{0, 7, 7}[n], message.GetPreviousSequence())
		count += len(message.GetBids()) + len(message.GetAsks())
	}
	assert.Equal(t, 2*MaxEntries+1, count)
	require.Len(t, snapshotFrames(one, &snapshot{sequence: 8}), 1, "an empty book has a snapshot, too")
}

func venueOf(t *testing.T) *instrument.Listing {
	configure := crowd.Configure()
	listing, err := instrument.NewListing(configure.Assets, configure.Instruments)
	require.NoError(t, err)
	return listing
}
