package clients

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// model is the breaker with its accounting, naive and obviously right: a list of what counted since the state began.
type model struct {
	state    string // closed, open, probing
	since    time.Time
	row      int               // failures in a row
	epoch    int               // outcomes of calls admitted in an earlier state do not count
	probes   int               // undecided
	outcomes map[string]uint64 // by code
	refused  uint64
}

func (m *model) enter(state string) {
	m.state, m.since, m.row, m.probes = state, time.Now(), 0, 0
	m.epoch++
}

func (m *model) admit() (epoch int, ok bool) {
	if m.state == "open" && time.Since(m.since) >= BreakerOpen {
		m.enter("probing")
	}
	if m.state == "open" || m.state == "probing" && m.probes > 0 {
		return 0, false
	}
	if m.state == "probing" {
		m.probes++
	}
	return m.epoch, true
}

func (m *model) decide(epoch int, code codes.Code) {
	if m.state == "open" && time.Since(m.since) >= BreakerOpen {
		m.enter("probing") // looking is enough
	}
	if epoch != m.epoch {
		return
	}
	bad, nothing := serverFault(code), saysNothing(code)
	switch {
	case nothing && m.state == "probing":
		m.probes--
	case nothing:
	case m.state == "probing" && bad:
		m.enter("open")
	case m.state == "probing":
		m.enter("closed")
	case !bad:
		m.row = 0
	default:
		if m.row++; m.row == BreakerFailures {
			m.enter("open")
		}
	}
}

// scripted is a stream whose next message or end the test decides.
type scripted struct {
	grpc.ClientStream
	next error
}

func (s *scripted) RecvMsg(any) error { return s.next }

// running is a stream under way, in both worlds.
type running struct {
	script *scripted
	stream grpc.ClientStream
	cancel context.CancelFunc
	epoch  int
	begun  bool
	opened time.Time
}

// end is the outcome of the call, or if that is known, of the part after its first message.
func (m *model) end(r *running, code codes.Code) {
	switch {
	case !r.begun:
		r.begun = true
		m.decide(r.epoch, code)
		m.outcomes[code.String()]++
	case code != codes.OK && code != codes.Canceled && code != codes.DeadlineExceeded:
		if epoch, ok := m.admit(); ok {
			m.decide(epoch, code)
		}
		m.outcomes[code.String()]++
	}
}

// world drives the peer and its model side by side.
type world struct {
	*rapid.T
	model   *model
	peer    *peer
	streams []*running
}

var drawnCodes = []codes.Code{codes.OK, codes.Internal, codes.Unavailable, codes.Internal, codes.NotFound, codes.Canceled, codes.ResourceExhausted}

func (w *world) code() codes.Code { return rapid.SampledFrom(drawnCodes).Draw(w.T, "code") }

func (w *world) call() {
	code := w.code()
	epoch, admitted := w.model.admit()
	err := w.peer.unary(context.Background(), "/s/m", nil, nil, nil,
		func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error {
			return status.Error(code, "")
		})
	_, refused := errors.AsType[*errs.Error](err)
	require.Equal(w, !admitted, refused)
	if !admitted {
		w.model.refused++
		return
	}
	w.model.decide(epoch, code)
	w.model.outcomes[code.String()]++
}

func (w *world) open() {
	epoch, admitted := w.model.admit()
	ctx, cancel := context.WithCancel(context.Background())
	script := &scripted{}
	opened, err := w.peer.stream(ctx, nil, nil, "/s/m",
		func(context.Context, *grpc.StreamDesc, *grpc.ClientConn, string, ...grpc.CallOption) (grpc.ClientStream, error) {
			return script, nil
		})
	require.Equal(w, admitted, err == nil)
	if !admitted {
		cancel()
		w.model.refused++
		return
	}
	w.streams = append(w.streams, &running{script: script, stream: opened, cancel: cancel, epoch: epoch, opened: time.Now()})
}

// take draws one of the running streams; nil when there is none.
func (w *world) take(remove bool) *running {
	if len(w.streams) == 0 {
		return nil
	}
	index := rapid.IntRange(0, len(w.streams)-1).Draw(w.T, "stream")
	taken := w.streams[index]
	if remove {
		w.streams = append(w.streams[:index:index], w.streams[index+1:]...)
	}
	return taken
}

func (w *world) message() {
	if stream := w.take(false); stream != nil {
		stream.script.next = nil
		require.NoError(w, stream.stream.RecvMsg(nil))
		w.model.end(stream, codes.OK)
	}
}

func (w *world) end() {
	stream := w.take(true)
	if stream == nil {
		return
	}
	code := w.code()
	stream.script.next = status.Error(code, "")
	if code == codes.OK {
		stream.script.next = io.EOF
	}
	for range 2 { // reading on past the end counts nothing
		require.Error(w, stream.stream.RecvMsg(nil))
	}
	w.model.end(stream, code)
	stream.cancel()
}

func (w *world) abandon() {
	if stream := w.take(true); stream != nil {
		stream.cancel()
		synctest.Wait()
		if !stream.begun {
			w.model.end(stream, codes.Canceled)
		}
	}
}

// wait never lasts so long that a probe is given up while it is undecided: that has a test of its own.
func (w *world) wait() {
	if w.model.probes == 0 {
		time.Sleep(rapid.SampledFrom([]time.Duration{time.Second, BreakerOpen - 1, BreakerOpen}).Draw(w.T, "pause"))
	}
}

// check looks at the peer without touching its breaker, which would move it on.
func (w *world) check(*rapid.T) {
	synctest.Wait()
	require.Equal(w, w.model.state, map[string]string{"closed": "closed", "open": "open", "half-open": "probing"}[w.peer.state.String()])
	require.Equal(w, w.model.since.UTC(), w.peer.since)
	require.Equal(w, w.model.refused, w.peer.refused)
	require.Equal(w, w.model.outcomes, w.peer.outcomes)
}

func TestAccountOfCallsAndStreamsEqualsANaiveModel(t *testing.T) {
	silent := logrus.New()
	silent.SetOutput(io.Discard)
	synctest.Test(t, func(t *testing.T) {
		// In a bubble a test must not be asked for its deadline, which rapid does when it sees a *testing.T.
		rapid.Check(struct{ testing.TB }{t}, func(t *rapid.T) {
			w := &world{
				T: t, peer: newPeer("market-data", New(Options{Log: silent})),
				model: &model{state: "closed", since: time.Now(), outcomes: map[string]uint64{}},
			}
			act := func(do func()) func(*rapid.T) { return func(*rapid.T) { do() } }
			t.Repeat(map[string]func(*rapid.T){
				"call": act(w.call), "call again": act(w.call), "open": act(w.open), "message": act(w.message),
				"end": act(w.end), "abandon": act(w.abandon), "wait": act(w.wait), "": w.check,
			})
			for _, stream := range w.streams {
				stream.cancel()
			}
			synctest.Wait()
		})
	})
}
