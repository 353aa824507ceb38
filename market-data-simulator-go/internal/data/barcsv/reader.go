package barcsv

// The reader holds one row at a time, whatever the size of the file, and a line
// may not be longer than its buffer: outside bytes cannot make it grow.

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
)

const (
	header    = "timestamp,open,high,low,close,volume"
	maxLine   = 16 << 10
	gzipMark  = "\x1f\x8b"
	utf8Mark  = "\xef\xbb\xbf" // byte order mark, as spreadsheets write it
	utf16Mark = "\xff\xfe"
	utf16Swap = "\xfe\xff"
)

var columns = [...]string{"timestamp", "open", "high", "low", "close", "volume"}

// RowError says what is wrong in one place of a file.
type RowError struct {
	File   string
	Line   int    // from 1; the header is line 1
	Column string // empty when the row as a whole is wrong
	Found  string
	Want   string
}

// Error puts the place first, as compilers do.
func (e *RowError) Error() string {
	column := e.Column
	if column != "" {
		column = " column " + column + ":"
	}
	return fmt.Sprintf("%s:%d:%s found %s, want %s", e.File, e.Line, column, e.Found, e.Want)
}

// Reader reads one file row by row.
type Reader struct {
	file    string
	lines   *bufio.Reader
	zipped  bool
	line    int
	order   sequence
	missing int
	closer  io.Closer
}

// NewReader starts reading text or gzip (told apart by content) and checks the
// header. The file's name appears in errors.
func NewReader(source io.Reader, file string, interval time.Duration) (*Reader, error) {
	if err := checkInterval(interval); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	r := &Reader{file: file, lines: bufio.NewReaderSize(source, maxLine), order: sequence{interval: interval}}
	if r.begins(gzipMark) {
		unzipped, err := gzip.NewReader(r.lines)
		if err != nil {
			return nil, fmt.Errorf("%s: reading gzip: %w", file, err)
		}
		r.lines, r.zipped = bufio.NewReaderSize(unzipped, maxLine), true
	}
	if err := r.readHeader(); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Reader) readHeader() error {
	if r.begins(utf16Mark) || r.begins(utf16Swap) {
		return &RowError{File: r.file, Line: 1, Found: "text in UTF-16", Want: "UTF-8 or ASCII"}
	}
	if r.begins(utf8Mark) {
		_, _ = r.lines.Discard(len(utf8Mark)) // it was there a moment ago
	}
	found, err := r.readLine()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if string(found) != header {
		return &RowError{File: r.file, Line: 1, Found: strconv.Quote(shorten(found)), Want: "the header " + header}
	}
	return nil
}

// begins tells whether what comes next begins with a mark.
func (r *Reader) begins(mark string) bool {
	found, _ := r.lines.Peek(len(mark))
	return string(found) == mark
}

// Next returns the next bar, io.EOF after the last, or an error (a *RowError for
// a bad row). After an error the reader is of no more use.
func (r *Reader) Next() (bar.Bar, error) {
	text, err := r.readLine()
	if err != nil {
		return bar.Bar{}, err
	}
	next, fault := parseRow(text)
	if fault == nil {
		r.missing, fault = r.order.admit(next)
	}
	if fault != nil {
		fault.File, fault.Line = r.file, r.line
		return bar.Bar{}, fault
	}
	next.Time = next.Time.UTC()
	return next, nil
}

// Missing returns how many bars are absent between the last bar and the one
// before it.
func (r *Reader) Missing() int { return r.missing }

// Close closes the file behind the reader, if the reader opened it.
func (r *Reader) Close() error {
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}

// readLine returns the next line without its end; it stands until the next call.
func (r *Reader) readLine() ([]byte, error) {
	text, err := r.lines.ReadSlice('\n')
	r.line++
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, &RowError{File: r.file, Line: r.line, Found: "a longer line", Want: fmt.Sprintf("at most %d bytes", maxLine)}
	case err == io.EOF && len(text) == 0:
		return nil, io.EOF
	case err != nil && err != io.EOF && r.zipped:
		return nil, fmt.Errorf("%s:%d: the compressed data ends too early or is damaged: %w", r.file, r.line, err)
	case err != nil && err != io.EOF:
		return nil, fmt.Errorf("%s:%d: %w", r.file, r.line, err)
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r")), nil
}

func parseRow(text []byte) (bar.Bar, *RowError) {
	if count := bytes.Count(text, []byte(",")) + 1; count != len(columns) {
		return bar.Bar{}, &RowError{Found: fmt.Sprintf("%d columns in %q", count, shorten(text)), Want: "6 columns: " + header}
	}
	stamp, rest, _ := bytes.Cut(text, []byte(","))
	var numbers [len(columns) - 1]float64
	for i := range numbers {
		var field []byte
		field, rest, _ = bytes.Cut(rest, []byte(","))
		number, err := strconv.ParseFloat(string(field), 64)
		if err != nil || bytes.ContainsAny(field, "xX_") {
			return bar.Bar{}, &RowError{Column: columns[i+1], Found: strconv.Quote(shorten(field)), Want: "a finite decimal number"}
		}
		numbers[i] = number
	}
	open, err := time.Parse(time.RFC3339, string(stamp))
	if err != nil {
		return bar.Bar{}, &RowError{Column: columns[0], Found: strconv.Quote(shorten(stamp)), Want: "RFC 3339 in UTC, such as 2021-09-18T20:57:00Z"}
	}
	return bar.Bar{Time: open, Open: numbers[0], High: numbers[1], Low: numbers[2], Close: numbers[3], Volume: numbers[4]}, nil
}

// shorten keeps an error readable whatever the file holds.
func shorten(text []byte) string {
	const limit = 80
	if len(text) > limit {
		return string(text[:limit]) + "..."
	}
	return string(text)
}
