package runtimes

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"lambent/invoke"
)

const (
	// buildLimit ends a build that hangs: a module proxy that doesn't answer, say.
	buildLimit = 10 * time.Minute
	// shownOutput is how much of what a failed build has printed is told.
	shownOutput = 4 << 10
)

// hasGoSource says that the code folder is a Go package of a module.
func (p *preparation) hasGoSource() bool {
	if !hasMatch(filepath.Join(p.codeDir, "*.go")) {
		return false
	}
	for dir := p.codeDir; ; dir = filepath.Dir(dir) {
		if len(regular(filepath.Join(dir, "go.mod"))) > 0 {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}

// building lets one build at a time run: others wait for it, and find it done.
var building sync.Mutex

// built starts the bootstrap that the Go source in the code folder is built into. done is
// false when there is none and none may or can be built.
//
// The key of a build is the state of the files in the code folder, as for the detection
// of changes: what a change elsewhere in the module needs is a change here too.
func (p *preparation) built() (launch Launch, done bool, failure *invoke.Failure) {
	key, err := stateOf(p.codeDir)
	if err != nil {
		return Launch{}, false, unwritable(err)
	}
	file := filepath.Join(p.o.Dir, "built", key, "bootstrap")
	building.Lock()
	defer building.Unlock()
	if len(regular(file)) == 0 {
		tool, err := exec.LookPath("go")
		if err != nil || !p.o.Build {
			return Launch{}, false, nil
		}
		if failure := p.build(tool, file); failure != nil {
			return Launch{}, false, failure
		}
		p.note("The bootstrap was built from the Go source in %s.", p.codeDir)
	}
	return Launch{Path: file, Args: []string{"bootstrap"}, Notes: p.notes}, true, nil
}

// build runs the go command as sam build does: without cgo, and without the RPC of the
// retired go1.x runtime.
func (p *preparation) build(tool, file string) *invoke.Failure {
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return unwritable(err)
	}
	temp := filepath.Join(dir, ".new")
	defer os.Remove(temp)
	ctx, cancel := context.WithTimeout(context.Background(), buildLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool, "build", "-trimpath", "-tags", "lambda.norpc", "-o", temp, ".")
	cmd.Dir = p.codeDir
	cmd.Env = append(plainEnvironment(), "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	cmd.WaitDelay = time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		message := p.fn.Name + ": go build failed\n" + complaints(out.Bytes())
		if ctx.Err() != nil {
			message = fmt.Sprintf("%s: go build took longer than %s and was ended", p.fn.Name, buildLimit)
		}
		return invoke.ClientFailureOf(invoke.BuildFailed, strings.TrimSpace(message),
			"The function's Go source in "+p.codeDir+" does not build.", "", invoke.RanNo, err)
	}
	if err := os.Rename(temp, file); err != nil {
		return unwritable(err)
	}
	return nil
}

// complaints are the lines of a failed build that say what is wrong: without the names of
// the packages that they are about, as the files are named too, and at most shownOutput
// bytes of them. They are as the compiler wrote them; whoever shows them does it safely.
func complaints(out []byte) string {
	var kept []byte
	for line := range bytes.Lines(out) {
		if bytes.HasPrefix(line, []byte("# ")) {
			continue
		}
		if len(kept)+len(line) > shownOutput {
			return string(kept) + "…"
		}
		kept = append(kept, line...)
	}
	return string(kept)
}

// stateOf names the state of the files below a folder: their names, sizes and times.
func stateOf(dir string) (string, error) {
	var all strings.Builder
	all.WriteString(dir)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); path != dir && (strings.HasPrefix(name, ".") || name == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&all, "\n%s %d %d", path, info.Size(), info.ModTime().UnixNano())
		return nil
	})
	return shortHash(all.String()), err
}
