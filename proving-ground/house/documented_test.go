// The rules about explanations: a file says why it exists, everything exported says what it is.
package house_test

import (
	"go/ast"
	"go/token"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEveryFileSaysWhyItExistsBeforeItsFirstDeclarationEnds(t *testing.T) {
	for _, file := range sources(t) {
		first := file.syntax.End()
		for _, declaration := range file.syntax.Decls {
			if imports, is := declaration.(*ast.GenDecl); is && imports.Tok == token.IMPORT {
				continue
			}
			first = declaration.Pos()
			break
		}
		comments := file.syntax.Comments
		assert.Truef(t, len(comments) > 0 && comments[0].Pos() < first,
			"%s: say in a comment why it exists, above the package clause or the first declaration", file.path)
	}
}

func TestEverythingExportedIsDocumented(t *testing.T) {
	total, documented := 0, 0
	for _, file := range sources(t) {
		for _, declaration := range file.syntax.Decls {
			for name, doc := range exported(declaration) {
				total++
				if doc {
					documented++
				}
				assert.Truef(t, doc, "%s: %s has no doc comment", file.at(declaration), name)
			}
		}
	}
	t.Logf("exported: %d, documented: %d", total, documented)
}

// exported yields the exported names of a declaration and whether each has a doc comment. A group that is documented as
// a whole documents its members; a comment on the line counts for constants, variables and types.
func exported(declaration ast.Decl) map[string]bool {
	found := map[string]bool{}
	switch declaration := declaration.(type) {
	case *ast.FuncDecl:
		if declaration.Name.IsExported() && receiverIsExported(declaration) {
			found[declaration.Name.Name] = declaration.Doc != nil
		}
	case *ast.GenDecl:
		if declaration.Tok == token.IMPORT {
			break
		}
		for _, spec := range declaration.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() {
					found[spec.Name.Name] = declaration.Doc != nil || spec.Doc != nil || spec.Comment != nil
				}
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					if name.IsExported() {
						found[name.Name] = declaration.Doc != nil || spec.Doc != nil || spec.Comment != nil
					}
				}
			}
		}
	}
	return found
}

// receiverIsExported tells functions, and methods of types that other packages can name.
func receiverIsExported(function *ast.FuncDecl) bool {
	if function.Recv == nil {
		return true
	}
	receiver := function.Recv.List[0].Type
	for {
		switch kind := receiver.(type) {
		case *ast.StarExpr:
			receiver = kind.X
		case *ast.IndexExpr:
			receiver = kind.X
		case *ast.IndexListExpr:
			receiver = kind.X
		case *ast.Ident:
			return kind.IsExported()
		default:
			return false
		}
	}
}
