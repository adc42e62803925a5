package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"lambent/invoke"
)

// maxMarkdown is how much of a body a report for people shows, in bytes; a bug
// report with more is read by nobody.
const maxMarkdown = 64 << 10

// Markdown is one invocation as text for a bug report: what was asked, what came
// back and how long it took. redact takes secrets out; nil takes none out. Controls
// and what no UTF-8 is are shown as escapes, so the text is safe wherever it is read.
func Markdown(e Entry, redact *invoke.Redactor) []byte {
	e = redacted(e, redact)
	var b bytes.Buffer
	name := e.Function
	if e.Qualifier != "" {
		name += ":" + e.Qualifier
	}
	fmt.Fprintf(&b, "# Invocation of %s\n\n", span(name))
	row := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&b, "- %s: %s\n", label, value)
		}
	}
	row("Target", span(strings.TrimSpace(string(e.Target.Kind)+" "+e.Target.ProjectName+" "+e.Target.Profile+" "+e.Target.Region)))
	row("Started", e.StartedAt.UTC().Format(time.RFC3339Nano))
	row("Type", span(string(e.Request.Type)))
	if e.Result.StatusCode != 0 {
		row("Status", fmt.Sprint(e.Result.StatusCode))
	}
	row("Version", span(e.Result.ExecutedVersion))
	row("Request id", span(e.Result.RequestID))
	if f := e.Failure; f != nil {
		row("Failure", span(f.Error()))
		row("Ran", string(f.Ran))
	}
	row("Given up", span(e.Condition))
	if n := len(e.Attempts); n > 0 {
		row("Attempts", fmt.Sprint(n))
	}
	if e.Result.Duration > 0 {
		row("Took", fmt.Sprintf("%.1f ms", float64(e.Result.Duration)/1e6))
	}
	if r := e.Result.Report; r != nil {
		row("Billed", fmt.Sprintf("%d ms", r.BilledDuration.Milliseconds()))
		row("Memory", fmt.Sprintf("%d/%d MB", r.MaxMemoryUsedMB, r.MemorySizeMB))
		if r.InitDuration > 0 {
			row("Cold start", fmt.Sprintf("%.1f ms", float64(r.InitDuration)/1e6))
		}
	}
	if len(e.Attempts) < 2 {
		markBodies(&b, "##", e.Request.Payload, e.Result)
	} else { // each has a response and a log of its own
		markBodies(&b, "##", e.Request.Payload, invoke.Result{})
		for _, a := range e.Attempts {
			markAttempt(&b, a)
		}
	}
	for _, d := range e.Deliveries {
		markDelivery(&b, d)
	}
	return b.Bytes()
}

// markBodies writes the request and what came back, as far as they are there.
func markBodies(b *bytes.Buffer, level string, request []byte, r invoke.Result) {
	log := r.Log
	if log == nil {
		log = invoke.TailText(r.LogTail)
	}
	for _, part := range []struct {
		title string
		body  []byte
	}{{"Request", request}, {"Response", r.Payload}, {"Log", log}} {
		if len(part.body) > 0 {
			block(b, level+" "+part.title, part.body)
		}
	}
}

// markAttempt writes one attempt of an event.
func markAttempt(b *bytes.Buffer, a invoke.Attempt) {
	failure := a.Failure()
	fmt.Fprintf(b, "\n## Attempt %d\n\n- Started: %s\n- Took: %.1f ms\n", a.Number, a.Result.StartedAt.UTC().Format(time.RFC3339Nano), float64(a.Result.Duration)/1e6)
	if failure != nil {
		fmt.Fprintf(b, "- Failure: %s\n", span(failure.Error()))
	}
	if !a.Counts {
		b.WriteString("- Uses up no retry\n")
	}
	markBodies(b, "###", nil, a.Result)
}

// markDelivery writes what an event has sent on.
func markDelivery(b *bytes.Buffer, d invoke.Delivery) {
	title := map[invoke.DeliveryKind]string{invoke.DeliverySuccess: "On success", invoke.DeliveryFailure: "On failure",
		invoke.DeliveryDeadLetterQueue: "Dead-letter queue"}[d.Kind]
	fmt.Fprintf(b, "\n## %s\n\n- Destination: %s\n", title, span(d.Destination))
	if d.RequestID != "" {
		fmt.Fprintf(b, "- Invoked: request %s\n", span(d.RequestID))
	}
	if d.Problem != "" {
		fmt.Fprintf(b, "- Not sent: %s\n", span(d.Problem))
	}
	for _, a := range d.Attributes {
		fmt.Fprintf(b, "- %s (%s): %s\n", span(a.Name), span(a.Type), span(a.Value))
	}
	if len(d.Body) > 0 {
		block(b, "### Sent on", d.Body)
	}
}

// block writes a heading and a body between fences that are longer than any in it.
func block(b *bytes.Buffer, title string, body []byte) {
	kind := "text"
	if json.Valid(body) {
		kind = "json"
		var pretty bytes.Buffer
		// Indentation of deep documents would be far longer than they are.
		if len(body) <= maxMarkdown && json.Indent(&pretty, body, "", "  ") == nil && pretty.Len() <= 4*maxMarkdown {
			body = pretty.Bytes()
		}
	}
	cut := len(body) - min(len(body), 4*maxMarkdown)
	text := visible(string(body[:len(body)-cut]))
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	fmt.Fprintf(b, "\n%s\n\n%s%s\n%s\n%s\n", title, fence, kind, strings.TrimRight(text, "\n"), fence)
	if cut > 0 {
		fmt.Fprintf(b, "\n%d more bytes are left out.\n", cut)
	}
}

// span is a text as code within a line.
func span(s string) string {
	if s == "" {
		return ""
	}
	s = strings.ReplaceAll(visible(s), "\n", " ")
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// visible shows controls, invisible characters and bytes that are no UTF-8.
func visible(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r == unicode.ReplacementChar && s[i] != "\ufffd"[0]:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029':
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
