// The rules about modules: each stands alone, all stand on the same versions, none knows what it should not.
package house_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/proving-ground/internal/checkout"
)

const (
	organisation = "github.com/trading-ecosystem/"
	tools        = "tools"
	ground       = "proving-ground"
)

// goMod is as much of `go mod edit -json` and `go work edit -json` as the rules need.
type goMod struct {
	Module  struct{ Path string }
	Go      string
	Require []struct{ Path, Version string }
	Replace []struct{ Old, New struct{ Path string } }
	Use     []struct{ DiskPath string }
}

func TestEveryModuleIsNamedAfterItsFolderAndSpeaksTheSameGo(t *testing.T) {
	root := checkout.Root(t)
	for _, folder := range modulesBut(t, root, tools) {
		module := readMod(t, root, folder)
		assert.Equal(t, organisation+folder, module.Module.Path, "module path in %s/go.mod", folder)
		assert.Equal(t, "1.26.0", module.Go, "go line of %s/go.mod", folder)
	}
}

func TestAllModulesRequireTheSameVersionOfASharedDependency(t *testing.T) {
	root := checkout.Root(t)
	users := map[string]map[string][]string{} // dependency -> version -> modules
	for _, folder := range modulesBut(t, root, tools) {
		for _, required := range readMod(t, root, folder).Require {
			if users[required.Path] == nil {
				users[required.Path] = map[string][]string{}
			}
			users[required.Path][required.Version] = append(users[required.Path][required.Version], folder)
		}
	}
	for dependency, versions := range users {
		assert.Lenf(t, versions, 1, "%s is required in several versions: %v", dependency, versions)
	}
}

func TestEverySiblingIsReplacedByItsFolder(t *testing.T) {
	root := checkout.Root(t)
	for _, folder := range modulesBut(t, root, tools) {
		module := readMod(t, root, folder)
		replaced := map[string]string{}
		for _, replace := range module.Replace {
			replaced[replace.Old.Path] = replace.New.Path
			assert.Truef(t, strings.HasPrefix(replace.Old.Path, organisation), "%s replaces a dependency that is not ours: %s",
				folder, replace.Old.Path)
		}
		for _, required := range module.Require {
			if sibling, ours := strings.CutPrefix(required.Path, organisation); ours {
				assert.Equalf(t, "../"+sibling, replaced[required.Path], "%s/go.mod: replace of %s", folder, required.Path)
			}
		}
	}
}

func TestOnlyTheProvingGroundRequiresADaemon(t *testing.T) {
	root := checkout.Root(t)
	for _, folder := range modulesBut(t, root, tools, ground) {
		for _, required := range readMod(t, root, folder).Require {
			sibling := strings.TrimPrefix(required.Path, organisation)
			assert.Falsef(t, isDaemon(sibling) || sibling == "fleet", "%s requires %s", folder, sibling)
		}
	}
}

func TestTheWorkspaceNamesEveryModuleButTheTools(t *testing.T) {
	root := checkout.Root(t)
	var workspace goMod
	decode(t, &workspace, "work", "edit", "-json", filepath.Join(root, "go.work"))
	var used []string
	for _, use := range workspace.Use {
		used = append(used, filepath.Base(use.DiskPath))
	}
	slices.Sort(used)
	assert.Equal(t, modulesBut(t, root, tools), used)
}

func TestEveryModuleHasAReadmeThatOpensWithATitle(t *testing.T) {
	root := checkout.Root(t)
	for _, folder := range checkout.Modules(t, root) {
		text, err := os.ReadFile(filepath.Join(root, folder, "README.md"))
		if assert.NoError(t, err) {
			assert.Truef(t, strings.HasPrefix(string(text), "# "), "%s/README.md does not open with a title", folder)
		}
	}
}

// isDaemon tells the modules that run as daemons by how they are named.
func isDaemon(folder string) bool {
	return strings.HasSuffix(folder, "-go") && folder != "service-kit-go"
}

func modulesBut(t *testing.T, root string, excepted ...string) []string {
	t.Helper()
	return slices.DeleteFunc(checkout.Modules(t, root), func(folder string) bool { return slices.Contains(excepted, folder) })
}

func readMod(t *testing.T, root, folder string) goMod {
	t.Helper()
	var module goMod
	decode(t, &module, "mod", "edit", "-json", filepath.Join(root, folder, "go.mod"))
	return module
}

// decode reads what a go command says in JSON.
func decode(t *testing.T, into any, arguments ...string) {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "go", arguments...).Output()
	require.NoError(t, err, "go %s", strings.Join(arguments, " "))
	require.NoError(t, json.Unmarshal(output, into))
}
