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
//     than everything else a bootstrap does.
//   - An interpreter of another version than the one asked for runs, and a note
//     says so. An interpreter that isn't there, and a runtime that can't run here,
//     are InvalidRuntimeException, with what to install.
//   - What AWS answers as a function error (a bootstrap that can't be executed) is
//     told apart from a refusal by the failure's kind: the invocation is accepted,
//     answers HTTP 200, and nothing has run.
//   - Nothing is written into the code folder: Python runs with -B, as /var/task is
//     read-only on AWS and has no byte code of its own either.
package runtimes

import (
	"errors"

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
}

// A Launch is how to start one execution environment of a function.
type Launch struct {
	Path  string   // absolute path of the executable
	Args  []string // the whole argument vector, Args[0] included
	Env   []string // NAME=value, what the runtime adds to the platform's variables
	Notes []string // what a person should know about the run, a sentence each
}

// Prepare says how to start fn with the code in codeDir. It runs no code of the
// function.
//
// A failure of kind [invoke.ServiceFailure] (InvalidRuntimeException, 502) or
// [invoke.ClientFailure] refuses the invocation. One of kind
// [invoke.FunctionFailure] (Runtime.InvalidEntrypoint) is the outcome of an
// accepted invocation: its Message is what follows "RequestId: <id> Error: " in
// the payload (spec §3.6).
func Prepare(fn project.Function, codeDir string, o Options) (Launch, *invoke.Failure) {
	return Launch{}, &invoke.Failure{Kind: invoke.ClientFailure, Name: "NotThereYet"}
}

// EntrypointFailure is the failure for a bootstrap at path in codeDir that the
// system refused to execute with err. Prepare finds the usual reasons beforehand;
// this is for what only the attempt shows.
func EntrypointFailure(path string, err error) *invoke.Failure {
	var f *invoke.Failure
	errors.As(err, &f)
	return f
}
