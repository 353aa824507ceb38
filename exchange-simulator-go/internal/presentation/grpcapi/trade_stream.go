package grpcapi

// Trade: order entry over one stream. One goroutine reads commands and hands them to the machine without waiting, another writes the
// answers in the order of the commands; the handler itself waits for the end, cancels what is to be cancelled, and leaves.
//
//	Recv -> decode -> [late: waits while there is a latency fault] -> machine
//	           '----> queue, in order ------------------------------> answer -> Send

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// MaxInFlight is how many commands of one stream may be without an answer that its client has taken. A stream that has as many is not
// read until the client takes one, so that a slow client costs this much memory and nobody else's time.
const MaxInFlight = 1024

// Trade implements exchange.v1.TradingService.
func (s *TradingServer) Trade(stream exchangev1.TradingService_TradeServer) error {
	t := &tradeStream{
		server: s, stream: stream, ctx: stream.Context(), ended: make(chan struct{}),
		queue: make(chan *slot, MaxInFlight), free: make(chan *slot, MaxInFlight), late: make(chan *slot, MaxInFlight),
		bell: make(chan struct{}, 1),
	}
	go t.read() // ends when the stream does, which is when this function returns at the latest
	answered := make(chan error, 1)
	go func() { answered <- t.answer() }()
	select {
	case err := <-answered:
		t.end()
		return err
	case <-t.ctx.Done():
		t.end()
		return cmp.Or(t.ctx.Err(), <-answered)
	}
}

// tradeStream is one open stream.
type tradeStream struct {
	server  *TradingServer
	stream  exchangev1.TradingService_TradeServer
	ctx     context.Context
	account string        // the only one that may be used; empty allows all
	queue   chan *slot    // commands in their order; closed by the reader at the end of the commands
	free    chan *slot    // those whose answers were sent
	made    int           // slots so far, by the reader
	taken   uint64        // commands before the one that is read, by the reader
	settled atomic.Uint64 // commands that the machine has answered, or that were refused before
	bell    chan struct{} // holds one when settled has grown
	failed  error         // why the reader stopped; set before queue is closed
	ended   chan struct{} // closed when nothing more goes to the machine
	late    chan *slot    // commands that a latency fault holds up, in their order
	delayer sync.WaitGroup

	mu      sync.Mutex // guards what follows, and that nothing goes to the machine after the end
	over    bool
	session uint64    // that ends with the stream; 0 when its orders stay
	placed  bool      // in the session
	waiting int       // commands in late, or just taken from it
	due     time.Time // when the last of them may go on
}

// slot is one command in flight.
type slot struct {
	number   uint64
	account  string
	write    writer
	command  venue.Command
	due      time.Time    // when it may go to the machine, of one that waits
	answered chan outcome // holds one
	done     func(venue.Answer, error)
}

// outcome is what the machine said.
type outcome struct {
	answer venue.Answer
	err    error
}

// errStreamEnded is the answer to what was read and not handed to the machine; nobody may be there to read it.
var errStreamEnded = errs.New(errs.Unavailable, "STREAM_ENDED", "the stream ended before the command was taken: it had no effect, send it again")

// read takes in commands until the client has no more or is gone, or the stream ends.
func (t *tradeStream) read() {
	defer close(t.queue)
	take := t.start
	for {
		request, err := t.stream.Recv()
		if err == nil {
			err = take(request)
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.failed = err
			}
			return
		}
		take = t.take
	}
}

// start opens the stream.
func (t *tradeStream) start(request *exchangev1.TradeRequest) error {
	asked := request.GetStart()
	if asked == nil {
		return errs.InvalidField("command", commandName(request), "start: it opens the stream")
	}
	sequence, err := t.server.opening(t.ctx, asked.GetAccount())
	if err != nil {
		return err
	}
	t.account = asked.GetAccount()
	if asked.GetCancelOnDisconnect() {
		t.mu.Lock()
		t.session = t.server.newSession()
		t.mu.Unlock()
	}
	one, err := t.slot(request.GetRequestNumber())
	if err != nil {
		return err
	}
	one.write = writeStarted
	t.queue <- one
	t.taken++
	one.done(venue.Answer{Sequence: sequence}, nil)
	return nil
}

// opening returns the sequence of the last event, if there is an account of that name or none is asked for.
func (s *TradingServer) opening(ctx context.Context, account string) (sequence uint64, err error) {
	ended := s.read(ctx, func(v *venue.Venue) {
		sequence = v.Sequence()
		if account != "" {
			_, err = v.Orders(account, 0, func(*venue.Record) bool { return false }, 1, nil)
		}
	})
	return sequence, errors.Join(ended, err)
}

// newSession returns a session that no other stream has.
func (s *TradingServer) newSession() uint64 {
	for {
		if session := s.sessions.Add(1); session != 0 { // 0 is no session
			return session
		}
	}
}

// take reads one command and hands it on. What is wrong with it is its answer; an error is the end of the stream.
func (t *tradeStream) take(request *exchangev1.TradeRequest) error {
	one, err := t.slot(request.GetRequestNumber())
	if err != nil {
		return err
	}
	defer func() { t.taken++ }()
	t.queue <- one // has room for all slots
	read, err := t.decode(request)
	if err != nil {
		one.done(venue.Answer{}, err)
		return nil
	}
	one.command, one.account, one.write = read.command, read.account, read.write
	t.enter(one, read.instrument)
	return nil
}

// slot waits until one more command may be in flight. It fails when the stream ends first.
func (t *tradeStream) slot(number uint64) (one *slot, err error) {
	if t.made < MaxInFlight && len(t.free) == 0 {
		one = t.newSlot()
		t.made++
	} else {
		select {
		case one = <-t.free:
		case <-t.ended:
			return nil, errStreamEnded
		}
	}
	one.number = number
	return one, nil
}

// newSlot makes a slot. Its done is called on the goroutine that owns the venue, and waits for nobody.
func (t *tradeStream) newSlot() *slot {
	one := &slot{answered: make(chan outcome, 1)}
	one.done = func(answer venue.Answer, err error) {
		one.answered <- outcome{answer, err}
		t.settled.Add(1)
		select {
		case t.bell <- struct{}{}:
		default:
		}
	}
	return one
}

// settle waits until all commands before the one that is read have had their effect, or the stream has ended.
func (t *tradeStream) settle() {
	for t.settled.Load() < t.taken {
		select {
		case <-t.bell:
		case <-t.ended:
			return
		}
	}
}

// enter hands a command to the machine, at once or once a latency fault lets it; never before those that came earlier.
func (t *tradeStream) enter(one *slot, instrument int32) {
	wait := t.server.latency(instrument)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over || wait == 0 && t.waiting == 0 {
		t.submit(one)
		return
	}
	if due := time.Now().Add(wait); due.After(t.due) {
		t.due = due
	}
	one.due = t.due
	if t.waiting++; t.waiting == 1 {
		t.delayer.Go(t.release)
	}
	t.late <- one // has room for all slots
}

// submit hands a command to the machine, unless the stream has ended; t.mu is held.
func (t *tradeStream) submit(one *slot) {
	if t.over {
		one.done(venue.Answer{}, errStreamEnded)
		return
	}
	if place, ok := one.command.(*venue.Place); ok {
		place.Session = t.session
		t.placed = true
	}
	if err := t.server.Machine.SubmitAsync(one.command, one.done); err != nil {
		one.done(venue.Answer{}, err)
	}
}

// release lets commands go on as they are due, until none waits.
func (t *tradeStream) release() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for more := true; more; {
		one := <-t.late
		timer.Reset(time.Until(one.due))
		select {
		case <-timer.C:
		case <-t.ended:
		}
		t.mu.Lock()
		t.submit(one)
		t.waiting--
		more = t.waiting > 0
		t.mu.Unlock()
	}
}

// answer sends the answers in the order of the commands. It ends when there are no more commands, with what ended them, or when the stream
// has ended and all that was taken is answered.
func (t *tradeStream) answer() error {
	for {
		select {
		case one, more := <-t.queue:
			if !more {
				return t.failed
			}
			if err := t.send(one); err != nil {
				return err
			}
		case <-t.ended:
			return t.drain()
		}
	}
}

// drain sends the answers to what was taken before the stream ended.
func (t *tradeStream) drain() error {
	for {
		select {
		case one, more := <-t.queue:
			if !more {
				return nil
			}
			if err := t.send(one); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// send sends the answer to a command once there is one; the machine answers everything.
func (t *tradeStream) send(one *slot) error {
	said := <-one.answered
	response := &exchangev1.TradeResponse{RequestNumber: one.number}
	if said.err == nil {
		said.err = said.answer.Err
	}
	if said.err == nil {
		said.err = one.write(t, one.account, &said.answer, response)
	}
	if said.err != nil {
		response.Answer = &exchangev1.TradeResponse_Refusal{Refusal: refusal(said.err)}
	}
	if err := t.stream.Send(response); err != nil {
		return err
	}
	t.free <- one // has room for all slots
	return nil
}

// end lets nothing more through to the machine, and cancels the orders of the stream if that was asked for.
func (t *tradeStream) end() {
	t.mu.Lock()
	t.over = true
	session := t.session
	if !t.placed {
		session = 0
	}
	t.mu.Unlock()
	close(t.ended)
	t.delayer.Wait()
	if session != 0 {
		t.server.disconnect(context.WithoutCancel(t.ctx), session)
	}
}
