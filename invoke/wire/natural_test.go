package wire

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lambent/invoke/local"
)

// The exceptions of the document that arise by themselves on the local target, each by
// the situation that the README's table names.
func TestExceptionsThatArise(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "code.zip")
	if err := os.WriteFile(archive, []byte("no archive"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, choice{local: func(o *local.Options) {
		echo := o.Project.Functions[0]
		none := 0
		for _, name := range []string{"no-client", "damaged", "image", "broken", "full"} {
			fn := echo
			fn.Name = name
			switch name {
			case "no-client":
				fn.Runtime = "java21"
			case "damaged":
				fn.CodeURI, fn.CodePath = archive, archive
			case "image":
				fn.PackageType = "Image"
			case "broken":
				fn.Broken = "its template is damaged"
			case "full":
				fn.ReservedConcurrency = &none
			}
			o.Project.Functions = append(o.Project.Functions, fn)
		}
		o.Prepare = nil // as lambent starts functions
	}})
	// A chain that has passed through echo as often as it may: the trace id of an answer
	// names the function.
	first := s.raw(s.post("image", "{}"))
	arise := map[string]string{}
	for _, c := range []struct {
		name, function, payload string
		headers                 []string
		status                  int
	}{
		{"ResourceNotFoundException", "nothing", "{}", nil, 404},
		{"InvalidRequestContentException", "echo", "{", nil, 400},
		{"InvalidParameterValueException", "echo:1?Qualifier=2", "{}", nil, 400},
		{"RequestTooLargeException", "echo", quote(strings.Repeat("x", 1<<20)), []string{"X-Amz-Invocation-Type: Event"}, 413},
		{"TooManyRequestsException", "full", "{}", nil, 429},
		{"InvalidRuntimeException", "no-client", "{}", nil, 502},
		{"InvalidZipFileException", "damaged", "{}", nil, 502},
		{"RecursiveInvocationException", "echo", "{}", []string{"X-Amzn-Trace-Id: Root=1-00000000-000000000000000000000000;Lineage=" + s.lineage(t, "echo", 16)}, 400},
		{"ResourceConflictException", "image", "{}", nil, 409},
		{"ResourceConflictException", "broken", "{}", nil, 409},
	} {
		function, query, _ := strings.Cut(c.function, "?")
		path := "/2015-03-31/functions/" + function + "/invocations?" + query
		message := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", path, s.address, len(c.payload))
		r := s.raw(message + strings.Join(append(c.headers, "", c.payload), "\r\n"))
		want := c.name
		if want == "RequestTooLargeException" {
			want = "RequestEntityTooLargeException"
		}
		if r.headers["x-amzn-ErrorType"] != want || r.status != c.status {
			t.Errorf("%s: %d %v %s", c.function, r.status, r.headers, clip(r.body, 300))
		}
		arise[c.name] = r.body
	}
	if strings.Contains(first.body, "UnsupportedPackageType") || !strings.Contains(first.body, `"message":"image is a container image, and images don't run locally"`) {
		t.Errorf("an image says %s", first.body)
	}
	arise["ServiceException"] = "TestPanicIsOneCallsAlone"
	natural, onDemand := readmeExceptions(t)
	for name := range arise {
		if !slices.Contains(natural, name) {
			t.Errorf("%s arises, and the README doesn't say so", name)
		}
	}
	for _, name := range natural {
		if arise[name] == "" {
			t.Errorf("the README says that %s arises", name)
		}
		if slices.Contains(onDemand, name) {
			t.Errorf("the README has %s twice", name)
		}
	}
	for _, x := range apiExceptions(t) {
		if x.Document && !slices.Contains(natural, x.Name) && !slices.Contains(onDemand, x.Name) {
			t.Errorf("the README's table is without %s", x.Name)
		}
	}
}

// lineage is that of a chain that has passed through a function so often.
func (s *stage) lineage(t *testing.T, function string, passes int) string {
	t.Helper()
	r := s.raw(s.post(function, "{}", "X-Amz-Invocation-Type: DryRun"))
	_, lineage, ok := strings.Cut(r.headers["X-Amzn-Trace-Id"], "Lineage=")
	before, found := strings.CutSuffix(lineage, ":0")
	if !ok || !found {
		t.Fatalf("the trace id of %s is %q", function, r.headers["X-Amzn-Trace-Id"])
	}
	return fmt.Sprintf("%s:%d", before, passes-1)
}

// readmeExceptions are the rows of the README's table: what arises by itself, and what
// doesn't. A name that ends with … stands for all of the document that begin so.
func readmeExceptions(t *testing.T) (natural, onDemand []string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(b), "| exception | when |\n")
	if !found {
		t.Fatal("the README has no table of exceptions")
	}
	var documented []string
	for _, x := range apiExceptions(t) {
		if x.Document {
			documented = append(documented, x.Name)
		}
	}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			break
		}
		for name := range strings.SplitSeq(cells[1], ",") {
			name, _, _ = strings.Cut(strings.TrimSpace(name), " ")
			prefix, many := strings.CutSuffix(name, "…")
			for _, d := range documented {
				switch {
				case d != name && d != name+"Exception" && !(many && strings.HasPrefix(d, prefix)):
				case strings.Contains(cells[2], "only with"):
					onDemand = append(onDemand, d)
				default:
					natural = append(natural, d)
				}
			}
		}
	}
	return natural, onDemand
}
