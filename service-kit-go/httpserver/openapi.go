package httpserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
)

// openAPI is the part of an OpenAPI 2.0 document that differs between the documents of one daemon.
type openAPI struct {
	Swagger     string                     `json:"swagger"`
	Info        map[string]string          `json:"info"`
	Tags        []json.RawMessage          `json:"tags,omitempty"`
	Consumes    []string                   `json:"consumes"`
	Produces    []string                   `json:"produces"`
	Paths       map[string]json.RawMessage `json:"paths"`
	Definitions map[string]json.RawMessage `json:"definitions"`
}

// mergeOpenAPI makes one document of several. A definition that stands in several must be the same in all: the well-known
// types are; two messages of one short name in different packages would not be.
func mergeOpenAPI(documents [][]byte) ([]byte, error) {
	whole := openAPI{
		Swagger: "2.0", Info: map[string]string{"title": "JSON form of the gRPC services", "version": "v1"},
		Consumes: []string{"application/json"}, Produces: []string{"application/json"},
		Paths: map[string]json.RawMessage{}, Definitions: map[string]json.RawMessage{},
	}
	for i, document := range documents {
		var part openAPI
		if err := json.Unmarshal(document, &part); err != nil {
			return nil, fmt.Errorf("read OpenAPI document %d: %w", i+1, err)
		}
		whole.Tags = append(whole.Tags, part.Tags...)
		maps.Copy(whole.Paths, part.Paths)
		for name, definition := range part.Definitions {
			if known, ok := whole.Definitions[name]; ok && !bytes.Equal(known, definition) {
				return nil, fmt.Errorf("OpenAPI document %d defines %s differently from one before it", i+1, name)
			}
			whole.Definitions[name] = definition
		}
	}
	return json.MarshalIndent(whole, "", "  ")
}
