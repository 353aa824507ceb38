// The contract as a whole: what no .proto file can say about itself and `buf lint` does not look at. Every method of the
// generated descriptors can be called over HTTP, on a path of its own, and everything a client reads is explained.
package schemas_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	schemas "github.com/trading-ecosystem/protobuf-schemas"
	_ "github.com/trading-ecosystem/protobuf-schemas/gen/go/custodian/v1"
	_ "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	_ "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	_ "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	_ "github.com/trading-ecosystem/protobuf-schemas/gen/go/riskmonitor/v1"
	_ "github.com/trading-ecosystem/protobuf-schemas/gen/go/testcoordinator/v1"
	_ "github.com/trading-ecosystem/protobuf-schemas/gen/go/tradingengine/v1"
)

// document is as much of an OpenAPI 2.0 document as these tests read.
type document struct {
	Tags []struct {
		Name, Description string
	}
	Paths map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Summary     string
	}
	Definitions map[string]struct {
		Properties map[string]struct {
			Title, Description string
		}
	}
}

func TestEveryProtoFileIsGeneratedAndLinkedIntoTheseTests(t *testing.T) {
	for _, file := range protoFiles(t) {
		_, err := protoregistry.GlobalFiles.FindFileByPath(file)
		assert.NoError(t, err, "%s: generate it (make proto) and import its Go package in this test", file)
	}
}

func TestEveryMethodHasAnHTTPRuleOfItsOwn(t *testing.T) {
	callers := map[string]string{} // "get /v1/prices/{symbol}" -> method
	for _, service := range services(t) {
		operations := map[string]bool{}
		for path, verbs := range openAPI(t, service.ParentFile().Package()).Paths {
			for verb, operation := range verbs {
				operations[operation.OperationID] = true
				assert.Truef(t, strings.HasPrefix(path, "/v1/"), "%s: path %s is outside /v1/", operation.OperationID, path)
				request := verb + " " + path
				known, taken := callers[request]
				assert.Falsef(t, taken && known != operation.OperationID, "%s calls %s and %s", request, known, operation.OperationID)
				callers[request] = operation.OperationID
			}
		}
		for i := range service.Methods().Len() {
			id := string(service.Name()) + "_" + string(service.Methods().Get(i).Name())
			assert.Truef(t, operations[id], "%s has no rule in proto/http.yaml, or make proto was not run", id)
		}
	}
}

func TestEveryServiceMethodAndFieldIsExplainedInTheOpenAPIDocuments(t *testing.T) {
	for _, service := range services(t) {
		described := map[string]bool{}
		doc := openAPI(t, service.ParentFile().Package())
		for _, tag := range doc.Tags {
			described[tag.Name] = tag.Description != ""
		}
		for path, verbs := range doc.Paths {
			for verb, operation := range verbs {
				assert.NotEmptyf(t, operation.Summary, "%s %s (%s) has no comment", verb, path, operation.OperationID)
			}
		}
		delete(doc.Definitions, "Status") // google.rpc.Status and Any: not ours to explain
		delete(doc.Definitions, "Any")
		for message, definition := range doc.Definitions {
			for field, property := range definition.Properties {
				explained := property.Title + property.Description
				assert.NotEmptyf(t, explained, "%s: field %s of %s has no comment", service.FullName(), field, message)
			}
		}
		assert.Truef(t, described[string(service.Name())], "service %s has no comment", service.FullName())
	}
}

func TestEveryEnumStartsWithAnUnspecifiedZero(t *testing.T) {
	for _, path := range protoFiles(t) {
		file, err := protoregistry.GlobalFiles.FindFileByPath(path)
		require.NoError(t, err)
		for i := range file.Enums().Len() {
			zero := file.Enums().Get(i).Values().ByNumber(0)
			require.NotNil(t, zero, "enum %s has no zero value", file.Enums().Get(i).FullName())
			assert.True(t, strings.HasSuffix(string(zero.Name()), "_UNSPECIFIED"), "zero of an enum is %s", zero.FullName())
		}
	}
}

func TestAskingForTheDocumentsOfAnUnknownPackageNamesIt(t *testing.T) {
	_, err := schemas.OpenAPI("nobody.v1")

	require.ErrorContains(t, err, `"nobody.v1"`)
}

// protoFiles lists the sources as protobuf names them, e.g. "fault/v1/fault.proto".
func protoFiles(t *testing.T) []string {
	t.Helper()
	matches, err := filepath.Glob("proto/*/*/*.proto")
	require.NoError(t, err)
	require.NotEmpty(t, matches)
	for i, match := range matches {
		relative, err := filepath.Rel("proto", match)
		require.NoError(t, err)
		matches[i] = filepath.ToSlash(relative)
	}
	return matches
}

// services lists every service of the contract.
func services(t *testing.T) []protoreflect.ServiceDescriptor {
	t.Helper()
	var found []protoreflect.ServiceDescriptor
	for _, path := range protoFiles(t) {
		file, err := protoregistry.GlobalFiles.FindFileByPath(path)
		require.NoError(t, err)
		for i := range file.Services().Len() {
			found = append(found, file.Services().Get(i))
		}
	}
	require.NotEmpty(t, found)
	return found
}

// openAPI reads the document of one proto package.
func openAPI(t *testing.T, protoPackage protoreflect.FullName) document {
	t.Helper()
	encoded, err := schemas.OpenAPI(string(protoPackage))
	require.NoError(t, err)
	var decoded document
	require.NoError(t, json.Unmarshal(encoded, &decoded))
	return decoded
}
