// Package profiles reads and writes profiles as JSON and holds those that ship.
package profiles

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// Encode writes a profile, one line for each part and each pair, so that two profiles can be compared by eye. The same
// profile always gives the same bytes.
func Encode(fitted profile.Profile) ([]byte, error) {
	if err := fitted.Validate(); err != nil {
		return nil, fmt.Errorf("profile %q: %w", fitted.Name, err)
	}
	var text bytes.Buffer
	text.WriteString("{\n")
	write := func(key string, value any, end string) error {
		encoded, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("encode %s of profile %q: %w", key, fitted.Name, err)
		}
		if key != "" {
			fmt.Fprintf(&text, "%q: ", key)
		}
		text.Write(encoded)
		text.WriteString(end)
		return nil
	}
	if err := write("name", fitted.Name, ",\n"); err != nil {
		return nil, err
	}
	if err := write("provenance", fitted.Provenance, ",\n"); err != nil {
		return nil, err
	}
	if err := write("process", fitted.Process, ",\n\"pairs\": [\n"); err != nil {
		return nil, err
	}
	for n, pair := range fitted.Pairs {
		end := ",\n"
		if n == len(fitted.Pairs)-1 {
			end = "\n],\n"
		}
		if err := write("", pair, end); err != nil {
			return nil, err
		}
	}
	if err := write("correlation", fitted.Correlation, ",\n"); err != nil {
		return nil, err
	}
	if err := write("common_mixing", fitted.CommonMixing, ",\n"); err != nil {
		return nil, err
	}
	err := write("reference", fitted.Reference, "\n}\n")
	return text.Bytes(), err
}

// Decode reads a profile and validates it. An error names the field, its value and what was expected.
func Decode(text []byte) (fitted profile.Profile, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&fitted); err != nil {
		return profile.Profile{}, fmt.Errorf("no profile: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return profile.Profile{}, fmt.Errorf("no profile: something follows its last brace")
	}
	if err := fitted.Validate(); err != nil {
		return profile.Profile{}, err
	}
	return fitted, nil
}
