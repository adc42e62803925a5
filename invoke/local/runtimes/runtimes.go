// Package runtimes says how a local function is started: what to execute, with
// which arguments, and what its runtime adds to the environment.
//
// Decisions, with their reasons:
//
//   - Code runs natively. A managed runtime is the interpreter found on PATH with
//     a runtime client: the official one where the function's own code brings it,
//     else a bootstrap that is carried here and written from spec §2 and §5.
//   - The carried bootstraps speak HTTP over a plain socket and import as little as
//     they can before the first /next, because a cold start is measured against the
//     bare interpreter, and the interpreters' own HTTP and JSON modules cost more
//     than everything else a bootstrap does. Python's is compiled once for each
//     interpreter, for the same reason.
//   - An interpreter of another version than the one asked for runs, and a note
//     says so. An interpreter that isn't there, and a runtime that can't run here,
//     are InvalidRuntimeException, with what to install.
//   - What AWS answers as a function error (a bootstrap that can't be executed) is
//     told apart from a refusal by the failure's kind: the invocation is accepted,
//     answers HTTP 200, and nothing has run.
//   - The source of a Go function is built by the go command into a bootstrap that is
//     kept below the data folder, when the function is invoked and never before:
//     invoking is the consent. Java and .NET run with the client that the function
//     brings; both are compiled, so that there is nothing that could be carried.
//   - Nothing is written into the code folder: Python runs with -B, as /var/task is
//     read-only on AWS and has no byte code of its own either.
package runtimes

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

// Options say where things are. The zero value of a member is the default named there.
type Options struct {
	// Dir is the folder for what lambent carries, <data>/runtimes. Files in it are
	// named by content, written once and shared by every lambent.
	Dir string
	// Self is the image of lambent itself. A function whose bootstrap starts with
	// the line "#!lambent" (the sample project's do) runs this image with
	// argv[0] = "bootstrap". Empty means that there is none.
	Self string
	// Path is the list of folders in which interpreters are looked for; empty means $PATH.
	Path string
	// Layers are the folders of the function's layers in their order, unpacked;
	// nil means those of the function's LayerPaths that are folders.
	Layers []string
	// Build lets Go source without a bootstrap be built: somebody has asked for the
	// function to be run. Without it only what was built before is used.
	Build bool
}

// A Launch is how to start one execution environment of a function.
type Launch struct {
	Path  string   // absolute path of the executable
	Args  []string // the whole argument vector, Args[0] included
	Env   []string // NAME=value, what the runtime adds to the platform's variables
	Notes []string // what a person should know about the run, a sentence each
}

// Prepare says how to start fn with the code in codeDir. It runs no code of the
// function; with Options.Build it may build it, which can take minutes.
//
// A failure of kind [invoke.ServiceFailure] (InvalidRuntimeException, 502) or
// [invoke.ClientFailure] refuses the invocation. One of kind
// [invoke.FunctionFailure] (Runtime.InvalidEntrypoint) is the outcome of an
// accepted invocation: its Message is what follows "RequestId: <id> Error: " in
// the payload (spec §3.6).
func Prepare(fn project.Function, codeDir string, o Options) (Launch, *invoke.Failure) {
	p := preparation{fn: fn, codeDir: codeDir, o: o, layers: o.Layers}
	if p.o.Path == "" {
		p.o.Path = os.Getenv("PATH")
	}
	if p.layers == nil {
		p.layers = folders(fn.LayerPaths)
	}
	family, version := split(fn.Runtime)
	switch {
	case family == "provided":
		return p.provided()
	case family == "python" && strings.HasPrefix(version, "3."):
		return p.python(version)
	case family == "nodejs":
		return p.node(version)
	case family == "ruby":
		return p.ruby(version)
	case family == "java":
		return p.java(version)
	case family == "dotnet" || family == "dotnetcore":
		return p.dotnet(version)
	}
	return Launch{}, unsupported(fn.Runtime, family)
}

// A preparation is one call of Prepare.
type preparation struct {
	fn      project.Function
	codeDir string
	o       Options
	layers  []string
	notes   []string
}

func (p *preparation) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

// managed are the variables that the platform sets for a managed runtime and for
// no other (spec §3.1).
func (p *preparation) managed(runtimeDir string) []string {
	return []string{"AWS_EXECUTION_ENV=AWS_Lambda_" + p.fn.Runtime, "LAMBDA_RUNTIME_DIR=" + runtimeDir}
}

// searchPath is NAME=value of a variable that lists folders of the layers, or
// nothing when no layer has such a folder. A later layer hides an earlier one,
// as its files overwrite those in /opt.
func (p *preparation) searchPath(name string, below ...string) []string {
	var found []string
	for i := len(p.layers) - 1; i >= 0; i-- {
		for _, folder := range below {
			found = append(found, folders([]string{filepath.Join(p.layers[i], folder)})...)
		}
	}
	return listOf(name, found)
}

// listOf is NAME=value of a variable that lists paths, or nothing when there are none.
func listOf(name string, paths []string) []string {
	if len(paths) == 0 {
		return nil
	}
	return []string{name + "=" + strings.Join(paths, string(os.PathListSeparator))}
}

func folders(paths []string) []string {
	var found []string
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			found = append(found, path)
		}
	}
	return found
}

var runtimeForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([a-z]+?)([0-9][0-9a-z.]*|\.[0-9a-z.]+)?$`)
})

// split cuts python3.13 into python and 3.13, provided.al2023 into provided and .al2023.
func split(name string) (family, version string) {
	m := runtimeForm().FindStringSubmatch(name)
	if m == nil {
		return "", ""
	}
	return m[1], m[2]
}

// current are the runtimes that a template written today would name.
var current = []string{
	"provided.al2023", "python3.14", "python3.13", "python3.12", "nodejs24.x", "nodejs22.x", "ruby3.4",
}

// unsupported is the failure for a runtime that can't run here. That AWS answers
// InvalidRuntimeException for an unknown runtime is spec/errors.json's; the texts are ours.
func unsupported(name, family string) *invoke.Failure {
	failure := invalidRuntime(fmt.Sprintf("The runtime %s does not run on this machine.", name),
		"Invoke it on AWS (--target aws), or change Runtime to provided.al2023 and ship a bootstrap.")
	switch {
	case name == "":
		failure.Message = "The function has no runtime."
		failure.Remedy = "Set Runtime in the template, for example " + current[0] + "."
	case family == "go":
		failure.Message = "The runtime go1.x is gone from Lambda and does not run on this machine."
		failure.Remedy = "Set Runtime to provided.al2023: lambent then builds the Go source when it is invoked. For AWS build it to a file named bootstrap (GOOS=linux CGO_ENABLED=0 go build -o bootstrap)."
	default:
		failure.Message = fmt.Sprintf("The runtime %s is not known.", name)
		failure.Suggestions = invoke.Suggest(name, current)
		failure.Remedy = "Set Runtime to one that Lambda has, for example " + strings.Join(current, ", ") + "."
	}
	return failure
}

func invalidRuntime(message, remedy string) *invoke.Failure {
	failure := invoke.NewFailure("InvalidRuntimeException", message)
	failure.Remedy = remedy
	return failure
}

// unwritable is the failure when what lambent carries can't be written.
func unwritable(err error) *invoke.Failure {
	return invoke.ClientFailureOf(invoke.InvalidUsage, err.Error(),
		"The folder for carried runtimes can't be written.",
		"Make the data folder writable, or name another one with --data-dir.", invoke.RanNo, err)
}
