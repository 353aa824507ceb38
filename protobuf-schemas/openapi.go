// Package schemas holds what goes with the generated stubs: the OpenAPI documents of their JSON form.
package schemas

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"
)

//go:embed gen/openapi
var documents embed.FS

// document is the part of an OpenAPI 2.0 document that differs between proto packages.
type document struct {
	Swagger     string                     `json:"swagger"`
	Info        map[string]string          `json:"info"`
	Tags        []json.RawMessage          `json:"tags,omitempty"`
	Consumes    []string                   `json:"consumes"`
	Produces    []string                   `json:"produces"`
	Paths       map[string]json.RawMessage `json:"paths"`
	Definitions map[string]json.RawMessage `json:"definitions"`
}

// OpenAPI returns one OpenAPI 2.0 document (JSON) of the JSON form of proto packages, e.g. "marketdata.v1" and "fault.v1". It
// fails for a package that has none, and for two that use one short name for different messages.
func OpenAPI(protoPackages ...string) ([]byte, error) { return merge(documents, protoPackages) }

func merge(documents fs.FS, protoPackages []string) ([]byte, error) {
	whole := document{
		Swagger: "2.0", Info: map[string]string{"title": "JSON form of the gRPC services", "version": "v1"},
		Consumes: []string{"application/json"}, Produces: []string{"application/json"},
		Paths: map[string]json.RawMessage{}, Definitions: map[string]json.RawMessage{},
	}
	for _, protoPackage := range protoPackages {
		folder := path.Join("gen/openapi", strings.ReplaceAll(protoPackage, ".", "/"))
		files, _ := fs.Glob(documents, folder+"/*.json") // the pattern is well-formed
		if len(files) == 0 {
			return nil, fmt.Errorf("no OpenAPI document for proto package %q", protoPackage)
		}
		for _, file := range files {
			if err := whole.add(documents, file); err != nil {
				return nil, fmt.Errorf("OpenAPI document %s: %w", file, err)
			}
		}
	}
	return json.MarshalIndent(whole, "", "  ")
}

// add takes another file's paths and definitions in.
func (d *document) add(documents fs.FS, file string) error {
	text, err := fs.ReadFile(documents, file)
	if err != nil {
		return err
	}
	var part document
	if err := json.Unmarshal(text, &part); err != nil {
		return err
	}
	d.Tags = append(d.Tags, part.Tags...)
	maps.Copy(d.Paths, part.Paths)
	for name, definition := range part.Definitions {
		if known, ok := d.Definitions[name]; ok && !bytes.Equal(known, definition) {
			return fmt.Errorf("defines %s differently from a package before it", name)
		}
		d.Definitions[name] = definition
	}
	return nil
}
