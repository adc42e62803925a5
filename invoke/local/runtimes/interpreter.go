package runtimes

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"lambent/invoke"
)

// A language is how interpreters of one kind are found and asked.
type language struct {
	title string   // for people
	names []string // file names on PATH, the preferred first
	// ask are the arguments that make the interpreter print its version and the
	// path of its executable, on a line each.
	ask []string
	// version finds the version in what an interpreter prints that can't be asked so;
	// "" when there is none. nil: it prints the two lines.
	version func(out string) string
	// least is the version that the carried client needs: major and minor.
	least [2]int
}

// An interpreter is one that was found and has answered.
type interpreter struct {
	path    string // what to execute
	version string // 3.11.7
}

// is tells whether the interpreter is the version that a runtime names: 3.11 for 3.11.7.
func (i interpreter) is(version string) bool {
	return i.version == version || strings.HasPrefix(i.version, version+".")
}

// atLeast compares the first two numbers of the version.
func (i interpreter) atLeast(major, minor int) bool {
	numbers := strings.SplitN(i.version, ".", 3)
	first, _ := strconv.Atoi(numbers[0])
	second := 0
	if len(numbers) > 1 {
		second, _ = strconv.Atoi(numbers[1])
	}
	return first > major || first == major && second >= minor
}

// find returns the first interpreter on the path that answers and is recent enough,
// or else the failure that says what there is. Being on PATH is not enough: version
// managers put a shim there for versions that are not active.
func (p *preparation) find(l language) (interpreter, *invoke.Failure) {
	var tooOld interpreter
	for _, name := range l.names {
		for _, dir := range filepath.SplitList(p.o.Path) {
			// A relative folder would mean the function's own.
			if !filepath.IsAbs(dir) {
				continue
			}
			file := filepath.Join(dir, name)
			if runtime.GOOS == "windows" {
				file += ".exe"
			}
			if !executable(file) {
				continue
			}
			found, ok := p.ask(l, file)
			if ok && found.atLeast(l.least[0], l.least[1]) {
				return found, nil
			}
			if ok && tooOld.path == "" {
				tooOld = found
			}
		}
	}
	if tooOld.path != "" {
		return interpreter{}, invalidRuntime(
			fmt.Sprintf("The runtime %s needs %s %d.%d or later; %s is %s.", p.fn.Runtime, l.title, l.least[0], l.least[1], tooOld.path, tooOld.version),
			fmt.Sprintf("Put a newer %s on PATH.", l.title))
	}
	return interpreter{}, invalidRuntime(
		fmt.Sprintf("The runtime %s needs %s, and none that works is on PATH.", p.fn.Runtime, l.title),
		fmt.Sprintf("Install %s and make sure that %s runs in a shell.", l.title, l.names[0]))
}

func executable(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular() && (runtime.GOOS == "windows" || info.Mode()&0o111 != 0)
}

// ask finds out the version of the interpreter in file, from memory or from a
// note on disk where it was asked before.
//
// A script (the shim of a version manager, a wrapper) may answer differently by
// folder and by day, so its answer is kept for a short while only.
func (p *preparation) ask(l language, file string) (interpreter, bool) {
	script := isScript(file)
	key := identity(file)
	if script {
		key += "\n" + p.codeDir
	}
	if found, ok := answers.recall(key); ok {
		return found, found.path != ""
	}
	note := filepath.Join(p.o.Dir, "interpreters", shortHash(key))
	if !script {
		if text, err := os.ReadFile(note); err == nil {
			if found, ok := readAnswer(text, file); ok {
				answers.keep(key, found, false)
				return found, true
			}
		}
	}
	found, ok := inquire(l, file, p.codeDir)
	if ok && !script {
		// Without the note the next process asks again, and that is all.
		_ = writeWhole(note, []byte(found.version+"\n"+found.path+"\n"))
	}
	answers.keep(key, found, script || !ok)
	return found, ok
}

// inquire asks the interpreter itself.
func inquire(l language, file, dir string) (interpreter, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, file, l.ask...)
	cmd.Dir = dir
	cmd.Env = plainEnvironment()
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return interpreter{}, false
	}
	if l.version != nil {
		out = []byte(l.version(string(out)) + "\n" + file)
	}
	return readAnswer(out, file)
}

// readAnswer reads a version and an executable. Only a shim is passed by: a
// wrapper may set up what its interpreter needs, and in a virtual environment the
// link says which one it is.
func readAnswer(text []byte, file string) (interpreter, bool) {
	version, executable, ok := strings.Cut(strings.TrimSpace(string(text)), "\n")
	if !ok || version == "" {
		return interpreter{}, false
	}
	found := interpreter{path: file, version: strings.TrimSpace(version)}
	if strings.Contains(filepath.ToSlash(file), "/shims/") && filepath.IsAbs(executable) {
		found.path = strings.TrimSpace(executable)
	}
	return found, true
}

// plainEnvironment is the user's without credentials and without what would make
// an interpreter run code of its own choice at its start.
func plainEnvironment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "PYTHON") ||
			strings.HasPrefix(name, "NODE_") || name == "RUBYOPT" {
			continue
		}
		kept = append(kept, variable)
	}
	return kept
}

func isScript(file string) bool {
	head := make([]byte, 2)
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	n, _ := f.Read(head)
	return bytes.Equal(head[:n], []byte("#!"))
}

// identity changes when the file behind a path is replaced.
func identity(file string) string {
	resolved, err := filepath.EvalSymlinks(file)
	if err != nil {
		return file
	}
	info, err := os.Stat(resolved)
	if err != nil {
		return file
	}
	return fmt.Sprintf("%s\n%s\n%d\n%d", file, resolved, info.Size(), info.ModTime().UnixNano())
}

func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// memory keeps what interpreters have answered.
type memory struct {
	mu     sync.Mutex
	now    func() time.Time
	kept   map[string]interpreter
	expire map[string]time.Time // only of answers that may change
}

const shortWhile = 30 * time.Second

var answers = &memory{now: time.Now, kept: map[string]interpreter{}, expire: map[string]time.Time{}}

func (m *memory) recall(key string) (interpreter, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if until, ok := m.expire[key]; ok && m.now().After(until) {
		delete(m.kept, key)
		delete(m.expire, key)
	}
	found, ok := m.kept[key]
	return found, ok
}

func (m *memory) keep(key string, found interpreter, changes bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept[key] = found
	if changes {
		m.expire[key] = m.now().Add(shortWhile)
	}
}
