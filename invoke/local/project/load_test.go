package project

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"lambent/invoke"
)

// folderOf writes a project: a template and other files. A name that ends with a
// slash is a folder, a body that starts with "-> " a link.
func folderOf(t testing.TB, template string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	all := map[string]string{"template.yaml": template}
	for name, body := range files {
		all[name] = body
	}
	for name, body := range all {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		err := error(nil)
		switch target, link := strings.CutPrefix(body, "-> "); {
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o755)
		case link:
			err = os.Symlink(target, path)
		default:
			err = os.WriteFile(path, []byte(body), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// load loads a project that must be readable. The folder src is always there.
func load(t testing.TB, template string, files ...string) *Project {
	t.Helper()
	all := map[string]string{"src/": ""}
	for i := 0; i+1 < len(files); i += 2 {
		all[files[i]] = files[i+1]
	}
	p, err := Load(folderOf(t, template, all))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// one returns a function that must be there.
func one(t testing.TB, p *Project, name string) Function {
	t.Helper()
	f, ok := p.Function(name)
	if !ok {
		t.Fatalf("there is no function %s among %d; problems: %v", name, len(p.Functions), p.Problems)
	}
	return f
}

// problems are all problems as a person reads them.
func problems(p *Project) string {
	var b strings.Builder
	for _, problem := range p.Problems {
		fmt.Fprintln(&b, problem)
	}
	return b.String()
}

// hostile are the templates of the corpus: how many functions each has (-1 when it
// is refused), whether the first of them is broken, and what is said.
var hostile = []struct {
	file      string
	functions int
	broken    bool // the first function
	want      string
}{
	{"ok.yaml", 1, false, ""},
	{"crlf-bom.yaml", 1, false, ""},
	{"many-functions.yaml", 500, false, ""},
	{"python-tag.yaml", 1, false, ""},
	{"multi-doc.yaml", 1, false, "template.yaml:10: only the first document of this file is read"},
	{"codeuri-13.yaml", 1, false, ""}, // CodeUri . is ordinary
	{"codeuri-00.yaml", 1, true, `template.yaml:7: F: CodeUri "../../../../etc" leaves the project folder`},
	{"codeuri-01.yaml", 1, true, `CodeUri "/etc" leaves the project folder`},
	{"codeuri-03.yaml", 1, true, `CodeUri "./src/../../.." leaves the project folder`},
	{"codeuri-04.yaml", 1, true, `CodeUri "s3://bucket/key.zip" is on s3`},
	{"codeuri-06.yaml", 1, true, `CodeUri "/proc/self/environ" leaves the project folder`},
	{"codeuri-07.yaml", 1, true, `CodeUri "/dev/zero" leaves the project folder`},
	{"codeuri-09.yaml", 1, true, `CodeUri "./link-out" leaves the project folder through a link`},
	{"codeuri-10.yaml", 1, true, `CodeUri "./src\\..\\..\\etc" has a backslash`},
	{"codeuri-12.yaml", 1, true, `CodeUri "" is empty`},
	{"runtime-unknown.yaml", 1, true, `template.yaml:9: F: the runtime "cobol85" is not one of Lambda's: python3.x, nodejsN.x`},
	{"env-danger.yaml", 1, true, "template.yaml:12: F: Lambda reserves the environment variables AWS_LAMBDA_RUNTIME_API, _HANDLER"},
	{"env-danger.yaml", 1, true, "template.yaml:12: F: the template sets LD_PRELOAD, NODE_OPTIONS, PATH, which decide"},
	{"env-danger.yaml", 1, true, `template.yaml:17: F: the environment variable "A=B"`},
	{"env-4k.yaml", 1, true, "template.yaml:12: F: the environment variables are larger than 4 KB (4,096 bytes)"},
	{"timeouts.yaml", 3, true, "template.yaml:10: A: Timeout is -1; Lambda takes 1 to 900 seconds"},
	{"timeouts.yaml", 3, true, "template.yaml:17: B: Timeout is 1e9; Lambda takes 1 to 900 seconds"},
	{"timeouts.yaml", 3, true, "template.yaml:25: C: MemorySize is 1; Lambda takes 128 to 10240 MB"},
	{"bidi-name.yaml", 0, false, `template.yaml:2: "F\u202eevil" is left out`},
	{"samconfig-hostile.toml", -1, false, "template.yaml:1: not a template: its top level is text"},
	{"alias-bomb.yaml", -1, false, "template.yaml:6: more than 1,000,000 values once aliases are replaced"},
	{"merge-self.yaml", -1, false, `template.yaml:2: the alias "*a" is a part of what it stands for`},
	{"deep-flow.yaml", -1, false, "template.yaml:1: not YAML: exceeded max depth of 10000"},
	{"dup-keys.yaml", -1, false, `template.yaml:10: "F" is defined twice, in line 4 and in line 10`},
	{"dup-json.json", -1, false, `template.json:1: "Runtime" is defined twice, in line 1`},
	{"cdk-manifest-traversal.json", -1, false, "template.json: it has no Resources, so it is not a SAM or CloudFormation template"},
	{"invalid-utf8.yaml", -1, false, "template.yaml:2: not YAML: invalid leading UTF-8 octet"},
	{"nul.yaml", -1, false, "template.yaml:1: not YAML: control characters are not allowed"},
	{"empty.yaml", -1, false, "template.yaml: the file is empty"},
}

// The corpus of hostile templates: each ends in functions, problems that name
// line and function, or one line that says what is wrong.
func TestLoadHostile(t *testing.T) {
	for _, tt := range hostile {
		t.Run(tt.file, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", "hostile", tt.file))
			if err != nil {
				t.Fatal(err)
			}
			dir := folderOf(t, string(data), map[string]string{
				"src/": "", "link-out": "-> /etc",
				"samconfig.toml": "env_vars = \"../../etc/passwd\"\nhook_name = \"x; touch pwned\"\n", // never read
			})
			if filepath.Ext(tt.file) == ".json" {
				if err := os.Rename(filepath.Join(dir, "template.yaml"), filepath.Join(dir, "template.json")); err != nil {
					t.Fatal(err)
				}
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			p, err := Load(dir)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
				t.Errorf("took %d MB", used>>20)
			}
			text := ""
			if err != nil {
				text = err.Error()
				if failure := (*TemplateError)(nil); !errors.As(err, &failure) {
					t.Errorf("got %T: %v", err, err)
				}
				if tt.functions >= 0 {
					t.Fatal(err)
				}
			} else {
				text = problems(p)
				if len(p.Functions) != tt.functions {
					t.Errorf("%d functions, want %d", len(p.Functions), tt.functions)
				}
				if len(p.Functions) > 0 && (p.Functions[0].Broken != "") != tt.broken {
					t.Errorf("broken: %q", p.Functions[0].Broken)
				}
			}
			if !strings.Contains(text, tt.want) || (tt.want == "") != (text == "") {
				t.Errorf("got %q, want %q", text, tt.want)
			}
			if i := strings.IndexFunc(strings.ReplaceAll(text, "\n", ""), unsafeRune); i >= 0 {
				t.Errorf("%q repeats a control character", text)
			}
			if _, err := os.Stat(filepath.Join(dir, "pwned")); !errors.Is(err, fs.ErrNotExist) {
				t.Error("something ran")
			}
		})
	}
}

func unsafeRune(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

const quickStart = `AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Timeout: 3
    Environment:
      Variables:
        STAGE: dev
        LEVEL: info
    Layers: [!Ref Tools]
Resources:
  HelloWorldFunction:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: hello
      Description: Says hello
      CodeUri: hello_world/
      Handler: app.lambda_handler
      Runtime: python3.13
      Timeout: 10
      MemorySize: 256
      Architectures: [arm64]
      Layers: [!Ref Extra]
      EphemeralStorage: {Size: 1024}
      LoggingConfig: {LogFormat: JSON, ApplicationLogLevel: debug, LogGroup: /my/group}
      ReservedConcurrentExecutions: 5
      AutoPublishAlias: live
      Environment:
        Variables:
          LEVEL: debug
          TABLE: !Ref Table
      Events:
        HelloWorld: {Type: Api, Properties: {Path: /hello, Method: get}}
      Policies: [AWSLambdaBasicExecutionRole]
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        MaximumEventAgeInSeconds: 120
        DestinationConfig:
          OnSuccess: {Type: SQS}
          OnFailure: {Type: SQS, Destination: !GetAtt Failures.Arn}
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Failures.Arn}
  Plain:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: hello_world, Handler: index.handler, Runtime: nodejs22.x}
  Table:
    Type: AWS::DynamoDB::Table
    Properties: {TableName: orders}
  Failures:
    Type: AWS::SQS::Queue
  Tools:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layers/tools}
  Extra:
    Type: AWS::Lambda::LayerVersion
    Properties: {Content: layers/extra.zip}
Outputs:
  Api: {Value: !Sub 'https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/hello/'}
`

// An ordinary SAM project is read whole, Globals merged as SAM merges them.
func TestLoadSAM(t *testing.T) {
	dir := folderOf(t, quickStart, map[string]string{"hello_world/": "", "layers/tools/": "", "layers/extra.zip": ""})
	p, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if p.Dir != dir || p.Name != filepath.Base(dir) || p.Template != "template.yaml" {
		t.Errorf("the project is %s, %s, %s", p.Dir, p.Name, p.Template)
	}
	if got := problems(p); got != "" {
		t.Errorf("problems: %s", got)
	}
	info, err := os.Stat(filepath.Join(dir, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	retries, reserved := 1, 5
	want := []Function{{
		Function: invoke.Function{
			Name: "hello", ARN: "arn:aws:lambda:us-east-1:123456789012:function:hello", Runtime: "python3.13",
			Handler: "app.lambda_handler", Description: "Says hello", MemorySizeMB: 256, Timeout: 10 * time.Second,
			PackageType: "Zip", Architecture: "arm64", LogFormat: "JSON", LastModified: info.ModTime(),
			Environment: []invoke.Variable{{Name: "STAGE", Value: "dev"}, {Name: "LEVEL", Value: "debug"}, {Name: "TABLE", Value: "orders"}},
			Layers:      []string{"Tools", "Extra"}, Source: "template.yaml:12", CodePath: filepath.Join(dir, "hello_world"),
		},
		LogicalID: "HelloWorldFunction", Line: 12, Root: dir, CodeURI: filepath.Join(dir, "hello_world"),
		LayerPaths:         []string{filepath.Join(dir, "layers/tools"), filepath.Join(dir, "layers/extra.zip")},
		EphemeralStorageMB: 1024, ApplicationLogLevel: "DEBUG", LogGroup: "/my/group", Aliases: []Alias{{Name: "live"}},
		ReservedConcurrency: &reserved,
		DeadLetter:          "arn:aws:sqs:us-east-1:123456789012:Failures",
		// It is the alias's, as SAM deploys it.
		EventInvoke: map[string]invoke.EventInvokeConfig{"live": {
			MaximumRetryAttempts: &retries, MaximumEventAge: 2 * time.Minute, LastModified: info.ModTime(),
			OnSuccess: "arn:aws:sqs:us-east-1:123456789012:HelloWorldFunctionEventInvokeConfigOnSuccessQueue",
			OnFailure: "arn:aws:sqs:us-east-1:123456789012:Failures",
		}},
	}, {
		Function: invoke.Function{
			Name: "Plain", ARN: "arn:aws:lambda:us-east-1:123456789012:function:Plain", Runtime: "nodejs22.x",
			Handler: "index.handler", MemorySizeMB: 128, Timeout: 3 * time.Second,
			PackageType: "Zip", Architecture: "x86_64", LogFormat: "Text", LastModified: info.ModTime(),
			Environment: []invoke.Variable{{Name: "STAGE", Value: "dev"}, {Name: "LEVEL", Value: "info"}},
			Layers:      []string{"Tools"}, Source: "template.yaml:42", CodePath: filepath.Join(dir, "hello_world"),
		},
		LogicalID: "Plain", Line: 42, Root: dir, CodeURI: filepath.Join(dir, "hello_world"),
		LayerPaths: []string{filepath.Join(dir, "layers/tools")}, EphemeralStorageMB: 512,
	}}
	if diff := cmp.Diff(want, p.Functions); diff != "" {
		t.Errorf("functions differ (-want +got):\n%s", diff)
	}
	for _, name := range []string{"hello", "HelloWorldFunction"} {
		if one(t, p, name).Name != "hello" {
			t.Errorf("%s is not found", name)
		}
	}
	data, err := json.Marshal(p.Functions[0])
	if err != nil {
		t.Fatal(err)
	}
	var again Function
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.Functions[0], again); diff != "" {
		t.Errorf("lost through JSON (-before +after):\n%s", diff)
	}
}

const formation = `{
	"Resources": {
		"Orders": {
			"Type": "AWS::Lambda::Function",
			"Metadata": {"aws:asset:path": "asset.abc", "note": "\ud83d\ude00"},
			"Properties": {
				"Code": {"S3Bucket": "b", "S3Key": "k"}, "Handler": "index.handler", "Runtime": "nodejs22.x",
				"DeadLetterConfig": {"TargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}, "TracingConfig": {"Mode": "Active"}
			}
		},
		"Inline": {
			"Type": "AWS::Lambda::Function",
			"Properties": {"Code": {"ZipFile": {"Fn::Join": ["\n", ["def handler(e, c):", "  return e"]]}}, "Handler": "index.handler", "Runtime": "python3.13"}
		},
		"Bucket": {
			"Type": "AWS::Lambda::Function",
			"Properties": {"Code": {"S3Bucket": "b", "S3Key": "k"}, "Handler": "a.b", "Runtime": "python3.13"}
		},
		"Image": {
			"Type": "AWS::Lambda::Function",
			"Properties": {"Code": {"ImageUri": "x"}, "PackageType": "Image"}
		},
		"Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "dead"}},
		"Live": {
			"Type": "AWS::Lambda::Alias",
			"Properties": {"FunctionName": {"Ref": "Orders"}, "Name": "live", "FunctionVersion": {"Fn::GetAtt": ["V1", "Version"]}}
		},
		"V1": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Orders"}}},
		"Async": {
			"Type": "AWS::Lambda::EventInvokeConfig",
			"Properties": {
				"FunctionName": {"Ref": "Orders"}, "Qualifier": "$LATEST", "MaximumRetryAttempts": 0,
				"DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["Inline", "Arn"]}}}
			}
		}
	}
}`

func TestLoadCloudFormation(t *testing.T) {
	dir := folderOf(t, "", map[string]string{"template.json": formation, "cdk.out/asset.abc/index.js": ""})
	if err := os.Remove(filepath.Join(dir, "template.yaml")); err != nil {
		t.Fatal(err)
	}
	p, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	orders := one(t, p, "Orders")
	if orders.Broken != "" || orders.CodeURI != filepath.Join(dir, "cdk.out/asset.abc") {
		t.Errorf("the asset: %q, %s", orders.Broken, orders.CodeURI)
	}
	events := orders.EventInvoke["$LATEST"]
	if _, ok := orders.Alias("live"); !ok || orders.DeadLetter != "arn:aws:sqs:us-east-1:123456789012:dead" ||
		events.OnFailure != "arn:aws:lambda:us-east-1:123456789012:function:Inline" ||
		events.MaximumRetryAttempts == nil || *events.MaximumRetryAttempts != 0 {
		t.Errorf("from resources of their own: %+v", orders)
	}
	if inline := one(t, p, "Inline"); string(inline.InlineCode) != "def handler(e, c):\n  return e" || inline.InlineFile != "index.py" || inline.Broken != "" {
		t.Errorf("inline code: %q in %s, %q", inline.InlineCode, inline.InlineFile, inline.Broken)
	}
	if f := one(t, p, "Image"); f.PackageType != "Image" || !strings.Contains(f.Broken, "images don't run locally") {
		t.Errorf("an image: %s, %q", f.PackageType, f.Broken)
	}
	for _, line := range []string{
		"Orders: tracing has no effect here: no X-Ray segments are recorded",
		"Bucket: its code is in S3: point Code at a folder or an archive of the project",
		"Image: it is a container image, and images don't run locally",
	} {
		if got := problems(p); !strings.Contains(got, line+"\n") || strings.Count(got, "\n") != 3 {
			t.Errorf("got %q, want %q", got, line)
		}
	}
}
