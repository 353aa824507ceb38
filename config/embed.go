// Package config carries the shipped configuration documents, so that every daemon runs without a configuration server:
// what is embedded here is what it falls back to.
package config

import "embed"

// Documents holds one <document>.json for each shipped document, e.g. "instruments.json". README.md describes the fields.
//
//go:embed *.json
var Documents embed.FS
