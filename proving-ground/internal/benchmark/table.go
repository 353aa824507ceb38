package benchmark

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Write lays rows out as a Markdown table: ours, yardstick, ratio, p50 / p99 / p99.9, allocations, the goal and whether it
// was reached. Rows that could not be measured say why, below the table.
func Write(output io.Writer, rows []Measured) error {
	var text strings.Builder
	text.WriteString("| path | workload | ours | yardstick | ratio | p50 / p99 / p99.9 | allocations: ours / yardstick | goal | reached |\n")
	text.WriteString("|---|---|---|---|---|---|---|---|---|\n")
	for _, row := range rows {
		if row.Err == nil {
			fmt.Fprintf(&text, "| %s |\n", strings.Join(row.cells(), " | "))
		}
	}
	for _, row := range rows {
		if row.Err != nil {
			fmt.Fprintf(&text, "\nNot measured: %s, %s: %v\n", row.Path, row.Workload, row.Err)
		}
	}
	_, err := io.WriteString(output, text.String())
	return err
}

func (m Measured) cells() []string {
	reached := "no"
	if m.Met(m.OursResult, m.YardstickResult) {
		reached = "yes"
	}
	return []string{
		m.Path, m.Workload, value(m.OursResult, m.Unit), value(m.YardstickResult, m.Unit), m.ratio(),
		m.percentiles(), allocations(m.OursResult) + " / " + allocations(m.YardstickResult), m.Goal, reached,
	}
}

func (m Measured) ratio() string {
	if m.YardstickResult[m.Unit] == 0 {
		return "-"
	}
	return figure(m.OursResult[m.Unit] / m.YardstickResult[m.Unit])
}

// percentiles joins those that were reported, with their unit.
func (m Measured) percentiles() string {
	var found []string
	unit := ""
	for _, name := range []string{"p50", "p99", "p99.9"} {
		value, in, reported := m.OursResult.percentile(name)
		if !reported {
			found = append(found, "-")
			continue
		}
		found, unit = append(found, figure(value)), " "+in
	}
	if unit == "" {
		return "-"
	}
	return strings.Join(found, " / ") + unit
}

func value(result Result, unit string) string {
	measured, reported := result[unit]
	if !reported {
		return "-"
	}
	if rest, isTime := strings.CutPrefix(unit, "ns/"); isTime && measured >= 1e6 {
		return figure(measured/1e6) + " ms/" + rest
	} else if isTime && measured >= 1e4 {
		return figure(measured/1e3) + " us/" + rest
	}
	return figure(measured) + " " + unit
}

// allocations are those of one message where the benchmark counts messages, else those of one operation.
func allocations(result Result) string {
	for _, unit := range []string{"allocs/msg", "allocs/op"} {
		if count, reported := result[unit]; reported {
			return figure(count)
		}
	}
	return "-"
}

// figure writes a number with three significant digits, large ones in full.
func figure(number float64) string {
	if number >= 1000 || number == float64(int64(number)) {
		return strconv.FormatFloat(number, 'f', 0, 64)
	}
	return strconv.FormatFloat(number, 'g', 3, 64)
}
