// This file is the form in which an entry of the scenario log travels between replicas.

package scenarios

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
)

// version is that of the form. A replica that does not know the version of an entry must not guess what it means.
const version = 1

// versioned is an entry with its version.
type versioned struct {
	Version int `json:"version"`
	scenario.Entry
}

// Encode writes an entry.
func Encode(entry scenario.Entry) []byte {
	text, err := json.Marshal(versioned{version, entry})
	if err != nil {
		panic(err) // numbers that Check has let pass, strings and times always encode
	}
	return text
}

// Decode reads an entry, strictly.
func Decode(text []byte) (scenario.Entry, error) {
	var read versioned
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&read); err != nil {
		return scenario.Entry{}, fmt.Errorf("decode an entry of the scenario log: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return scenario.Entry{}, errors.New("decode an entry of the scenario log: something follows after its end")
	}
	if read.Version != version {
		return scenario.Entry{}, fmt.Errorf("decode an entry of the scenario log: its version is %d, known is %d", read.Version, version)
	}
	read.Effective = read.Effective.UTC()
	if err := read.Check(); err != nil {
		return scenario.Entry{}, fmt.Errorf("decode an entry of the scenario log: %w", err)
	}
	return read.Entry, nil
}
