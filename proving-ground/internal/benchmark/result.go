// Package benchmark runs the benchmarks of the modules and lays what they report beside the yardsticks that were measured
// in the same run: these machines are noisy, so that only a ratio says something.
package benchmark

import (
	"bufio"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// Result is what one benchmark reported: a value by unit, as `go test -bench` prints them ("ns/op", "allocs/op", and
// whatever the benchmark reports itself, e.g. "p99-ms" or "msgs/s").
type Result map[string]float64

// line is a benchmark's line: name, GOMAXPROCS, iterations, then pairs of value and unit.
var line = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)

// parse reads the output of `go test -bench`: results by name without "Benchmark" and GOMAXPROCS. Of a benchmark that ran
// several times it keeps the mean of each unit. Lines that are no results are skipped.
func parse(output io.Reader) (map[string]Result, error) {
	results, runs := map[string]Result{}, map[string]int{}
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		match := line.FindStringSubmatch(lines.Text())
		if match == nil {
			continue
		}
		name, fields := match[1], strings.Fields(match[2])
		if results[name] == nil {
			results[name] = Result{}
		}
		runs[name]++
		for i := 0; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, err
			}
			unit := fields[i+1]
			results[name][unit] += (value - results[name][unit]) / float64(runs[name])
		}
	}
	return results, lines.Err()
}

// percentile finds the value that is reported under a unit such as "p99-ms" or "p99-ns/op", with that unit's rest.
func (r Result) percentile(name string) (value float64, unit string, found bool) {
	for reported, value := range r {
		if rest, is := strings.CutPrefix(reported, name+"-"); is {
			return value, strings.TrimSuffix(rest, "/op"), true
		}
	}
	return 0, "", false
}

// split parts a result that holds its own yardstick: "yardstick-ns/op" is the yardstick's "ns/op", "ours-ns/op" ours, and
// what has no prefix is ours.
func (r Result) split() (ours, yardstick Result) {
	ours, yardstick = Result{}, Result{}
	for unit, value := range r {
		if rest, is := strings.CutPrefix(unit, "yardstick-"); is {
			yardstick[rest] = value
		} else {
			ours[strings.TrimPrefix(unit, "ours-")] = value
		}
	}
	return ours, yardstick
}
