// Package draw makes random numbers that depend on a key alone, not on what was drawn before: the minute with index n
// always gets the same draws, whoever asks and in whichever order.
package draw

// golden is 2^64 divided by the golden ratio, the step of the counter (Steele, Lea, Flood 2014, "Fast splittable
// pseudorandom number generators").
const golden = 0x9e3779b97f4a7c15

// Stream is a counter behind a mixing function: draw n is a function of the key and n. Two keys give unrelated streams. It
// is a small value: make one for each key.
type Stream struct{ counter uint64 }

// Keyed is the stream of one purpose (what is drawn) at one index (when), for one seed.
func Keyed(seed, purpose, index uint64) Stream {
	return Stream{counter: mix(mix(mix(seed+golden)^purpose*golden) ^ index)}
}

// Uint64 is the next 64 random bits.
func (s *Stream) Uint64() uint64 {
	s.counter += golden
	return mix(s.counter)
}

// Uniform is the next draw from the open interval (0, 1).
func (s *Stream) Uniform() float64 {
	return (float64(s.Uint64()>>12) + 0.5) * 0x1p-52
}

// Below is the next draw from 0 .. n-1, each equally likely (n far below 2^32, so that the bias is far below 2^-32).
func (s *Stream) Below(n uint64) uint64 { return (s.Uint64() >> 32) * n >> 32 }

// mix is the finalizer of splitmix64: every input bit changes every output bit with probability one half.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
