//go:build unix

package cli

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lambent/invoke"
)

// tool finds a program that a test runs. Where everything has to be tested (CI=true) one
// that is missing fails the test.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path
	case os.Getenv("CI") == "true":
		t.Fatalf("%s is not installed, and CI=true skips nothing", name)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// What is copied for other tools runs as it is pasted, against the endpoint of this build,
// and gives the function what history holds.
func TestCopiedInvocationsRun(t *testing.T) {
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	command := inFolder(binary, t.TempDir())
	where := invoke.TargetInfo{Kind: invoke.Local, Region: "us-east-1", Project: "sample", Endpoint: endpoint(t, command)}
	const payload = "{\n\t\"id\": 12345678901234567890, \"it's\": \"$(touch owned) `id` \\\\ äöü \"\n}"
	req := invoke.Request{
		Function: "echo", Payload: []byte(payload), Type: invoke.RequestResponse, LogType: invoke.LogTail,
		ClientContext: base64.StdEncoding.EncodeToString([]byte(`{"client":{"app_title":"shop"}}`)),
	}
	for name, text := range map[string]string{"aws": invoke.CopyAsAWSCLI(where, req), "curl": invoke.CopyAsCurl(where, req), "lambent": invoke.CopyAsLambent(where, req)} {
		t.Run(name, func(t *testing.T) {
			sh := tool(t, "sh")
			if name != "lambent" {
				tool(t, name)
			}
			cmd := command()
			cmd.Path, cmd.Args = sh, []string{"sh", "-c", text}
			cmd.Env = append(cmd.Environ(), "PATH="+filepath.Dir(binary)+string(os.PathListSeparator)+os.Getenv("PATH"),
				"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=")
			checkCopy(t, cmd)
			if _, err := os.Stat(filepath.Join(cmd.Dir, "owned")); err == nil {
				t.Error("the payload was run")
			}
		})
	}
	t.Run("go", func(t *testing.T) {
		// Within this module, whose dependencies it has.
		file := filepath.Join(t.TempDir(), "main.go")
		if err := os.WriteFile(file, []byte(invoke.CopyAsGo(where, req)), 0o600); err != nil {
			t.Fatal(err)
		}
		checkCopy(t, exec.Command(tool(t, "go"), "run", file))
		req.Stream = true
		if err := os.WriteFile(file, []byte(invoke.CopyAsGo(where, req)), 0o600); err != nil {
			t.Fatal(err)
		}
		checkCopy(t, exec.Command("go", "run", file))
	})
}

// checkCopy runs a copied invocation, and sees whether the function had the payload.
func checkCopy(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text := strings.Join(strings.Fields(string(out)), "")
	for _, want := range []string{`"id":12345678901234567890`, "$(touchowned)`id`", "äöü", "200"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
}
