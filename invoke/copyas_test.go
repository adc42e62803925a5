package invoke_test

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lambent/invoke"
)

// A ranTool is what a tool was given by a shell that ran a copied text.
type ranTool struct {
	args  []string
	stdin []byte
}

// runCopied runs a text in sh with stand-ins for the tools, and returns what the tool got.
func runCopied(t *testing.T, tool, text string) ranTool {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no sh")
		}
		t.Skip("there is no sh")
	}
	dir := t.TempDir()
	script := "#!" + sh + "\nfor a in \"$@\"; do printf '%s\\0' \"$a\" >>\"" + dir + "/args\"; done\ncat >\"" + dir + "/stdin\"\n"
	if err := os.WriteFile(filepath.Join(dir, tool), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "text.sh") // an argument would be too short for it
	if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(sh, file)
	command.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=secret", "AWS_SESSION_TOKEN=token"}
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	args, err := os.ReadFile(filepath.Join(dir, "args"))
	if err != nil {
		t.Fatal(err)
	}
	stdin, err := os.ReadFile(filepath.Join(dir, "stdin"))
	if err != nil {
		t.Fatal(err)
	}
	return ranTool{strings.Split(strings.TrimSuffix(string(args), "\x00"), "\x00"), stdin}
}

// after returns the argument that follows a flag.
func (r ranTool) after(flag string) string {
	if i := slices.Index(r.args, flag); i >= 0 && i+1 < len(r.args) {
		return r.args[i+1]
	}
	return ""
}

var copiedPayloads = map[string]string{
	"plain":         `{"a": 1}`,
	"quotes":        `{"it's": "$(touch owned) ` + "`id`" + ` \\ \" !! %s %d"}`,
	"lines":         "{\n\t\"a\": 1\n}\n\n",
	"crlf":          "{\r\n}\r\n",
	"escape":        "\"\x1b[201~\x1b]0;OWNED\x07\"",
	"bidi":          "\"\u202eevil\"",
	"invalid UTF-8": "\"\xff\x00\"",
	"file":          "file:///etc/passwd",
	"at":            "@/etc/passwd",
	"dash":          "-",
	"large":         `"` + strings.Repeat("x'", 200<<10) + `"`,
}

var copiedTarget = invoke.TargetInfo{Kind: invoke.AWS, Profile: "it's mine", Region: "eu-central-1"}

func copiedRequest(payload string) invoke.Request {
	return invoke.Request{Function: "orders", Qualifier: "$LATEST", Payload: []byte(payload), Type: invoke.Event, LogType: invoke.LogTail, ClientContext: "e30=", TenantID: "a b", DurableName: "once"}
}

// What a shell makes of a copied text is what history holds, whatever is in the payload.
func TestCopiedCommandsGiveTheSamePayload(t *testing.T) {
	for what, payload := range copiedPayloads {
		t.Run(what, func(t *testing.T) {
			req := copiedRequest(payload)
			for tool, c := range map[string]struct {
				text, flag string
				pipe       string // the flag's value when the payload comes through a pipe
				words      []string
			}{
				"aws":     {invoke.CopyAsAWSCLI(copiedTarget, req), "--payload", "fileb:///dev/stdin", []string{"--profile", "it's mine", "--qualifier", "$LATEST", "--invocation-type", "Event", "--tenant-id", "a b"}},
				"lambent": {invoke.CopyAsLambent(copiedTarget, req), "--payload", "-", []string{"invoke", "orders", "--target", "aws", "--client-context", "e30="}},
				"curl": {invoke.CopyAsCurl(copiedTarget, req), "--data-binary", "@-", []string{"--aws-sigv4", "id:secret", "X-Amz-Tenant-Id: a b",
					"https://lambda.eu-central-1.amazonaws.com/2015-03-31/functions/orders/invocations?Qualifier=%24LATEST"}},
			} {
				if strings.ContainsFunc(c.text, func(r rune) bool { return r != '\n' && r != '\t' && (r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x202e) }) {
					t.Errorf("%s: the text holds a control character", tool)
				}
				got := runCopied(t, tool, c.text)
				sent := []byte(got.after(c.flag))
				if string(sent) == c.pipe {
					sent = got.stdin
				}
				if !bytes.Equal(sent, req.Payload) {
					t.Errorf("%s sends %.80q", tool, sent)
				}
				for _, w := range c.words {
					if !slices.Contains(got.args, w) {
						t.Errorf("%s: no %q in %.500q", tool, w, got.args)
					}
				}
			}
		})
	}
}

func TestCopiedGoHoldsThePayload(t *testing.T) {
	for what, payload := range copiedPayloads {
		text := invoke.CopyAsGo(copiedTarget, copiedRequest(payload))
		file, err := parser.ParseFile(token.NewFileSet(), "main.go", text, 0)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if formatted, err := format.Source([]byte(text)); err != nil || string(formatted) != text {
			t.Errorf("%s: not formatted: %v", what, err)
		}
		found := false
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				value, err := strconv.Unquote(literal.Value)
				found = found || err == nil && value == payload
			}
			return true
		})
		if !found {
			t.Errorf("%s: no literal is the payload", what)
		}
	}
}

func TestCopiedStreamsAreStreamed(t *testing.T) {
	req := copiedRequest(`{"n": 1}`)
	req.Type, req.Stream = invoke.RequestResponse, true
	if text := invoke.CopyAsLambent(copiedTarget, req); !strings.Contains(text, " --stream ") {
		t.Errorf("lambent: %s", text)
	}
	if text := invoke.CopyAsCurl(copiedTarget, req); !strings.Contains(text, "/2021-11-15/functions/orders/response-streaming-invocations?") {
		t.Errorf("curl: %s", text)
	}
	text := invoke.CopyAsGo(copiedTarget, req)
	formatted, err := format.Source([]byte(text))
	if err != nil || string(formatted) != text || !strings.Contains(text, "client.InvokeWithResponseStream(") || !strings.Contains(text, "lambda/types\"") {
		t.Errorf("Go: %v\n%s", err, text)
	}
}

func TestConsoleURL(t *testing.T) {
	info := invoke.TargetInfo{Kind: invoke.AWS, Region: "eu-central-1"}
	for _, c := range []struct{ region, function, qualifier, want string }{
		{"", "orders", "", "https://eu-central-1.console.aws.amazon.com/lambda/home?region=eu-central-1#/functions/orders"},
		{"", "orders", "$LATEST", "https://eu-central-1.console.aws.amazon.com/lambda/home?region=eu-central-1#/functions/orders"},
		{"", "orders:live", "", "https://eu-central-1.console.aws.amazon.com/lambda/home?region=eu-central-1#/functions/orders/aliases/live"},
		{"", "orders", "12", "https://eu-central-1.console.aws.amazon.com/lambda/home?region=eu-central-1#/functions/orders/versions/12"},
		{"cn-north-1", "orders", "", "https://cn-north-1.console.amazonaws.cn/lambda/home?region=cn-north-1#/functions/orders"},
		{"us-isob-east-1", "orders", "", ""},
		{"", "not a name", "", ""},
	} {
		info := info
		if c.region != "" {
			info.Region = c.region
		}
		if got := invoke.ConsoleURL(info, c.function, c.qualifier); got != c.want {
			t.Errorf("%s:%s in %q: %s", c.function, c.qualifier, c.region, got)
		}
	}
	if got := invoke.ConsoleURL(invoke.TargetInfo{Kind: invoke.Local, Region: "us-east-1"}, "orders", ""); got != "" {
		t.Errorf("a local function: %s", got)
	}
}
