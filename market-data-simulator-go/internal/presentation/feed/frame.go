package feed

import (
	"bytes"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // registers the codec that Codec wraps
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
)

// Frame is one StreamPricesResponse that is encoded already. That of an update is the bytes of the update, which were encoded
// once, followed by the fields that belong to its readers. Protobuf allows the fields of a message in any order, so one after the
// other they are the message. A frame never changes; any number of streams may send it.
type Frame struct {
	bytes mem.SliceBuffer
	whole [1]mem.Buffer // &bytes, as gRPC wants it

	shared   bool // worth preparing
	prepared atomic.Pointer[grpc.PreparedMsg]
}

func (f *Frame) fill(message []byte) {
	f.bytes = message
	f.whole[0] = &f.bytes
}

// Bytes returns a copy of the encoded message.
func (f *Frame) Bytes() []byte { return bytes.Clone(f.bytes) }

// Numbers of the fields of StreamPricesResponse that belong to a reader.
const (
	previousSequenceField = 2
	conflatedTicksField   = 3
)

// readerFieldsSize is the most bytes that the fields of a reader take: two tags of a byte, two varints of at most ten.
const readerFieldsSize = 2 * (1 + 10)

// appendReaderFields encodes what a reader knows of the update that it was sent before; zero values are left out, as
// proto3 does.
func appendReaderFields(buffer []byte, previous, conflated uint64) []byte {
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

// Marshal implements encoding.CodecV2. It hands out the frame's own buffer: it is a plain slice, for which counting
// references does nothing.
func (c frameCodec) Marshal(message any) (mem.BufferSlice, error) {
	if frame, ok := message.(*Frame); ok {
		return frame.whole[:], nil
	}
	return c.CodecV2.Marshal(message)
}
