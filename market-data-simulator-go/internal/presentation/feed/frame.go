package feed

import (
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // registers the codec that Codec wraps
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
)

// Frame is one StreamPricesResponse that is encoded already: the bytes of the update, which all readers of that update
// share, followed by the fields that belong to a reader. Protobuf allows the fields of a message in any order, so
// putting them side by side is the message. A frame never changes; any number of streams may send it.
type Frame struct {
	buffers mem.BufferSlice
}

// Bytes returns a copy of the encoded message.
func (f *Frame) Bytes() []byte { return f.buffers.Materialize() }

// Field numbers of StreamPricesResponse that belong to a reader.
const (
	previousSequenceField = 2
	conflatedTicksField   = 3
)

// encodeReaderFields encodes what a reader knows of the update that it was sent before; zero values are left out, as
// proto3 does.
func encodeReaderFields(previous, conflated uint64) mem.SliceBuffer {
	buffer := make(mem.SliceBuffer, 0, 2*(1+10)) // two tags of a byte, two varints of at most ten
	if previous != 0 {
		buffer = protowire.AppendTag(buffer, previousSequenceField, protowire.VarintType)
		buffer = protowire.AppendVarint(buffer, previous)
	}
	if conflated != 0 {
		buffer = protowire.AppendTag(buffer, conflatedTicksField, protowire.VarintType)
		buffer = protowire.AppendVarint(buffer, conflated)
	}
	return buffer
}

// Codec returns the codec that a server needs to send frames: a *Frame goes out as it is, anything else by the usual
// protobuf codec. Pass it to grpc.ForceServerCodecV2.
func Codec() encoding.CodecV2 {
	return frameCodec{encoding.GetCodecV2("proto")}
}

type frameCodec struct{ encoding.CodecV2 }

// Marshal implements encoding.CodecV2. It hands out the frame's own buffers: they are plain slices, for which counting
// references does nothing.
func (c frameCodec) Marshal(message any) (mem.BufferSlice, error) {
	if frame, ok := message.(*Frame); ok {
		return frame.buffers, nil
	}
	return c.CodecV2.Marshal(message)
}
