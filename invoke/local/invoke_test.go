//go:build unix

package local

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

func TestBytesInBytesOut(t *testing.T) {
	f := open(t, does("echo"))
	for _, payload := range []string{`{"id": 12345678901234567890}`, ` [1 , 2.0e1] `, `"é\u00e9"`, `{"a":1,"a":2}`, `null`} {
		r := f.call(payload)
		if string(r.Payload) != payload || r.StatusCode != 200 || r.FunctionError != "" || r.ExecutedVersion != "$LATEST" {
			t.Errorf("%s came back as %s (%+v)", payload, r.Payload, r)
		}
	}
	if r := f.call(""); string(r.Payload) != "{}" {
		t.Errorf("an empty body came back as %q", r.Payload)
	}
	big := `"` + strings.Repeat("x", invoke.MaxSyncPayload-2) + `"`
	if r := f.call(big); string(r.Payload) != big {
		t.Errorf("%d bytes came back as %d", len(big), len(r.Payload))
	}
}

var reportLine = regexp.MustCompile(`^REPORT RequestId: (\S+)\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\tMax Memory Used: \d+ MB\t(Init Duration: \d+\.\d\d ms\t)?$`)

var initStart = regexp.MustCompile(`^INIT_START Runtime Version: provided:al2023\.local\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$`)

func TestLogOfAnInvocation(t *testing.T) {
	f := open(t, does("log"))
	for i, cold := range []bool{true, false} {
		r := f.call("{}")
		log := string(r.Log)
		want := "START RequestId: " + r.RequestID + " Version: $LATEST\nto stdout\nto stderr\nunfinishedEND RequestId: " + r.RequestID + "\n"
		if cold {
			want = "from init\n" + want
		}
		if cold {
			line, rest, _ := strings.Cut(log, "\n")
			if !initStart.MatchString(line) {
				t.Errorf("the log begins with %q", line)
			}
			log = rest
		}
		report, ok := strings.CutPrefix(log, want)
		m := reportLine.FindStringSubmatch(strings.TrimSuffix(report, "\n"))
		if !ok || m == nil || m[1] != r.RequestID {
			t.Fatalf("log %d is %q", i, log)
		}
		if (m[2] != "") != cold || (r.Report.InitDuration > 0) != cold {
			t.Errorf("run %d: cold %v, but the report says %q", i, cold, report)
		}
		if tail := string(r.LogTail); !strings.HasPrefix(tail, "START ") || !strings.HasSuffix(log, tail) {
			t.Errorf("tail is %q", tail)
		}
		if r.Report.MaxMemoryUsedMB < 1 || r.Report.BilledDuration < time.Millisecond {
			t.Errorf("report is %+v", r.Report)
		}
	}
	if r := f.call("{}", func(q *invoke.Request) { q.LogType = invoke.LogNone }); r.LogTail != nil || len(r.Log) == 0 {
		t.Errorf("without a log type the tail is %q", r.LogTail)
	}
}

func TestContextHeaders(t *testing.T) {
	f := open(t, does("headers"))
	r := f.call("{}", func(q *invoke.Request) {
		q.Qualifier = "$LATEST"
		q.ClientContext = "eyJjdXN0b20iOgogeyJhIjoxfX0="
		q.TenantID = "blue"
		q.TraceID = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"
	})
	var h map[string][]string
	if err := json.Unmarshal(r.Payload, &h); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Lambda-Runtime-Aws-Request-Id":       r.RequestID,
		"Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST",
		"Lambda-Runtime-Client-Context":       `{"custom":  {"a":1}}`,
		"Lambda-Runtime-Aws-Tenant-Id":        "blue",
		"Lambda-Runtime-Trace-Id":             "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1;Lineage=1:" + functionHash(f.arn("f")) + ":0",
		"Content-Type":                        "application/json",
	} {
		if got := strings.Join(h[name], "|"); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	deadline := strings.Join(h["Lambda-Runtime-Deadline-Ms"], "")
	if len(deadline) != 13 {
		t.Errorf("deadline is %q", deadline)
	}
}

func TestSurroundings(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAUSERSOWN")
	t.Setenv("LAMBENT_TARGET", "aws")
	f := open(t, does("environ", func(fn *project.Function) {
		fn.Environment = []invoke.Variable{{Name: "TABLE", Value: "orders"}, {Name: "TZ", Value: "CET"}, {Name: "AWS_REGION", Value: "mars"}, {Name: "URL", Unresolved: "no local value"}}
	}))
	r := f.call("{}")
	var list []string
	if err := json.Unmarshal(r.Payload, &list); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, entry := range list {
		name, value, _ := strings.Cut(entry, "=")
		got[name] = value
		if strings.HasPrefix(name, "LAMBENT") || name == "AWS_ACCESS_KEY_ID" || name == "URL" {
			t.Errorf("the function sees %s", entry)
		}
	}
	for name, want := range map[string]string{
		"_HANDLER": "environ", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "TABLE": "orders", "TZ": "CET",
		"AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
		"AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "LAMBDA_TASK_ROOT": f.o.Project.Functions[0].CodeURI,
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	for _, name := range []string{"HOME", "TMPDIR"} {
		if !strings.HasPrefix(got[name], f.root+"/") {
			t.Errorf("%s is %q, not in the environment's own folder", name, got[name])
		}
	}
	if !strings.Contains(strings.Join(r.Notes, "\n"), "The variable URL is not set: no local value") {
		t.Errorf("notes are %q", r.Notes)
	}
}
