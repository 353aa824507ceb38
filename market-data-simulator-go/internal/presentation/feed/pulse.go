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

// due returns the channel that says when to look whether the pulse is overdue; nil, which never does, without one.
func (p *pulse) due() <-chan time.Time {
	if p == nil {
		return nil
	}
	p.timer.Reset(HeartbeatInterval - time.Since(p.last))
	return p.timer.C
}

func (p *pulse) overdue() bool { return p != nil && time.Since(p.last) >= HeartbeatInterval }

func (p *pulse) sent() {
	if p != nil {
		p.last = time.Now()
	}
}

// beat sends a heartbeat that names the tick up to which all has been sent that was due.
func (p *pulse) beat(newest *entry, schedule Schedule, send func(*Frame) error) error {
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
