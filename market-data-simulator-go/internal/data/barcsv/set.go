package barcsv

// A set is the files of one interval and one label, one a pair: what a
// calibration or a validation reads together.

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
)

// File is one pair's history on disk.
type File struct {
	Path     string
	Symbol   string // BASE/QUOTE
	Interval time.Duration
	Label    string // what tells several histories of one pair apart; may be empty
}

// Gap is a run of bars that are absent from a file: an outage of the exchange.
type Gap struct {
	Symbol  string
	Start   time.Time // open time of the first absent bar
	Missing int       // absent bars
}

// MaxBars bounds the bars of a set, absent ones and all pairs counted: thirty
// years of minutes. They take 64 bytes each in memory. What is beyond is no
// history that anybody means to read at once.
const MaxBars = 16 << 20

// Open finds the files of one set in a folder, sorted by symbol. An empty label
// means the files without one or, where there are none, the only label there is;
// it is an error that lists the labels when several lie together.
func Open(dir string, interval time.Duration, label string) ([]File, error) {
	if err := checkInterval(interval); err != nil {
		return nil, err
	}
	files, err := list(dir, interval)
	if err != nil {
		return nil, err
	}
	if label, err = chooseLabel(dir, interval, label, files); err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(file File) bool { return file.Label != label })
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Symbol, b.Symbol) })
	for i := 1; i < len(files); i++ {
		if files[i].Symbol == files[i-1].Symbol {
			return nil, fmt.Errorf("%s and %s hold the same pair: remove one", files[i-1].Path, files[i].Path)
		}
	}
	return files, nil
}

func list(dir string, interval time.Duration) ([]File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("looking for bars: %w", err)
	}
	var files []File
	var others []string
	for _, entry := range entries {
		file, ok := parseName(entry.Name())
		switch {
		case !ok || entry.IsDir():
		case file.Interval != interval:
			others = append(others, FormatInterval(file.Interval))
		default:
			file.Path = filepath.Join(dir, entry.Name())
			files = append(files, file)
		}
	}
	if len(files) > 0 {
		return files, nil
	}
	there := ""
	if len(others) > 0 {
		slices.Sort(others)
		there = fmt.Sprintf(" (there are bars of %s)", strings.Join(slices.Compact(others), ", "))
	}
	return nil, fmt.Errorf("%s holds no bars of %[2]s: want files named <BASE>-<QUOTE>-%[2]s[-<label>].csv or .csv.gz%s",
		dir, FormatInterval(interval), there)
}

func chooseLabel(dir string, interval time.Duration, label string, files []File) (string, error) {
	var labels []string
	for _, file := range files {
		labels = append(labels, file.Label)
	}
	slices.Sort(labels)
	labels = slices.Compact(labels)
	switch {
	case slices.Contains(labels, label):
		return label, nil
	case label != "":
		return "", fmt.Errorf("%s holds no bars of %s labelled %q: want one of %q", dir, FormatInterval(interval), label, labels)
	case len(labels) == 1:
		return labels[0], nil
	}
	return "", fmt.Errorf("%s holds several sets of %s: choose one of the labels %q", dir, FormatInterval(interval), labels)
}

// Open starts reading the file. Close the reader when done.
func (f File) Open() (*Reader, error) {
	if info, err := os.Stat(f.Path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is %s: want a file", f.Path, info.Mode()) // a pipe would keep the reader for ever
	}
	source, err := os.Open(f.Path)
	if err != nil {
		return nil, err
	}
	reader, err := NewReader(source, f.Path, f.Interval)
	if err != nil {
		return nil, errors.Join(err, source.Close())
	}
	reader.closer = source
	return reader, nil
}

// Load reads the whole file, with the gaps found in it.
func (f File) Load() (bar.Series, []Gap, error) {
	budget := MaxBars
	return f.load(&budget)
}

// load takes what it reads off the budget of bars.
func (f File) load(budget *int) (bar.Series, []Gap, error) {
	reader, err := f.Open()
	if err != nil {
		return bar.Series{}, nil, err
	}
	defer reader.Close()
	series := bar.Series{Symbol: f.Symbol, Interval: f.Interval}
	var gaps []Gap
	for {
		next, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return series, gaps, nil
		}
		if err != nil {
			return bar.Series{}, nil, err
		}
		missing := reader.Missing()
		if *budget -= 1 + missing; *budget < 0 {
			return bar.Series{}, nil, reader.tooMany(next)
		}
		if missing > 0 {
			start := next.Time.Add(-time.Duration(missing) * f.Interval)
			gaps = append(gaps, Gap{Symbol: f.Symbol, Start: start, Missing: missing})
		}
		series.Bars = append(series.Bars, next)
	}
}

func (r *Reader) tooMany(next bar.Bar) *RowError {
	return &RowError{
		File: r.file, Line: r.line, Column: columns[0], Found: next.Time.Format(time.RFC3339),
		Want: fmt.Sprintf("at most %d bars of all pairs together, absent ones counted: give a shorter period", MaxBars),
	}
}

// LoadAll reads every file of a set, in its order.
func LoadAll(files []File) ([]bar.Series, []Gap, error) {
	var all []bar.Series
	var gaps []Gap
	budget := MaxBars
	for _, file := range files {
		series, found, err := file.load(&budget)
		if err != nil {
			return nil, nil, err
		}
		all, gaps = append(all, series), append(gaps, found...)
	}
	return all, gaps, nil
}
