// Package barcsv reads and writes price history as comma-separated text, one
// file a pair, plain or gzip:
//
//	timestamp,open,high,low,close,volume
//	2021-09-18T20:57:00Z,47974.97,47994.61,47974.96,47994.6,6.60176
//
// The timestamp is the open time of the bar (RFC 3339, UTC), prices are quote
// units per base unit, the volume is in base units. Files are named
// <BASE>-<QUOTE>-<interval>[-<label>].csv[.gz].
//
// Lines may end in CR LF, and a UTF-8 byte order mark is passed over.
//
// The reader trusts nothing: a figure fitted from a bad row would be wrong
// without a sign of it. So a row is either right or an error that names file,
// line, column, what was found and what was expected. The one thing let through
// is a gap, because real exchanges have outages; gaps are counted. Gaps that come
// row after row, all of one length, are no outages but bars of another interval,
// and an error. Whatever the bytes, a reader holds one row, and a set at most
// MaxBars bars.
package barcsv
