package journal

// What the fuzz tests feed with bytes from outside.

// ReadGroup reads a group that follows nothing, with all its records.
func ReadGroup(id ID, b []byte) (payloads [][]byte, err error) {
	view, err := parseGroup(id, b, 1, Hash{})
	for range view.count {
		if err != nil {
			return nil, err
		}
		var payload []byte
		if payload, err = view.next(); err == nil {
			payloads = append(payloads, payload)
		}
	}
	return payloads, err
}

// WriteGroup is its inverse.
func WriteGroup(id ID, payloads [][]byte) []byte {
	var g group
	g.begin(1, 2, 3)
	for _, payload := range payloads {
		g.close(append(g.open(), payload...))
	}
	g.seal(id, Hash{})
	return g.bytes
}

// SegmentHeader reads the header of a segment and writes it again.
func SegmentHeader(b []byte) ([]byte, error) {
	o, err := decodeOrigin(b)
	return o.encode(), err
}

// SnapshotHeader reads the header of a snapshot and writes it again.
func SnapshotHeader(b []byte) ([]byte, error) {
	c, _, err := decodeCheckpoint(b)
	return c.encode(), err
}

// FindGroup tells where a group starts, or -1.
func FindGroup(id ID, b []byte) int { return findGroup(id, b) }
