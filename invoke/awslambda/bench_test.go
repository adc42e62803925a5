package awslambda

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"lambent/invoke"
)

// BenchmarkWholeProcess measures one invocation by a process of its own over floor F7,
// the bare SDK call (goal P17: at most 1.3), in turns. The same through the lambent binary
// is measured too.
func BenchmarkWholeProcess(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Amzn-Requestid", anID)
		_, _ = w.Write([]byte(`{"ok":true}`))
	}))
	defer server.Close()
	home := b.TempDir()
	env := append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_STATE_HOME="+home,
		"AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=secret", "AWS_REGION=eu-central-1", "AWS_CONFIG_FILE=/nothing", "AWS_SHARED_CREDENTIALS_FILE=/nothing")
	floor := []string{build(b, "./testdata/barecall"), server.URL}
	runners := []struct {
		name    string
		command []string
	}{
		{"package/F7", []string{build(b, "./testdata/onecall"), server.URL}},
		{"lambent/F7", []string{build(b, "../.."), "invoke", "orders", "--endpoint-url", server.URL, "-p", "{}", "--no-history"}},
	}
	for _, r := range runners {
		b.Run(r.name, func(b *testing.B) {
			if out, err := output(r.command, env); err != nil || !bytes.Equal(bytes.TrimSpace(out), []byte(`{"ok":true}`)) {
				b.Skipf("%s does not invoke: %v", r.name, err)
			}
			var ratios []float64
			for b.Loop() {
				ratios = append(ratios, float64(took(b, r.command, env))/float64(took(b, floor, env)))
			}
			slices.Sort(ratios)
			b.ReportMetric(ratios[len(ratios)/2], "×F7")
		})
	}
}

func build(b *testing.B, dir string) string {
	b.Helper()
	binary := filepath.Join(b.TempDir(), "binary")
	if out, err := exec.Command("go", "build", "-o", binary, dir).CombinedOutput(); err != nil {
		b.Fatalf("building %s: %v\n%s", dir, err, out)
	}
	return binary
}

func output(command, env []string) ([]byte, error) {
	c := exec.Command(command[0], command[1:]...)
	c.Env = env
	return c.Output()
}

func took(b *testing.B, command, env []string) time.Duration {
	b.Helper()
	begun := time.Now()
	if _, err := output(command, env); err != nil {
		b.Fatal(err)
	}
	return time.Since(begun)
}

// BenchmarkLargestResponse measures the largest response over net/http alone.
func BenchmarkLargestResponse(b *testing.B) {
	b.Setenv("AWS_ACCESS_KEY_ID", "id")
	b.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	body := bytes.Repeat([]byte("x"), invoke.MaxSyncResponse)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body))) // as Lambda does
		_, _ = w.Write(body)
	}))
	defer server.Close()
	target, err := Open(b.Context(), Options{Region: "eu-central-1", EndpointURL: server.URL})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("target", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if got, err := target.Invoke(b.Context(), invoke.Request{Function: "orders"}, nil); err != nil || len(got.Payload) != len(body) {
				b.Fatal(err)
			}
		}
	})
	b.Run("floor", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		kept := make([]byte, len(body))
		for b.Loop() {
			answer, err := http.Post(server.URL, "", nil)
			if err != nil {
				b.Fatal(err)
			}
			for n := 0; n < len(kept); {
				m, err := answer.Body.Read(kept[n:])
				if n += m; err != nil && n < len(kept) {
					b.Fatal(err)
				}
			}
			answer.Body.Close()
		}
	})
}
