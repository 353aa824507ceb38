package marketfeed

import (
	"sync"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// Frame is a message that many streams send: it is made by the first that does, and put into its form on the wire once. The message
// must not be changed.
type Frame struct {
	once     sync.Once
	make     func() proto.Message
	message  proto.Message
	prepared atomic.Pointer[grpc.PreparedMsg]
}

// Message returns what the frame says.
func (f *Frame) Message() proto.Message {
	f.once.Do(func() { f.message, f.make = f.make(), nil })
	return f.message
}

// Sender sends frames down one stream.
type Sender struct {
	stream grpc.ServerStream
	plain  bool // what is prepared for one such stream fits all
}

// NewSender makes the sender of a stream. Its caller may have asked for compression: then each frame is compressed for it alone.
func NewSender(stream grpc.ServerStream) *Sender {
	transport, known := grpc.ServerTransportStreamFromContext(stream.Context()).(interface{ SendCompress() string })
	plain := known && (transport.SendCompress() == "" || transport.SendCompress() == "identity")
	return &Sender{stream: stream, plain: plain}
}

// Send sends a frame, and waits while the reader's window is full.
func (s *Sender) Send(frame *Frame) error {
	if !s.plain {
		return s.stream.SendMsg(frame.Message())
	}
	ready := frame.prepared.Load()
	if ready == nil { // when two come at once both prepare it, which costs less than having one wait
		ready = &grpc.PreparedMsg{}
		if err := ready.Encode(s.stream, frame.Message()); err != nil {
			return err
		}
		frame.prepared.Store(ready)
	}
	return s.stream.SendMsg(ready)
}
