// This file is the part of the `market` document that says how trading opens and goes on after a halt.

package documents

import (
	"cmp"
	"fmt"
	"time"
)

// Auctions are the lengths of the phases around trading, as durations such as "2s" of business time. What is missing has its
// default.
type Auctions struct {
	Opening    string `json:"opening"`    // call auction of the first opening; "0s" opens without one
	Resumption string `json:"resumption"` // call auction after a halt; "0s" resumes without one
	Cooling    string `json:"cooling"`    // how long a halt by a price band lasts before that auction
}

// The lengths where the document says nothing, and the longest that it may ask for.
const (
	DefaultOpening    = time.Second
	DefaultResumption = 5 * time.Second
	DefaultCooling    = 10 * time.Second
	MaxAuction        = 24 * time.Hour
)

// Lengths are the auctions of the document, decoded.
type Lengths struct{ Opening, Resumption, Cooling time.Duration }

// Decode reads the lengths. The error names the field and its value.
func (a *Auctions) Decode() (lengths Lengths, err error) {
	for _, one := range []struct {
		field, said string
		usual       time.Duration
		to          *time.Duration
	}{
		{"opening", a.Opening, DefaultOpening, &lengths.Opening},
		{"resumption", a.Resumption, DefaultResumption, &lengths.Resumption},
		{"cooling", a.Cooling, DefaultCooling, &lengths.Cooling},
	} {
		length, err := time.ParseDuration(cmp.Or(one.said, one.usual.String()))
		if err != nil || length < 0 || length > MaxAuction {
			return lengths, fmt.Errorf("auctions.%s is %q: want a duration from 0s to %s, such as 2s", one.field, one.said, MaxAuction)
		}
		*one.to = length
	}
	return lengths, nil
}
