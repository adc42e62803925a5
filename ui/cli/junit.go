package cli

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"lambent/invoke"
)

// A junit is a report as JUnit XML, the form that CI systems read: one test case a
// run. The cases are written as they come to a file of their own, because the counts
// stand at the beginning: a report of 100,000 runs takes no memory.
type junit struct {
	path                         string
	cases                        *os.File
	tests, failures, errors, out int
}

// newJUnit begins a report, so that a path that can't be written to is known before
// anything is invoked.
func newJUnit(path string) (*junit, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".lambent-report-")
	if err != nil {
		return nil, fmt.Errorf("--report: %q cannot be written: %s", path, reason(err))
	}
	return &junit{path: path, cases: f}, nil
}

// maxReported is how many differences of a run the report lists.
const maxReported = 50

// add writes one run: a difference, or without a check a function error, is a
// failure; a refusal is an error; a run that was not compared is skipped.
func (j *junit) add(run rerun) error {
	v := run.outcome
	var b bytes.Buffer
	fmt.Fprintf(&b, "  <testcase classname=%s name=%s time=\"%s\">\n", attribute(run.function),
		attribute("#"+strconv.FormatInt(run.Entry.ID, 10)+" "+run.Entry.UID), seconds(v.result.Duration))
	j.tests++
	switch {
	case run.Differs() && !run.Accepted:
		j.failures++
		var text bytes.Buffer
		for _, d := range run.Comparison.Differences[:min(len(run.Comparison.Differences), maxReported)] {
			text.WriteString(inLine(d) + "\n")
		}
		element(&b, "failure", differencesInLine(*run.Comparison), "difference", text.String())
	case run.Comparison != nil:
	case v.failure != nil && v.failure.Kind != invoke.FunctionFailure:
		j.errors++
		element(&b, "error", describe(v.failure), v.failure.Name, v.failure.Message)
	case run.Unchecked != "":
		j.out++
		fmt.Fprintf(&b, "    <skipped message=%s/>\n", attribute(run.Unchecked))
	case v.failure != nil:
		j.failures++
		element(&b, "failure", describe(v.failure), v.failure.Name, v.failure.Message)
	}
	b.WriteString("  </testcase>\n")
	if _, err := j.cases.Write(b.Bytes()); err != nil {
		return fmt.Errorf("--report: %q cannot be written: %s", j.path, reason(err))
	}
	return nil
}

func element(b *bytes.Buffer, name, message, kind, text string) {
	fmt.Fprintf(b, "    <%s message=%s type=%s>", name, attribute(message), attribute(kind))
	_ = xml.EscapeText(b, []byte(text)) // a buffer takes everything
	fmt.Fprintf(b, "</%s>\n", name)
}

// attribute is a text in quotation marks. What XML can't carry becomes U+FFFD.
func attribute(s string) string {
	var b bytes.Buffer
	b.WriteByte('"')
	_ = xml.EscapeText(&b, []byte(s))
	b.WriteByte('"')
	return b.String()
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

// close puts the report in its place, whole.
func (j *junit) close(took time.Duration) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("--report: %q cannot be written: %s", j.path, reason(err))
		}
	}()
	if _, err := j.cases.Seek(0, io.SeekStart); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(j.path), ".lambent-report-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing is there under that name once it was renamed
	_, err = fmt.Fprintf(f, "%s<testsuite name=\"lambent replay\" tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"%s\">\n",
		xml.Header, j.tests, j.failures, j.errors, j.out, seconds(took))
	if err == nil {
		_, err = io.Copy(f, j.cases)
	}
	if err == nil {
		_, err = io.WriteString(f, "</testsuite>\n")
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), j.path)
}

// discard removes what a report was put together from.
func (j *junit) discard() {
	j.cases.Close()
	os.Remove(j.cases.Name())
}
