package runtimes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"lambent/invoke"
)

// python starts an interpreter with the function's own awslambdaric or the carried bootstrap.
func (p *preparation) python(version string) (Launch, *invoke.Failure) {
	l := language{
		title: "Python",
		names: []string{"python" + version, "python3", "python"},
		least: [2]int{3, 8},
		ask:   []string{"-I", "-S", "-c", "import sys\nprint('%d.%d.%d' % sys.version_info[:3])\nprint(sys.executable)"},
	}
	// Another minor version is better than none.
	for minor := 14; minor >= l.least[1]; minor-- {
		l.names = append(l.names, fmt.Sprintf("python3.%d", minor))
	}
	found, failure := p.find(l)
	if failure != nil {
		return Launch{}, failure
	}
	p.noteVersion(l, found, version)
	env := p.searchPath("PYTHONPATH", "python", filepath.Join("python", "lib", "python"+version, "site-packages"))
	if p.ownPythonClient(found) {
		return Launch{
			Path:  found.path,
			Args:  pythonArgs(found, "-m", "awslambdaric", p.fn.Handler),
			Env:   append(env, p.managed(p.codeDir)...),
			Notes: p.notes,
		}, nil
	}
	bootstrap, err := carry(p.o.Dir, pythonClient)
	if err != nil {
		return Launch{}, unwritable(err)
	}
	return Launch{
		Path:  found.path,
		Args:  pythonArgs(found, compiled(found, bootstrap)),
		Env:   append(env, p.managed(filepath.Dir(bootstrap))...),
		Notes: p.notes,
	}, nil
}

// pythonArgs are the arguments of every Python function.
//
//   - -B: no byte code is written into the code folder.
//   - -X pycache_prefix=: a PYTHONPYCACHEPREFIX in the environment is for the
//     function's own children. With one, this process would look for the byte code
//     of the standard library there too and compile all of it at every cold start.
//   - -u: what a function prints is in the log before what it does next.
func pythonArgs(i interpreter, program ...string) []string {
	return append([]string{i.path, "-B", "-X", "pycache_prefix=", "-u"}, program...)
}

// compiled returns the byte code of the bootstrap for this interpreter, which is
// made once, with that of the files beside it: compiling the sources takes a third
// of a cold start. Where it can't be made it returns the source.
func compiled(i interpreter, source string) string {
	folder := filepath.Join(filepath.Dir(source), shortHash(i.version+"\n"+identity(i.path)))
	target := filepath.Join(folder, filepath.Base(source)+"c")
	if _, err := os.Stat(target); err == nil {
		return target
	}
	if err := compile(i, filepath.Dir(source), folder); err != nil {
		return source
	}
	return target
}

// compile makes the byte code of the Python client in dir, all of it in one rename
// after it is on disk: a part of it would break every function.
func compile(i interpreter, dir, folder string) error {
	temp, err := os.MkdirTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	args := []string{"-I", "-S", "-B", "-c", compileProgram, temp}
	for _, name := range pythonClient {
		args = append(args, filepath.Join(dir, name))
	}
	cmd := exec.CommandContext(ctx, i.path, args...)
	cmd.Env = plainEnvironment()
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return err
	}
	for _, name := range pythonClient {
		file, err := os.OpenFile(filepath.Join(temp, name+"c"), os.O_RDWR, 0)
		if err != nil {
			return err
		}
		if err := errors.Join(file.Sync(), file.Close()); err != nil {
			return err
		}
	}
	if err := os.Rename(temp, folder); err != nil {
		// Another lambent may have been first.
		_, missing := os.Stat(folder)
		return missing
	}
	return nil
}

const compileProgram = `import os, py_compile, sys
for source in sys.argv[2:]:
    py_compile.compile(source, cfile=os.path.join(sys.argv[1], os.path.basename(source) + "c"), doraise=True)`

// ownPythonClient tells whether the function's code brings an awslambdaric that
// this interpreter can load: its native half is built for one version and platform.
func (p *preparation) ownPythonClient(i interpreter) bool {
	if info, err := os.Stat(filepath.Join(p.codeDir, "awslambdaric", "__main__.py")); err != nil || !info.Mode().IsRegular() {
		return false
	}
	natives, _ := filepath.Glob(filepath.Join(p.codeDir, "runtime_client*"))
	numbers := strings.SplitN(i.version, ".", 3)
	for _, native := range natives {
		name := filepath.Base(native)
		if name == "runtime_client.py" || strings.Contains(name, ".abi3.") ||
			strings.Contains(name, "-"+numbers[0]+numbers[1]+"-"+cpython()) {
			return true
		}
	}
	p.note("The function's own awslambdaric can't be loaded by Python %s here; lambent's runtime client is used.", i.version)
	return false
}

// cpython is how the names of extension modules spell this platform.
func cpython() string {
	if runtime.GOOS == "darwin" {
		return "darwin"
	}
	if runtime.GOARCH == "arm64" {
		return "aarch64-linux"
	}
	return "x86_64-linux"
}

// node starts Node.js with the function's own aws-lambda-ric or the carried bootstrap.
func (p *preparation) node(version string) (Launch, *invoke.Failure) {
	l := language{
		title: "Node.js",
		names: []string{"node", "nodejs"},
		least: [2]int{16, 0},
		ask:   []string{"-p", "process.versions.node + '\\n' + process.execPath"},
	}
	found, failure := p.find(l)
	if failure != nil {
		return Launch{}, failure
	}
	major, _, _ := strings.Cut(version, ".")
	p.noteVersion(l, found, major)
	env := p.searchPath("NODE_PATH", filepath.Join("nodejs", "node"+major, "node_modules"), filepath.Join("nodejs", "node_modules"))
	if client := p.ownNodeClient(); client != "" {
		return Launch{
			Path:  found.path,
			Args:  []string{found.path, client, p.fn.Handler},
			Env:   append(env, p.managed(p.codeDir)...),
			Notes: p.notes,
		}, nil
	}
	bootstrap, err := carry(p.o.Dir, nodeClient)
	if err != nil {
		return Launch{}, unwritable(err)
	}
	return Launch{
		Path:  found.path,
		Args:  []string{found.path, bootstrap},
		Env:   append(env, p.managed(filepath.Dir(bootstrap))...),
		Notes: p.notes,
	}, nil
}

// ownNodeClient is the program of the function's own aws-lambda-ric, "" when it
// has none or one whose native half is not built.
func (p *preparation) ownNodeClient() string {
	dir := filepath.Join(p.codeDir, "node_modules", "aws-lambda-ric")
	text, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return ""
	}
	var manifest struct{ Bin json.RawMessage }
	if json.Unmarshal(text, &manifest) != nil {
		return ""
	}
	var program string
	var programs map[string]string
	if json.Unmarshal(manifest.Bin, &program) != nil && json.Unmarshal(manifest.Bin, &programs) == nil {
		program = programs["aws-lambda-ric"]
	}
	file := filepath.Join(dir, filepath.FromSlash(program))
	if program == "" || !filepath.IsLocal(filepath.FromSlash(program)) || len(regular(file)) == 0 {
		return ""
	}
	natives := regular(filepath.Join(dir, "rapid-client.node"), filepath.Join(dir, "dist", "rapid-client.node"),
		filepath.Join(dir, "build", "Release", "rapid-client.node"), filepath.Join(filepath.Dir(file), "rapid-client.node"))
	if len(natives) == 0 {
		p.note("The function's own aws-lambda-ric has no native client built for this machine; lambent's runtime client is used.")
		return ""
	}
	return file
}

func regular(files ...string) []string {
	var found []string
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			found = append(found, file)
		}
	}
	return found
}

func (p *preparation) noteVersion(l language, found interpreter, asked string) {
	if !found.is(asked) {
		p.note("%s was asked for; this machine runs it with %s %s (%s).", p.fn.Runtime, l.title, found.version, found.path)
	}
}
