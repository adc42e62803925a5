package invoke

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// The runtimes by the shape of their errors; the keys of the catalogue's handler entries.
const (
	pythonRuntime = "python"
	nodeRuntime   = "node"
	goRuntime     = "go"
	javaRuntime   = "java"
	dotnetRuntime = "dotnet"
	rubyRuntime   = "ruby"
)

// frames returns the stack trace with the innermost frame, where it failed, first,
// and the runtime that wrote it. Causes follow what they caused, each after a frame
// with only a text. A line that is no frame keeps its text if it isn't the message again.
func (p errorPayload) frames() ([]Frame, string) {
	runtime := p.runtime()
	var frames []Frame
	for _, o := range p.objects {
		frames = append(frames, Frame{
			Function: o.label, File: o.path, Line: o.line, Own: !isGoLibrary(o.path),
			Text: fmt.Sprintf("%s:%d %s", o.path, o.line, o.label),
		})
	}
	for i, text := range p.text {
		frame := Frame{Text: strings.TrimRight(text, "\r\n")}
		ok := false
		switch runtime {
		case pythonRuntime:
			ok = parsePython(&frame)
		case nodeRuntime:
			ok = parseNode(&frame)
		case javaRuntime:
			ok = parseJava(&frame)
		case dotnetRuntime:
			ok = parseDotnet(&frame)
		case rubyRuntime:
			ok = parseRuby(&frame)
		}
		if !ok && runtime == nodeRuntime && (i == 0 || len(frames) == 0) {
			continue // "Error: boom", which may go over several lines
		}
		frames = append(frames, frame)
	}
	if runtime == pythonRuntime {
		// Python writes the outermost frame first.
		for i, j := 0, len(frames)-1; i < j; i, j = i+1, j-1 {
			frames[i], frames[j] = frames[j], frames[i]
		}
	}
	for _, c := range p.causes {
		more, _ := c.frames()
		frames = append(frames, Frame{Text: clip("Caused by: "+strings.TrimSuffix(c.errorType+": "+c.message, ": "), maxFrameText)})
		frames = append(frames, more...)
	}
	return frames, runtime
}

// runtime tells by its shape who wrote the error (spec §5).
func (p errorPayload) runtime() string {
	switch {
	case p.node:
		return nodeRuntime
	case len(p.objects) > 0:
		return goRuntime
	case strings.HasPrefix(p.errorType, "Function<"), strings.HasPrefix(p.errorType, "Init<"):
		return rubyRuntime
	}
	for _, text := range p.text {
		for _, r := range []struct {
			name  string
			parse func(*Frame) bool
		}{{pythonRuntime, parsePython}, {dotnetRuntime, parseDotnet}, {javaRuntime, parseJava}, {rubyRuntime, parseRuby}} {
			if r.parse(&Frame{Text: text}) {
				return r.name
			}
		}
	}
	if p.python {
		return pythonRuntime
	}
	if e, ok := functionEntry(p.errorType); ok && e.Handler != "" {
		return e.Handler
	}
	return anyRuntime
}

// parsePython reads `  File "/var/task/app.py", line 2, in handler` with the source
// line below it; a syntax error has no comma before Line.
func parsePython(f *Frame) bool {
	rest, ok := strings.CutPrefix(strings.TrimLeft(f.Text, " \u00a0"), `File "`)
	if !ok {
		return false
	}
	file, rest, ok := strings.Cut(rest, `"`)
	if !ok {
		return false
	}
	head, _, _ := strings.Cut(rest, "\n")
	head = strings.TrimLeft(head, ", ")
	number, function, _ := strings.Cut(head[min(len(head), len("line ")):], ",")
	f.File, f.Line = file, lineNumber(number)
	f.Function = strings.TrimPrefix(strings.TrimSpace(function), "in ")
	f.Own = !isLibrary(file)
	return true
}

// parseNode reads "    at handler (/var/task/index.js:3:9)" and "    at /var/task/index.js:3:9".
func parseNode(f *Frame) bool {
	rest, ok := strings.CutPrefix(strings.TrimSpace(f.Text), "at ")
	if !ok {
		return false
	}
	where := rest
	if open := strings.LastIndex(rest, " ("); open >= 0 && strings.HasSuffix(rest, ")") {
		f.Function, where = rest[:open], rest[open+2:len(rest)-1]
	}
	where = strings.TrimPrefix(strings.TrimPrefix(where, "async "), "file://")
	f.Function = strings.TrimPrefix(f.Function, "async ")
	f.File, f.Line, f.Column = splitPlace(where)
	f.Own = f.Line > 0 && !isLibrary(f.File)
	return true
}

// splitPlace takes the numbers off "file:line:column".
func splitPlace(s string) (file string, line, column int) {
	head, last, ok := cutLast(s, ":")
	n := lineNumber(last)
	if !ok || n == 0 {
		return s, 0, 0
	}
	before, middle, ok := cutLast(head, ":")
	if m := lineNumber(middle); ok && m > 0 {
		return before, m, n
	}
	return head, n, 0
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// parseJava reads "example.Handler.handle(Handler.java:12)".
func parseJava(f *Frame) bool {
	text := strings.TrimPrefix(strings.TrimSpace(f.Text), "at ")
	open := strings.IndexByte(text, '(')
	if open <= 0 || !strings.HasSuffix(text, ")") || strings.ContainsAny(text[:open], " \t") || !strings.Contains(text[:open], ".") {
		return false
	}
	f.Function = text[:open]
	f.File, f.Line, _ = splitPlace(text[open+1 : len(text)-1])
	f.Own = !hasPrefix(moduleless(f.Function), "java.", "javax.", "jdk.", "sun.", "com.sun.", "kotlin.", "scala.",
		"com.amazonaws.", "software.amazon.", "lambdainternal.")
	return true
}

// moduleless takes "java.base/" off a frame of Java 9 and later.
func moduleless(s string) string {
	if _, rest, ok := strings.Cut(s, "/"); ok {
		return rest
	}
	return s
}

// parseDotnet reads "   at Ns.Function.Handler(String input) in /src/Function.cs:line 12".
func parseDotnet(f *Frame) bool {
	rest, ok := strings.CutPrefix(strings.TrimSpace(f.Text), "at ")
	if !ok {
		return false
	}
	signature, where, hasFile := strings.Cut(rest, " in ")
	open := strings.IndexByte(signature, '(')
	if open <= 0 || !strings.HasSuffix(signature, ")") || !strings.Contains(signature[:open], ".") {
		return false
	}
	if !hasFile && strings.Contains(signature, ".java:") || strings.HasSuffix(signature, "(Native Method)") || strings.HasSuffix(signature, "(Unknown Source)") {
		return false // Java's
	}
	f.Function = signature
	if file, number, ok := cutLast(where, ":line "); ok {
		f.File, f.Line = file, lineNumber(number)
	}
	f.Own = !hasPrefix(signature, "System.", "Microsoft.", "Amazon.", "lambda_method")
	return true
}

// parseRuby reads "/var/task/f.rb:2:in `handler'".
func parseRuby(f *Frame) bool {
	place, function, ok := strings.Cut(f.Text, ":in ")
	file, number, numbered := cutLast(place, ":")
	if !ok || !numbered || lineNumber(number) == 0 {
		return false
	}
	f.File, f.Line = strings.TrimSpace(file), lineNumber(number)
	f.Function = strings.Trim(function, "`'")
	f.Own = !isLibrary(f.File)
	return true
}

// lineNumber reads the digits that s begins with, after spaces; 0 if there are none
// or too many.
func lineNumber(s string) int {
	s = strings.TrimSpace(s)
	end := 0
	for end < len(s) && '0' <= s[end] && s[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(s[:end], 10, 32)
	if err != nil {
		return 0
	}
	return int(n)
}

// isLibrary reports whether a source file belongs to the runtime, the language or a
// package, as opposed to the function itself.
func isLibrary(file string) bool {
	slashed := strings.ReplaceAll(file, `\`, "/")
	if hasPrefix(slashed, "node:", "internal/", "<", "/var/runtime/", "/var/lang/", "/var/rapid/", "/opt/", "/usr/") {
		return true
	}
	for _, part := range []string{"/node_modules/", "/site-packages/", "/dist-packages/", "/gems/", "/lib/python3", "/lib/ruby/", "/python/lib/"} {
		if strings.Contains(slashed, part) {
			return true
		}
	}
	// lambent's own bootstraps lie in its data folder.
	return strings.Contains(slashed, "/runtimes/") && strings.HasPrefix(path.Base(slashed), "bootstrap.")
}

// isGoLibrary does the same for Go, whose paths are those of packages: the standard
// library's have no dot in their first element.
func isGoLibrary(file string) bool {
	if strings.HasPrefix(file, "github.com/aws/aws-lambda-go/") || strings.Contains(file, "@v") || strings.Contains(file, "/vendor/") {
		return true
	}
	return hasPrefix(file, "runtime/", "reflect/", "sync/", "encoding/", "net/", "os/", "io/", "fmt/", "context/", "bytes/", "strings/",
		"errors/", "time/", "sort/", "slices/", "maps/", "strconv/", "database/", "crypto/", "compress/", "regexp/", "text/", "html/",
		"log/", "math/", "internal/", "testing/", "syscall/", "unicode/", "bufio/", "iter/")
}

func hasPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
