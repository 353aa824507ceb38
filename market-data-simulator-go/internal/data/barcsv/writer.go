package barcsv

// The writer works on a draft, so that whoever looks finds a whole file or none,
// and of several files all or none.

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/draft"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
)

// Decimals says how many digits follow the decimal point. Exact writes as many
// as the number needs to be read back unchanged.
type Decimals struct {
	Price, Volume int
}

// Exact loses nothing.
var Exact = Decimals{Price: -1, Volume: -1}

// Writer writes one file row by row.
type Writer struct {
	path     string
	decimals Decimals
	order    sequence
	draft    *draft.Draft
	gzip     *gzip.Writer // nil for plain text
	rows     *bufio.Writer
	line     int
	row      []byte
	err      error
}

// Create starts a file; a path that ends in .gz is compressed. Nothing is seen
// at the path before Close.
func Create(path string, interval time.Duration, decimals Decimals) (*Writer, error) {
	if err := checkInterval(interval); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	file, err := draft.Create(path)
	if err != nil {
		return nil, err
	}
	w := &Writer{path: path, decimals: decimals, order: sequence{interval: interval}, draft: file, line: 1}
	var target io.Writer = file
	if strings.HasSuffix(path, ".gz") {
		// A sixth more to store than by default, at a quarter of the time, which would rival that of the bars.
		if w.gzip, err = gzip.NewWriterLevel(file, gzip.BestSpeed); err != nil {
			return nil, errors.Join(err, file.Discard())
		}
		target = w.gzip
	}
	w.rows = bufio.NewWriter(target)
	_, w.err = w.rows.WriteString(header + "\n")
	return w, nil
}

// Write appends a bar. A bar that a reader would refuse is an error; after an
// error Close leaves no file.
func (w *Writer) Write(next bar.Bar) error {
	if w.err != nil {
		return w.err
	}
	w.line++
	if _, fault := w.order.admit(next); fault != nil {
		fault.File, fault.Line = w.path, w.line
		w.err = fault
		return w.err
	}
	row := next.Time.UTC().AppendFormat(w.row[:0], time.RFC3339)
	for _, price := range [...]float64{next.Open, next.High, next.Low, next.Close} {
		row = strconv.AppendFloat(append(row, ','), price, 'f', w.decimals.Price, 64)
	}
	row = strconv.AppendFloat(append(row, ','), next.Volume, 'f', w.decimals.Volume, 64)
	w.row = append(row, '\n')
	_, w.err = w.rows.Write(w.row)
	return w.err
}

// Close finishes the file and puts it in its place, or removes what there is of
// it and returns the first error.
func (w *Writer) Close() error { return CloseAll(w) }

// CloseAll finishes files and puts them in their places together. After an error
// nothing is left of any of them, and what was there before is there still.
func CloseAll(writers ...*Writer) error {
	var failed error
	drafts := make([]*draft.Draft, len(writers))
	for n, w := range writers {
		drafts[n] = w.draft
		if err := w.finish(); err != nil {
			failed = errors.Join(failed, fmt.Errorf("writing %s: %w", w.path, err))
		}
	}
	if failed != nil {
		for _, w := range writers {
			failed = errors.Join(failed, w.Abort())
		}
		return failed
	}
	return draft.Publish(drafts...)
}

// finish hands the last rows to the draft.
func (w *Writer) finish() error {
	err := errors.Join(w.err, w.rows.Flush())
	if w.gzip != nil {
		err = errors.Join(err, w.gzip.Close())
	}
	return err
}

// Abort drops what was written; the path stays as it was.
func (w *Writer) Abort() error { return w.draft.Discard() }
