// This file is the state as bytes: the same state gives the same bytes.

package screening

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/window"
	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// snapshotVersion begins each snapshot.
const snapshotVersion = 1

// Encode appends the rules.
func (r *Rules) Encode(w *snapshot.Writer) {
	for _, list := range [][]string{r.TravelTypes, r.AddressTypes, r.Forbidden} {
		texts(w, list)
	}
	w.Int(r.Cooling)
	w.Count(len(r.Thresholds))
	for _, one := range r.Thresholds {
		w.Text(one.Jurisdiction)
		w.Text(one.Asset)
		w.Int(one.UpTo)
	}
	w.Count(len(r.Limits))
	for n := range r.Limits {
		one := &r.Limits[n]
		w.Text(one.Name)
		texts(w, one.Participants)
		texts(w, one.Assets)
		w.Int(one.Window, one.MaxCount, one.MaxAmount)
	}
}

func texts(w *snapshot.Writer, list []string) {
	w.Count(len(list))
	for _, text := range list {
		w.Text(text)
	}
}

// DecodeRules reads rules; ones that are not valid are an error of the reader.
func DecodeRules(r *snapshot.Reader) Rules {
	rules := Rules{TravelTypes: readTexts(r), AddressTypes: readTexts(r), Forbidden: readTexts(r), Cooling: r.Int()}
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		rules.Thresholds = append(rules.Thresholds, Threshold{r.Text(), r.Text(), r.Int()})
	}
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		rules.Limits = append(rules.Limits, Limit{r.Text(), readTexts(r), readTexts(r), r.Int(), r.Int(), r.Int()})
	}
	if !r.Failed() {
		if err := rules.Validate(); err != nil {
			r.Want(false, "%w", err)
		}
	}
	return rules
}

func readTexts(r *snapshot.Reader) []string {
	var list []string
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		list = append(list, r.Text())
	}
	return list
}

// Encode appends the state.
func (s *Screen) Encode(to []byte) []byte {
	w := &snapshot.Writer{Bytes: append(to, snapshotVersion)}
	w.Int(s.now)
	s.rules.Encode(w)
	s.passed.Encode(w)
	w.Count(len(s.addresses))
	for _, participant := range slices.Sorted(maps.Keys(s.addresses)) {
		w.Text(participant)
		w.Count(len(s.addresses[participant]))
		for _, one := range s.addresses[participant] {
			w.Text(one.Text)
			w.Int(one.Added)
		}
	}
	return w.Bytes
}

// Decode makes a screen from a snapshot. It fails on bytes that Encode cannot have written, and names the place.
func Decode(from []byte) (*Screen, error) {
	r := snapshot.NewReader(from)
	r.Want(r.Octet() == snapshotVersion, "want one of version %d", snapshotVersion)
	s := &Screen{addresses: map[string][]Address{}, now: r.Within(0, math.MaxInt64)}
	s.rules, s.passed = DecodeRules(&r), window.Decode(&r)
	last := ""
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		participant := r.Text()
		r.Want(isText(participant, MaxNameBytes) && participant > last, "the addresses of %q come after those of %q", participant, last)
		s.addresses[participant], last = s.readAddresses(&r), participant
	}
	r.End()
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("decode the snapshot of the screening, %w", err)
	}
	return s, nil
}

func (s *Screen) readAddresses(r *snapshot.Reader) []Address {
	var list []Address
	last := ""
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		one := Address{r.Text(), r.Within(0, s.now)}
		r.Want(isText(one.Text, MaxTextBytes) && one.Text > last, "address %q comes after %q", one.Text, last)
		list, last = append(list, one), one.Text
	}
	r.Want(len(list) > 0 && len(list) <= MaxAddresses, "a participant is listed with %d addresses", len(list))
	return list
}
