// The rules about who may know whom, over tests as well: imports point downward, the domain is pure, daemons meet only
// through the stubs. The linter says the same while one types; here it holds where no linter is.
package house_test

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// layers from the lowest up; a package imports its own layer and those before it.
var layers = []string{"domain", "data", "infrastructure", "presentation"}

func TestImportsPointDownward(t *testing.T) {
	for _, file := range sources(t) {
		own := slices.Index(layers, file.layer())
		if file.layer() != "" {
			assert.GreaterOrEqualf(t, own, 0, "%s: internal/%s is none of the layers %v", file.path, file.layer(), layers)
		}
		for _, path := range imports(file) {
			_, below, internal := strings.Cut(path, "/internal/")
			layer, _, _ := strings.Cut(below, "/")
			if own >= 0 && internal && strings.HasPrefix(path, organisation) {
				assert.LessOrEqualf(t, slices.Index(layers, layer), own, "%s imports %s", file.path, path)
			}
		}
	}
}

func TestTheDomainKnowsNeitherWireNorLogNorIO(t *testing.T) {
	forbidden := []string{
		"google.golang.org/", "github.com/trading-ecosystem/protobuf-schemas", "github.com/sirupsen/logrus", "log",
		"github.com/redis/", "github.com/prometheus/", "go.opentelemetry.io/", "net", "os", "embed", "crypto/rand",
	}
	for _, file := range sources(t) {
		if file.layer() != "domain" {
			continue
		}
		for _, path := range imports(file) {
			for _, prefix := range forbidden {
				hit := path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/")
				assert.Falsef(t, hit, "%s imports %s", file.path, path)
			}
		}
	}
}

func TestTheDomainStartsNoGoroutineAndReadsNoClock(t *testing.T) {
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	for _, file := range sources(t) {
		if file.layer() != "domain" {
			continue
		}
		for node := range ast.Preorder(file.syntax) {
			switch node := node.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: a goroutine in the domain: let the caller decide", file.at(node))
			case *ast.SelectorExpr:
				if isCall(node, "time", clock...) {
					t.Errorf("%s: time.%s in the domain: have the time handed in", file.at(node), node.Sel.Name)
				}
			}
		}
	}
}

// make test runs these without -race, so they must have nothing to race.
func TestWhatIsTestedWithoutRaceStartsNoGoroutine(t *testing.T) {
	for _, file := range sources(t) {
		pure := file.layer() == "domain" || file.layer() == "data" || strings.Contains(file.path, "/internal/presentation/cli/")
		if !pure {
			continue
		}
		for _, path := range imports(file) {
			assert.NotEqualf(t, "golang.org/x/sync/errgroup", path, "%s starts goroutines: take it out of PURE in the Makefile", file.path)
		}
		for node := range ast.Preorder(file.syntax) {
			_, starts := node.(*ast.GoStmt)
			assert.Falsef(t, starts, "%s starts a goroutine: take it out of PURE in the Makefile", file.path)
		}
	}
}

func TestNoDaemonKnowsAnother(t *testing.T) {
	for _, file := range goFiles(t) {
		folder, _, _ := strings.Cut(file.path, "/")
		for _, path := range imports(file) {
			sibling, _, _ := strings.Cut(strings.TrimPrefix(path, organisation), "/")
			allowed := folder == ground || folder == sibling || (!isDaemon(sibling) && sibling != "fleet")
			assert.Truef(t, allowed, "%s imports %s: call it through its stubs", file.path, path)
		}
	}
}

func TestASleepInATestIsInsideABubble(t *testing.T) {
	for _, file := range goFiles(t) {
		virtual := slices.Contains(imports(file), "testing/synctest") || slices.Contains(imports(file), organisation+"service-kit-go/kittest")
		measures := strings.HasPrefix(file.base(), "bench") // benchmarks are about real time
		if !file.isTest() || virtual || measures {
			continue
		}
		for node := range ast.Preorder(file.syntax) {
			if call, is := node.(*ast.SelectorExpr); is && isCall(call, "time", "Sleep") {
				t.Errorf("%s: time.Sleep where no bubble makes it exact and instant: see testing/synctest and kittest.Run", file.at(call))
			}
		}
	}
}

func TestAMainOnlyParsesBuildsAndRuns(t *testing.T) {
	for _, file := range sources(t) {
		if file.syntax.Name.Name == "main" && strings.HasSuffix(file.path, "/main.go") {
			assert.LessOrEqualf(t, file.lines.LineCount(), 60, "%s", file.path)
		}
	}
}

// imports lists the import paths of a file.
func imports(file goFile) []string {
	var paths []string
	for _, spec := range file.syntax.Imports {
		paths = append(paths, strings.Trim(spec.Path.Value, "`\""))
	}
	return paths
}

// isCall tells selectors such as time.Now, by the name under which packages are imported.
func isCall(selector *ast.SelectorExpr, packageName string, names ...string) bool {
	identifier, is := selector.X.(*ast.Ident)
	return is && identifier.Name == packageName && token.IsExported(selector.Sel.Name) && slices.Contains(names, selector.Sel.Name)
}
