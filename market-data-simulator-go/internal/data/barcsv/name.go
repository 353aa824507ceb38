package barcsv

// The names of files: which pair, interval and label a file holds is read from
// its name alone, so that a folder can be searched without opening anything.

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

var namePattern = regexp.MustCompile(`^([A-Za-z0-9]+)-([A-Za-z0-9]+)-([0-9]+[smhd])(?:-(.+))?\.csv(?:\.gz)?$`)

var units = []struct {
	suffix string
	length time.Duration
}{{"d", day}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}

// FileName returns the name of the file of a pair. Symbol is BASE/QUOTE; an
// empty label is left out.
func FileName(symbol string, interval time.Duration, label string, compressed bool) string {
	name := strings.ReplaceAll(symbol, "/", "-") + "-" + FormatInterval(interval)
	if label != "" {
		name += "-" + label
	}
	if compressed {
		return name + ".csv.gz"
	}
	return name + ".csv"
}

// FormatInterval writes an interval as file names have it: 1m, 5m, 1h, 1d.
func FormatInterval(interval time.Duration) string {
	for _, unit := range units {
		if interval%unit.length == 0 {
			return strconv.FormatInt(int64(interval/unit.length), 10) + unit.suffix
		}
	}
	return interval.String()
}

// ParseInterval reads what FormatInterval writes. The interval must divide a day,
// because bars are counted from midnight UTC.
func ParseInterval(text string) (time.Duration, error) {
	for _, unit := range units {
		digits, found := strings.CutSuffix(text, unit.suffix)
		count, err := strconv.ParseUint(digits, 10, 16)
		if !found || err != nil {
			continue
		}
		interval := time.Duration(count) * unit.length
		return interval, checkInterval(interval)
	}
	return 0, fmt.Errorf("interval %q: want a whole number and one of s, m, h, d, such as 1m", text)
}

func checkInterval(interval time.Duration) error {
	if interval < time.Second || interval%time.Second != 0 || day%interval != 0 {
		return fmt.Errorf("interval %v: want whole seconds that divide a day, such as 1m or 1h", interval)
	}
	return nil
}

// parseName reads a file's name; ok is false for a name of another kind.
func parseName(name string) (file File, ok bool) {
	parts := namePattern.FindStringSubmatch(name)
	if parts == nil {
		return File{}, false
	}
	interval, err := ParseInterval(parts[3])
	if err != nil {
		return File{}, false
	}
	return File{Symbol: parts[1] + "/" + parts[2], Interval: interval, Label: parts[4]}, true
}
