// Package schemas holds what goes with the generated stubs: the OpenAPI documents of their JSON form.
package schemas

import (
	"embed"
	"fmt"
	"path"
	"strings"
)

//go:embed gen/openapi
var documents embed.FS

// OpenAPI returns the OpenAPI 2.0 documents (JSON) of one proto package, e.g. "marketdata.v1", one for each of its
// files that has a service. It fails for a package that has none.
func OpenAPI(protoPackage string) ([][]byte, error) {
	directory := path.Join("gen/openapi", strings.ReplaceAll(protoPackage, ".", "/"))
	entries, err := documents.ReadDir(directory)
	if err != nil {
		return nil, fmt.Errorf("no OpenAPI document for proto package %q: %w", protoPackage, err)
	}
	var found [][]byte
	for _, entry := range entries {
		document, err := documents.ReadFile(path.Join(directory, entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("read OpenAPI document %s: %w", entry.Name(), err)
		}
		found = append(found, document)
	}
	return found, nil
}
