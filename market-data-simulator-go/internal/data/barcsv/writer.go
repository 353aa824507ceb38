package barcsv

// The writer works on a temporary file beside the target and renames it at the
// end, so that whoever looks finds a whole file or none.

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

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
	file     *os.File
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
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	w := &Writer{path: path, decimals: decimals, order: sequence{interval: interval}, file: file, line: 1}
	var target io.Writer = file
	if strings.HasSuffix(path, ".gz") {
		w.gzip = gzip.NewWriter(file)
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
func (w *Writer) Close() error {
	err := errors.Join(w.err, w.rows.Flush())
	if w.gzip != nil {
		err = errors.Join(err, w.gzip.Close())
	}
	const readableByAll = 0o644
	err = errors.Join(err, w.file.Chmod(readableByAll), w.file.Close())
	if err == nil {
		err = os.Rename(w.file.Name(), w.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(w.file.Name()))
	}
	return nil
}

// Abort drops what was written; the path stays as it was.
func (w *Writer) Abort() error {
	return errors.Join(w.file.Close(), os.Remove(w.file.Name()))
}
