package project

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"lambent/invoke"
)

// A reader turns the resources of one template into functions.
type reader struct {
	*resolver
	project  *Project
	root     *os.Root
	modified time.Time
	taken    map[string]int    // function name → line of the function that has it
	folders  map[string]folder // what is known of folders that several functions share
}

// logicalID is what CloudFormation takes as the name of a resource.
var logicalID = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9]{1,255}$`) })

// maxNameLength is how many characters a function's name may have on creation (spec §1.2).
const maxNameLength = 64

// functionName is what Lambda takes as the name of a function on creation (spec §1.2).
var functionName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`) })

func (r *reader) read(resources *node) {
	for _, p := range resources.pairs {
		if r.spent() {
			return
		}
		r.resource(p)
	}
	for _, p := range resources.pairs {
		if logicalID().MatchString(p.key) && p.value.kind == mapNode && r.created(p) {
			r.attachment(p)
		}
	}
}

func (r *reader) resource(p pair) {
	kind := r.typeOf(p.value)
	switch {
	case strings.HasPrefix(p.key, "Fn::"):
		r.note(p.line, "%s in Resources is not expanded here: what it makes is not listed", shown(p.key))
	case kind == "AWS::Serverless::Application" || kind == "AWS::CloudFormation::Stack":
		r.note(p.line, "the functions of the nested stack %s are not read: open its folder as a project of its own", shown(p.key))
	case kind != functionType && kind != serverlessType:
	case !logicalID().MatchString(p.key):
		r.note(p.line, "%s is left out: a logical id has letters and digits only", shown(p.key))
	case !r.created(p):
		r.note(p.line, "%s is left out: its Condition does not hold with the parameters' defaults", shown(p.key))
	default:
		r.project.Functions = append(r.project.Functions, r.function(p, kind))
	}
}

// created reports whether a resource's Condition holds. One that can't be worked
// out counts as holding.
func (r *reader) created(p pair) bool {
	condition := p.value.at("Condition")
	if !condition.isText() {
		return true
	}
	v := r.holds(condition.text)
	return v.holds || v.reason != ""
}

// note records something about the template itself.
func (r *reader) note(line int, format string, args ...any) {
	r.project.Problems = append(r.project.Problems, Problem{File: r.project.Template, Line: line, Text: fmt.Sprintf(format, args...)})
}

// A builder puts one function together.
type builder struct {
	*reader
	f          Function
	kind       string
	resource   *node
	properties *node
}

func (r *reader) function(p pair, kind string) Function {
	b := &builder{reader: r, kind: kind, resource: p.value, properties: r.propertiesOf(p.value)}
	if b.properties == nil {
		b.properties = mapping(p.line)
	}
	if kind == serverlessType {
		b.properties = merged(r.globals, b.properties, r.spend)
	}
	b.f = Function{
		LogicalID: p.key,
		Line:      p.line,
		Root:      r.project.Dir,
		Function: invoke.Function{
			Name:         p.key,
			LastModified: r.modified,
			Source:       fmt.Sprintf("%s:%d", r.project.Template, p.line),
		},
	}
	b.settleName(p.line)
	b.f.ARN = r.fill(functionARNForm, b.f.Name)
	b.sizes()
	b.code()
	b.runtime()
	b.environment()
	b.layers()
	b.logging()
	b.asynchronous()
	b.elsewhere()
	b.build()
	return b.f
}

// problem records something about the function.
func (b *builder) problem(line int, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	b.f.Problems = append(b.f.Problems, text)
	b.project.Problems = append(b.project.Problems, Problem{File: b.project.Template, Line: line, Function: b.f.Name, Text: text})
}

// broken records why the function can't be invoked. The first reason stands.
func (b *builder) broken(line int, format string, args ...any) {
	b.problem(line, format, args...)
	if b.f.Broken == "" {
		b.f.Broken = b.f.Problems[len(b.f.Problems)-1]
	}
}

// settleName decides what the function is called: its FunctionName, else its logical id.
func (b *builder) settleName(line int) {
	given := b.setting(b.properties, "FunctionName")
	switch {
	case given.reason != "":
		b.problem(given.line, "FunctionName can't be worked out here, so it is listed by its logical id: %s", given.reason)
	case given.value == nil && len(b.f.Name) > maxNameLength:
		b.broken(line, "the logical id is longer than the %d characters that a function name may have; give it a FunctionName", maxNameLength)
	case given.value == nil:
	case !given.value.isText() || !functionName().MatchString(given.value.text):
		b.broken(given.line, "FunctionName %s must be 1 to %d letters, digits, - or _", shown(given.value.text), maxNameLength)
	default:
		b.f.Name, line = given.value.text, given.line
	}
	if first, ok := b.taken[b.f.Name]; ok {
		name := b.f.Name
		b.f.Name = b.f.LogicalID
		b.broken(line, "the name %s is taken by the function in line %d", shown(name), first)
	}
	b.taken[b.f.Name] = b.f.Line
}

// A setting is one property, resolved.
type setting struct {
	value  *node // nil when it is absent, AWS::NoValue or has no value here
	line   int
	reason string // why it has no value here
}

// setting resolves one property of a mapping.
func (b *builder) setting(of *node, key string) setting {
	p, ok := of.pair(key)
	if !ok {
		return setting{}
	}
	v, reason := b.resolve(p.value)
	if reason != "" || v == noValue {
		return setting{line: p.line, reason: reason}
	}
	return setting{value: v, line: p.line}
}

// textOf is a property that is a text; "" when it is absent. What can't be worked
// out is a problem; known is then false.
func (b *builder) textOf(of *node, key string) (text string, line int, known bool) {
	s := b.setting(of, key)
	switch {
	case s.reason != "":
		b.problem(s.line, "%s can't be worked out here: %s", key, s.reason)
		return "", s.line, false
	case s.value == nil:
		return "", s.line, true
	case !s.value.isText():
		b.problem(s.line, "%s is %s, not text", key, s.value.what())
		return "", s.line, false
	}
	return s.value.text, s.line, true
}

// section is a property that is a mapping; nil when there is none.
func (b *builder) section(of *node, key string) *node {
	s := b.setting(of, key)
	switch {
	case s.reason != "":
		b.problem(s.line, "%s can't be worked out here: %s", key, s.reason)
	case s.value == nil:
	case s.value.kind != mapNode || s.value.tag != "":
		b.problem(s.line, "%s is %s, not a mapping", key, s.value.what())
	default:
		return s.value
	}
	return nil
}
