package feed

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// HeartbeatInterval is for how long nothing must have been sent until a heartbeat is.
const HeartbeatInterval = time.Second

// pulse sends the heartbeats of a stream; nil is that of one without.
type pulse struct {
	timer *time.Timer
	last  time.Time // when something was sent
}

func newPulse(wanted bool) *pulse {
	if !wanted {
		return nil
	}
	return &pulse{timer: time.NewTimer(HeartbeatInterval), last: time.Now()}
}

func (p *pulse) stop() {
	if p != nil {
		p.timer.Stop()
	}
}

// due returns the channel on which the pulse asks for a beat; nil, which never does, without one.
func (p *pulse) due() <-chan time.Time {
	if p == nil {
		return nil
	}
	return p.timer.C
}

func (p *pulse) sent() {
	if p != nil {
		p.last = time.Now()
	}
}

// beat sends a heartbeat, if nothing else was sent lately, that names the tick up to which all has been sent.
func (p *pulse) beat(newest *entry, schedule Schedule, send func(*Frame) error) error {
	defer func() { p.timer.Reset(HeartbeatInterval - time.Since(p.last)) }()
	if time.Since(p.last) < HeartbeatInterval {
		return nil
	}
	encoded, err := proto.Marshal(&marketdatav1.StreamPricesResponse{Heartbeat: &marketdatav1.Heartbeat{
		Sequence: newest.sequence, BusinessTime: timestamppb.New(schedule.Business(newest.step)),
	}})
	if err != nil {
		return fmt.Errorf("encoding the heartbeat of sequence %d: %w", newest.sequence, err)
	}
	frame := &Frame{}
	frame.fill(encoded)
	if err := send(frame); err != nil {
		return fmt.Errorf("%w the heartbeat of sequence %d: %w", errSending, newest.sequence, err)
	}
	p.last = time.Now()
	return nil
}
