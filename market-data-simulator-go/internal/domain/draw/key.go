package draw

// Key is the part of a stream's key that stays the same from index to index, mixed once for many streams.
type Key uint64

// KeyOf is the key of one purpose for one seed: KeyOf(seed, purpose).At(index) is Keyed(seed, purpose, index).
func KeyOf(seed, purpose uint64) Key { return Key(mix(mix(seed+golden) ^ purpose*golden)) }

// At is the stream at one index.
func (k Key) At(index uint64) Stream { return Stream{counter: mix(uint64(k) ^ index)} }

// Skip leaves out draws of Uint64, Uniform or Below.
func (s *Stream) Skip(draws uint64) { s.counter += draws * golden }
