package invoke_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "lambent"

// arrows says what each package may import of this module; "ui/..." is ui/ and all
// below it. Arrows point inward: no package knows who uses it. A package without a
// row fails, so that nothing joins the house unseen.
var arrows = map[string]struct {
	may   []string // the package itself
	tests []string // its tests besides
}{
	"invoke/jsondoc": {},
	"invoke":         {may: []string{"invoke/jsondoc"}},
	// invoke/jsondoc is the domain's too: the log of the JSON format is filtered record by
	// record, and without it the executor would read JSON in a way of its own.
	"invoke/local":           {may: []string{"invoke", "invoke/jsondoc", "invoke/local/..."}},
	"invoke/local/project":   {may: []string{"invoke"}},
	"invoke/local/versions":  {may: []string{"invoke", "invoke/local/project"}},
	"invoke/local/runtimes":  {may: []string{"invoke", "invoke/local/project"}},
	"invoke/local/samples":   {may: []string{"invoke", "invoke/local/project", "invoke/local/versions", "invoke/local/runtimes"}},
	"invoke/awslambda":       {may: []string{"invoke", "invoke/awslambda/..."}},
	"invoke/awslambda/trial": {may: []string{"invoke"}},
	"invoke/wire": {may: []string{"invoke", "invoke/wire/..."},
		// An endpoint is held to what real functions do behind it, and to what calls it.
		tests: []string{"invoke/local", "invoke/local/...", "invoke/awslambda", "invoke/awslambda/trial"}},
	"history":     {may: []string{"invoke"}},
	"themes":      {},
	"ui/safetext": {},
	"ui/frame":    {may: []string{"ui/safetext"}},
	"ui/edit":     {may: []string{"ui/frame", "ui/safetext", "invoke/jsondoc"}},
	"ui/jsonrows": {may: []string{"ui/frame", "ui/safetext", "invoke/jsondoc"}},
	"ui/settings": {may: []string{"themes"}},
	"ui/guard":    {},
	// The document of the architecture leaves invoke/jsondoc out for ui, though it is
	// the domain's and ui/cli has it: without it ui would compare and format JSON a second time.
	"ui":        {may: []string{"invoke", "invoke/jsondoc", "history", "themes", "ui/..."}},
	"ui/uitest": {may: []string{"invoke", "history", "themes", "ui/..."}}, // it makes what the workbench is given
	"ui/cli":    {may: []string{"invoke", "invoke/jsondoc", "history", "themes", "ui/safetext", "ui/settings"}},
}

// standardOnly are the packages that import nothing from outside the standard
// library and the module: the domain.
var standardOnly = []string{"invoke", "invoke/jsondoc"}

// keptOut are imports that no package below the given one may have.
var keptOut = []struct{ below, path string }{
	{"ui", "github.com/aws/"},
	{"ui", "database/sql"},
	{"ui", "modernc.org/"},
}

// bannedNames are names that say nothing about what is inside.
var bannedNames = []string{"util", "utils", "common", "helpers", "types", "misc"}

// Sizes above which a file or function is hard to take in, in lines.
const (
	fileLimit     = 500
	functionLimit = 80
)

// housePackage is what go list says about a package.
type housePackage struct {
	ImportPath, Dir                    string
	GoFiles, CgoFiles, IgnoredGoFiles  []string
	TestGoFiles, XTestGoFiles          []string
	Imports, TestImports, XTestImports []string
}

func house(t *testing.T) []housePackage {
	t.Helper()
	seeFolders(t)
	command := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,GoFiles,CgoFiles,IgnoredGoFiles,TestGoFiles,XTestGoFiles,Imports,TestImports,XTestImports", module+"/...")
	var complaints bytes.Buffer
	command.Stderr = &complaints
	out, err := command.Output()
	if err != nil {
		if errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") != "true" {
			t.Skip("the go command is not on PATH")
		}
		t.Fatalf("go list: %v\n%s", err, complaints.String())
	}
	var packages []housePackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p housePackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		// Files for other systems have imports too.
		for _, name := range p.IgnoredGoFiles {
			more := imports(t, filepath.Join(p.Dir, name))
			if strings.HasSuffix(name, "_test.go") {
				p.XTestImports = append(p.XTestImports, more...)
			} else {
				p.Imports = append(p.Imports, more...)
			}
		}
		packages = append(packages, p)
	}
	if len(packages) < 3 {
		t.Fatalf("go list names %d packages", len(packages))
	}
	return packages
}

// seeFolders reads every folder of the module, so that the go command knows that a
// cached result of these tests is stale when a package or file has been added.
func seeFolders(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		return nil // what can't be read is go list's to report
	})
	if err != nil {
		t.Fatal(err)
	}
}

func imports(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, spec := range f.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// own returns the path of a package within the module, "" for the module's main package.
func own(importPath string) (string, bool) {
	if importPath == module {
		return "", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

func allows(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		prefix, all := strings.CutSuffix(p, "/...")
		return p == name || all && (name == prefix || strings.HasPrefix(name, prefix+"/"))
	})
}

func TestArrowsPointInward(t *testing.T) {
	for _, p := range house(t) {
		name, _ := own(p.ImportPath)
		if name == "" {
			continue // main wires everything
		}
		row, ok := arrows[name]
		if !ok {
			t.Errorf("%s has no row in the table of arrows", p.ImportPath)
			continue
		}
		for _, path := range p.Imports {
			if target, ours := own(path); ours && !allows(row.may, target) {
				t.Errorf("%s imports %s", p.ImportPath, path)
			}
		}
		for _, path := range append(p.TestImports, p.XTestImports...) {
			if target, ours := own(path); ours && target != name && !allows(row.may, target) && !allows(row.tests, target) {
				t.Errorf("the tests of %s import %s", p.ImportPath, path)
			}
		}
	}
}

func TestDomainNeedsOnlyTheStandardLibrary(t *testing.T) {
	for _, p := range house(t) {
		name, _ := own(p.ImportPath)
		for _, path := range p.Imports {
			first, _, _ := strings.Cut(path, "/")
			if _, ours := own(path); !ours && strings.Contains(first, ".") && slices.Contains(standardOnly, name) {
				t.Errorf("%s imports %s", p.ImportPath, path)
			}
			for _, rule := range keptOut {
				if (name == rule.below || strings.HasPrefix(name, rule.below+"/")) && strings.HasPrefix(path, rule.path) {
					t.Errorf("%s imports %s", p.ImportPath, path)
				}
			}
		}
	}
}

func TestPackageNamesSayWhatIsInside(t *testing.T) {
	for _, p := range house(t) {
		for element := range strings.SplitSeq(strings.TrimPrefix(p.ImportPath, module), "/") {
			if slices.Contains(bannedNames, element) {
				t.Errorf("%s: %q says nothing about what is inside", p.ImportPath, element)
			}
		}
	}
}

func TestFilesAndFunctionsCanBeTakenIn(t *testing.T) {
	for _, p := range house(t) {
		for _, name := range slices.Concat(p.GoFiles, p.CgoFiles, p.IgnoredGoFiles) {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			measure(t, filepath.Join(p.Dir, name), p.ImportPath+"/"+name)
		}
	}
}

func measure(t *testing.T, file, shown string) {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Error(err)
		return
	}
	if lines := set.File(f.Pos()).LineCount(); lines >= fileLimit {
		t.Errorf("%s has %d lines; the limit is under %d", shown, lines, fileLimit)
	}
	for _, decl := range f.Decls {
		function, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if lines := set.Position(function.End()).Line - set.Position(function.Pos()).Line + 1; lines >= functionLimit {
			t.Errorf("%s: %s has %d lines; the limit is under %d", shown, function.Name.Name, lines, functionLimit)
		}
	}
}
