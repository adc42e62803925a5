// Package project reads a folder with a SAM or CloudFormation template and
// answers with its functions, as the local executor needs them.
//
// Decisions, with their reasons:
//
//   - A template is foreign text. It is parsed to nodes by go.yaml.in/yaml/v4
//     behind an input limit and walked by code of ours that bounds aliases and
//     depth, because the node interface of the parser does neither. Nothing in a
//     template runs, and nothing is fetched.
//   - Only what changes how an invocation behaves is read. Roles, policies, events
//     and tags are about deploying and are left alone. What does change behaviour
//     and can't be had on this machine (a VPC, EFS, X-Ray, …) is a [Problem].
//   - An intrinsic function is resolved where this machine has a value: parameter
//     defaults, pseudo parameters, mappings, conditions, names and ARNs of the
//     template's own resources. Anything else is unresolved, with its reason; it is
//     never blank.
//   - A broken function is listed with its problems and says why it can't run
//     ([Function.Broken]); the others are untouched. Only a template that can't be
//     read at all is an error ([TemplateError]).
//   - The source is what runs, not .aws-sam/build, so that an edit is picked up by
//     the next invocation. A function whose code needs a build says so.
//   - Every path in a template is opened below the project folder ([os.Root]); a
//     path or a link that leaves it is refused.
package project

import (
	"fmt"

	"lambent/invoke"
)

// A Project is a folder with a template.
type Project struct {
	Dir       string // absolute path of the folder
	Name      string // its base name
	Template  string // the template's file name within Dir
	Functions []Function
	Problems  []Problem // of the template and of its functions, in the order of the template
	Sample    bool      // the project that lambent carries
}

// Function returns the function with this name, or with this logical id.
func (p *Project) Function(name string) (Function, bool) {
	for _, f := range p.Functions {
		if f.Name == name {
			return f, true
		}
	}
	for _, f := range p.Functions {
		if f.LogicalID == name {
			return f, true
		}
	}
	return Function{}, false
}

// A Problem is something about a template that a person should know.
type Problem struct {
	File     string // the template's file name
	Line     int    // 1-based, 0 when it belongs to no line
	Function string // the function's name, "" when it is the template's
	Text     string // one sentence, with what to do where that is known
}

// String is the problem in the form file:line: text.
func (p Problem) String() string {
	text := p.Text
	if p.Function != "" {
		text = p.Function + ": " + text
	}
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, text)
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, text)
}

// A TemplateError says that a template can't be read, where and why.
type TemplateError struct {
	File string // the template's file name
	Line int    // 1-based, 0 when it belongs to no line
	Text string // one line
	Err  error  // what went wrong underneath; may be nil
}

// Error is the error in the form file:line: text.
func (e *TemplateError) Error() string {
	return Problem{File: e.File, Line: e.Line, Text: e.Text}.String()
}

// Unwrap returns what went wrong underneath.
func (e *TemplateError) Unwrap() error { return e.Err }

// A Function is a function of a template with everything that running it takes.
// It marshals to JSON and back without loss: a published version keeps it so.
type Function struct {
	invoke.Function

	LogicalID string
	Line      int // of the resource in the template

	// Root is the project's folder. Links of the code that lead elsewhere within it
	// are followed when the code is copied; those that lead out of it are not.
	Root string

	// CodeURI is the absolute path of the code: a folder, a .zip or a .jar.
	// It is "" for inline code, for images and where the code can't be had (see Broken).
	CodeURI string
	// InlineCode is the source text of Code.ZipFile; it is the content of InlineFile.
	InlineCode []byte
	InlineFile string // index.py or index.js

	// Broken says why the function can't be invoked at all, in one sentence;
	// "" when it can. The same sentence is among the Problems.
	Broken string

	LayerPaths []string // absolute paths (folder or zip) of the layers that are here, in their order

	EphemeralStorageMB  int // /tmp, 512 to 10240 MB
	ApplicationLogLevel string
	SystemLogLevel      string
	LogGroup            string  // "" means /aws/lambda/<name>
	Aliases             []Alias // of the template, in its order
	ReservedConcurrency *int    // nil when none is reserved

	AllowsRecursion bool // RecursiveLoop: Allow

	DeadLetter string // ARN; "" for none

	// EventInvoke is what becomes of asynchronous events, by the qualifier that it was
	// said of: "$LATEST", a version or an alias. Each has its own or none (spec §7).
	EventInvoke map[string]invoke.EventInvokeConfig
}

// An Alias is one that a template makes: SAM's AutoPublishAlias, or a resource.
type Alias struct {
	Name, Description string
	// Version is the number that it is pinned to, "" where it follows what is published.
	// Either way it stands for $LATEST until there is such a version here.
	Version string
	// Routing is the additional version and its share (0..1), at most one.
	Routing map[string]float64
}

// Alias returns the alias of the template with this name.
func (f *Function) Alias(name string) (Alias, bool) {
	for _, a := range f.Aliases {
		if a.Name == name {
			return a, true
		}
	}
	return Alias{}, false
}
