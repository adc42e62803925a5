package project

import (
	"bufio"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// A folder is what a look into a code folder shows.
type folder struct {
	names   map[string]bool // entries of the folder itself
	missing string          // packages that are asked for and not there: what to do
}

// maxListed bounds how many entries of a code folder are looked at.
const maxListed = 10_000

// build says when a function's code has to be built before it can run. The source
// runs as it stands, so that an edit counts at once; of what has to be built, only
// Go source is built when the function is invoked.
func (b *builder) build() {
	if b.f.CodeURI == "" || IsArchive(b.f.CodeURI) {
		return
	}
	rel, err := filepath.Rel(b.project.Dir, b.f.CodeURI)
	if err != nil {
		return
	}
	if method := b.resource.at("Metadata").at("BuildMethod"); method.isText() && method.text == "makefile" && !strings.HasPrefix(b.f.Runtime, "provided") {
		b.problem(b.f.Line, "it is built by a Makefile, which is not run here: run sam build and point CodeUri at .aws-sam/build/%s", b.f.LogicalID)
	}
	rel = filepath.ToSlash(rel)
	at := b.look(rel)
	has := func(names ...string) string {
		for _, n := range names {
			if at.names[n] {
				return n
			}
		}
		return ""
	}
	switch runtime := b.f.Runtime; {
	case strings.HasPrefix(runtime, "provided"):
		if has("bootstrap") == "" && !b.goSource(at) {
			b.problem(b.f.Line, "%s has no bootstrap: build it there, or point CodeUri at the folder it is built into", shown(rel))
		}
	case strings.HasPrefix(runtime, "nodejs"):
		module := b.f.Handler[:max(strings.LastIndexByte(b.f.Handler, '.'), 0)]
		if source := b.typescript(rel, module); source != "" {
			b.problem(b.f.Line, "%s is TypeScript and has to be built: run sam build and point CodeUri at .aws-sam/build/%s, or at your compiler's output", shown(source), b.f.LogicalID)
		} else if at.missing != "" {
			b.problem(b.f.Line, "%s", at.missing)
		}
	case strings.HasPrefix(runtime, "python"):
		if at.missing != "" {
			b.problem(b.f.Line, "%s", at.missing)
		}
	case strings.HasPrefix(runtime, "java"):
		if source := has("pom.xml", "build.gradle", "build.gradle.kts"); source != "" {
			b.problem(b.f.Line, "%s says that the code has to be built: point CodeUri at the .jar or the folder of classes", source)
		}
	}
}

// goSource reports whether the code folder is a Go package of a module, which is
// built when the function is invoked. The module may begin above the project.
func (b *builder) goSource(at folder) bool {
	source := false
	for name := range at.names {
		source = source || path.Ext(name) == ".go"
	}
	if !source {
		return false
	}
	for dir := b.f.CodeURI; ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil && info.Mode().IsRegular() {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}

// typescript is the TypeScript file that a handler's module is written in, ""
// where the module itself is there.
func (b *builder) typescript(rel, module string) string {
	if module == "" || !fs.ValidPath(path.Join(rel, module)) {
		return ""
	}
	for _, ext := range []string{".js", ".mjs", ".cjs"} {
		if b.there(path.Join(rel, module+ext)) {
			return ""
		}
	}
	for _, ext := range []string{".ts", ".mts", ".cts"} {
		if b.there(path.Join(rel, module+ext)) {
			return path.Join(rel, module+ext)
		}
	}
	return ""
}

// look lists a code folder once for all functions that share it.
func (r *reader) look(rel string) folder {
	if at, ok := r.folders[rel]; ok {
		return at
	}
	at := folder{names: map[string]bool{}}
	installed := false
	if f, err := r.root.Open(rel); err == nil {
		entries, _ := f.ReadDir(maxListed)
		f.Close()
		for _, e := range entries {
			at.names[e.Name()] = true
			installed = installed || strings.HasSuffix(e.Name(), ".dist-info") || strings.HasSuffix(e.Name(), ".egg-info")
		}
	}
	switch {
	case at.names["requirements.txt"] && !installed && r.asksForPackages(path.Join(rel, "requirements.txt")):
		at.missing = "requirements.txt asks for packages that are not in " + shown(rel) +
			": install them there (pip install -r requirements.txt -t .), unless your own Python has them"
	case at.names["package.json"] && !at.names["node_modules"] && r.asksForModules(rel):
		at.missing = "package.json asks for packages and there is no node_modules: run npm install in " + shown(rel)
	}
	r.folders[rel] = at
	return at
}

// asksForPackages reports whether a requirements file names anything besides the
// AWS SDK, which Lambda brings.
func (r *reader) asksForPackages(file string) bool {
	f, err := r.root.OpenFile(file, nonblock, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 0; lines.Scan() && n < 1000; n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' || strings.HasPrefix(line, "boto3") || strings.HasPrefix(line, "botocore") {
			continue
		}
		return true
	}
	return false
}

// asksForModules reports whether package.json has dependencies that no
// node_modules of the project can hold.
func (r *reader) asksForModules(rel string) bool {
	for dir := rel; dir != "." && dir != "/" && dir != ""; {
		dir = path.Dir(dir)
		if _, err := r.root.Stat(path.Join(dir, "node_modules")); err == nil {
			return false
		}
	}
	f, err := r.root.OpenFile(path.Join(rel, "package.json"), nonblock, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	data := make([]byte, 64<<10)
	n, _ := f.Read(data)
	manifest, failure := parseJSON(data[:n])
	if failure != nil {
		return false
	}
	dependencies := manifest.at("dependencies")
	return dependencies != nil && len(dependencies.pairs) > 0
}
