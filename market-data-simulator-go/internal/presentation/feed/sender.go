package feed

import "google.golang.org/grpc"

// Sender sends frames down one stream. A frame that many streams send is framed for the wire once, by the first: gRPC then
// neither asks the codec nor makes a message header for each.
type Sender struct {
	stream grpc.ServerStream
	plain  bool // what is framed for one such stream fits all
}

// NewSender makes the sender of a stream. Its caller may have asked for compression: then each frame is compressed for it alone.
func NewSender(stream grpc.ServerStream) *Sender {
	transport, known := grpc.ServerTransportStreamFromContext(stream.Context()).(interface{ SendCompress() string })
	plain := known && (transport.SendCompress() == "" || transport.SendCompress() == "identity")
	return &Sender{stream: stream, plain: plain}
}

// Send sends a frame, and waits while the reader's window is full.
func (s *Sender) Send(frame *Frame) error {
	if !s.plain || !frame.shared {
		return s.stream.SendMsg(frame)
	}
	ready := frame.prepared.Load()
	if ready == nil {
		ready = &grpc.PreparedMsg{}
		if err := ready.Encode(s.stream, frame); err != nil {
			return err
		}
		frame.prepared.Store(ready)
	}
	return s.stream.SendMsg(ready)
}
