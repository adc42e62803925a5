package local

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"lambent/invoke"
)

// A handlerFile is where the module that Handler names would be.
type handlerFile struct {
	module     string   // as Handler has it, without the function
	function   string   // what is called in it
	folders    []string // in which it is looked for, the code's own first
	candidates []string // below each of them, the usual one first
}

// handlerFile is known for the runtimes whose handlers name files (spec §5.1, §5.2).
func (p plan) handlerFile() (f handlerFile, ok bool) {
	handler := p.fn.Handler
	switch {
	case strings.HasPrefix(p.fn.Runtime, "python"):
		at := strings.LastIndexByte(handler, '.')
		if at <= 0 {
			return f, false
		}
		f.module, f.function = handler[:at], handler[at+1:]
		path := filepath.FromSlash(strings.ReplaceAll(f.module, ".", "/"))
		f.candidates = []string{path + ".py", path} // a folder is a package, or a namespace
		f.folders = append([]string{p.codeDir}, p.below("python")...)
	case strings.HasPrefix(p.fn.Runtime, "nodejs"):
		folder, base := handler[:strings.LastIndexByte(handler, '/')+1], handler[strings.LastIndexByte(handler, '/')+1:]
		name, function, named := strings.Cut(base, ".")
		if !named || name == "" {
			return f, false
		}
		f.module, f.function = folder+name, function
		path := filepath.FromSlash(f.module)
		f.candidates = []string{path + ".js", path + ".mjs", path + ".cjs", path, filepath.Join("node_modules", name)}
		f.folders = append([]string{p.codeDir}, p.below(filepath.Join("nodejs", "node_modules"))...)
	default:
		return f, false
	}
	// What climbs out of the code is no file of it, and nothing to look at.
	return f, filepath.IsLocal(f.candidates[0])
}

func (f handlerFile) exists() bool {
	for _, folder := range f.folders {
		for _, candidate := range f.candidates {
			if _, err := os.Stat(filepath.Join(folder, candidate)); err == nil {
				return true
			}
		}
	}
	return false
}

// neighbours are the handlers that would name the other files of the folder.
func (f handlerFile) neighbours() []string {
	ext := filepath.Ext(f.candidates[0])
	dir := filepath.Dir(f.candidates[0])
	entries, err := os.ReadDir(filepath.Join(f.folders[0], dir))
	if err != nil {
		return nil
	}
	prefix := f.module[:strings.LastIndexAny(f.module, "./")+1]
	var names []string
	for _, e := range entries {
		if stem, ok := strings.CutSuffix(e.Name(), ext); ok && stem != "" {
			names = append(names, prefix+stem+"."+f.function)
		}
	}
	return names
}

// explainImport tells the one failed import that is the template's mistake from those of
// the code: the file that Handler names isn't there.
func (p plan) explainImport(f *invoke.Failure) {
	if f.Name != "Runtime.ImportModuleError" {
		return
	}
	file, ok := p.handlerFile()
	if !ok || file.exists() {
		return
	}
	where := p.fn.CodeURI
	if where == "" {
		where = p.codeDir
	}
	f.Cause = fmt.Sprintf("There is no %s in %s, where Handler: %s looks for it.", filepath.ToSlash(file.candidates[0]), where, p.fn.Handler)
	f.Remedy = fmt.Sprintf("Add %s, or change Handler", filepath.ToSlash(file.candidates[0]))
	if p.fn.Source != "" {
		f.Remedy += " (" + p.fn.Source + ")"
	}
	f.Remedy += " to FILE.FUNCTION of a file that is there, or CodeUri to the folder that has it."
	f.Suggestions = invoke.Suggest(p.fn.Handler, file.neighbours())
}
