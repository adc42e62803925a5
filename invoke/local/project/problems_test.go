package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// function is a template with one function F, its properties in place of %s.
const function = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: python3.13\n      Handler: a.b\n%s\n"

// What Lambda would refuse breaks the function; what is only different here is
// said and the function runs.
func TestProblems(t *testing.T) {
	long := strings.Repeat("x", 200)
	for _, tt := range []struct {
		properties string
		broken     bool
		want       string
	}{
		{"      FunctionName: a b", true, `FunctionName "a b" must be 1 to 64 letters, digits, - or _`},
		{"      FunctionName: !Ref Nothing", false, `so it is listed by its logical id: the template has no parameter or resource "Nothing"`},
		{"      Timeout: 901", true, "Timeout is 901; Lambda takes 1 to 900 seconds"},
		{"      Timeout: 1.5", true, "Timeout is 1.5; Lambda takes 1 to 900 seconds"},
		{"      Timeout: [1]", false, "Timeout is a list, not text"},
		{"      Timeout: soon", true, "Timeout is soon; Lambda takes 1 to 900 seconds"},
		{"      MemorySize: 10241", true, "MemorySize is 10241; Lambda takes 128 to 10240 MB"},
		{"      EphemeralStorage: {Size: 511}", true, "Size is 511; Lambda takes 512 to 10240 MB"},
		{"      ReservedConcurrentExecutions: -1", true, "ReservedConcurrentExecutions is -1"},
		{"      AutoPublishAlias: '12'", true, `AutoPublishAlias "12" must be`},
		{"      Architectures: [mips]", true, `the architecture "mips" is not one of Lambda's`},
		{"      PackageType: Tar", true, `PackageType "Tar" must be Zip or Image`},
		{"      LoggingConfig: {LogFormat: XML}", true, `LogFormat "XML" must be Text or JSON`},
		{"      LoggingConfig: {SystemLogLevel: TRACE}", true, `SystemLogLevel "TRACE" must be one of DEBUG, INFO, WARN`},
		{"      LoggingConfig: {ApplicationLogLevel: WARN}", false, "it has log levels, which only LogFormat JSON has"},
		{"      EventInvokeConfig: {MaximumRetryAttempts: 3}", true, "MaximumRetryAttempts is 3; Lambda takes 0 to 2"},
		{"      EventInvokeConfig: {MaximumEventAgeInSeconds: 59}", true, "MaximumEventAgeInSeconds is 59; Lambda takes 60 to 21600 seconds"},
		{"      EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: Lambda, Destination: !GetAtt F.Arn}}}", true, "You can't specify the function as a destination for itself."},
		{"      EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS, Destination: !ImportValue q}}}", false, "Destination can't be worked out here: it is exported by another stack"},
		{"      DeadLetterQueue: {Type: SQS, TargetArn: queue}", false, `TargetArn "queue" is not an ARN`},
		{"      Environment: {Variables: {'1A': x}}", true, `the environment variable "1A" must be a letter`},
		{"      Environment: {Variables: {A: x}}", true, `the environment variable "A" must be a letter`},
		{"      Environment: {Variables: {AWS_REGION: x}}", true, "Lambda reserves the environment variables AWS_REGION"},
		{"      Environment: {Variables: {TZ: Europe/Berlin, LANG: de_DE.UTF-8}}", false, ""},
		{"      Environment: [a]", false, "Environment is a list, not a mapping"},
		{"      VpcConfig: {SubnetIds: [a]}", false, "VpcConfig has no effect here: the function uses this machine's network"},
		{"      FileSystemConfigs: [{Arn: a}]", false, "the file systems of FileSystemConfigs are not mounted here"},
		{"      FileSystemConfigs: []", false, ""},
		{"      Tracing: Active", false, "tracing has no effect here: no X-Ray segments are recorded"},
		{"      Tracing: PassThrough", false, ""},
		{"      SnapStart: {ApplyOn: PublishedVersions}", false, "SnapStart has no effect here"},
		{"      SnapStart: {ApplyOn: None}", false, ""},
		{"      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}", false, "no environments are kept ready"},
		{"      Layers: ['arn:aws:lambda:us-east-1:1:layer:x:1']", false, `the layer "arn:aws:lambda:us-east-1:1:layer:x:1" is not on this machine`},
		{"      Layers: [a, b, c, d, e, f]", true, "it has 6 layers; Lambda takes at most 5"},
		{"      Layers: [!Ref L]\n  L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: ../layer}}", false, `the layer L is missing: "../layer" leaves the project folder`},
		{"      Layers: [!Ref L]\n  L: {Type: AWS::Serverless::LayerVersion, Metadata: {BuildMethod: python3.13}, Properties: {ContentUri: src}}", false, "the layer L is built before it is used (BuildMethod python3.13)"},
		{"    Metadata: {BuildMethod: makefile}", false, "it is built by a Makefile, which is not run here"},
		{"      CodeUri: none", true, `CodeUri "none" is not there`},
		{"      CodeUri: template.yaml", true, `CodeUri "template.yaml" is neither a folder nor a .zip or .jar`},
		{"      CodeUri: {Bucket: b, Key: k}", true, "its code is in S3: point CodeUri at a folder or an archive of the project"},
		{"      CodeUri: !ImportValue x", true, "its CodeUri can't be worked out here: it is exported by another stack"},
		{"      CodeUri: [a]", true, "its CodeUri is a list, not a path"},
		{"      ImageUri: x", true, "it is a container image, and images don't run locally"},
		{"      CodeUri: ./src/../src", false, ""},
		{"      CodeUri: in/x.zip", false, ""},
		{"      CodeUri: link-in", false, ""},
		{"      CodeUri: " + long, true, `x…" is not there`},
		{"      InlineCode: 'def b(e, c): return e'", false, ""},
		{"", false, ""}, // no CodeUri is the project folder, as for SAM
	} {
		t.Run(strings.TrimSpace(tt.properties), func(t *testing.T) {
			p := load(t, fmt.Sprintf(function, tt.properties), "in/x.zip", "", "link-in", "-> src")
			f := one(t, p, "F")
			got := strings.Join(f.Problems, "\n")
			if !strings.Contains(got, tt.want) || (tt.want == "") != (got == "") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if (f.Broken != "") != tt.broken {
				t.Errorf("broken: %q", f.Broken)
			}
			if len(p.Problems) != len(f.Problems) {
				t.Errorf("the project has %d problems, the function %d", len(p.Problems), len(f.Problems))
			}
			for _, problem := range p.Problems {
				if problem.Line < 2 || problem.File != "template.yaml" || problem.Function != "F" {
					t.Errorf("without a place: %+v", problem)
				}
			}
		})
	}
}

func TestProblemsOfRuntimes(t *testing.T) {
	for properties, want := range map[string]string{
		"{CodeUri: src, Handler: a.b}":                                                   "it has no Runtime",
		"{CodeUri: src, Runtime: python3.13}":                                            "it has no Handler",
		"{CodeUri: src, Runtime: python3.13, Handler: 'a b'}":                            `the handler "a b" must be 1 to 128 characters without white space`,
		"{CodeUri: src, Runtime: !ImportValue x, Handler: a.b}":                          "its Runtime can't be worked out here",
		"{InlineCode: x, Runtime: java21, Handler: a.b}":                                 `inline code is for Python and Node.js, not for the runtime "java21"`,
		"{CodeUri: src, Runtime: python3.13, Handler: " + strings.Repeat("h", 129) + "}": "must be 1 to 128 characters",
	} {
		p := load(t, "Resources: {F: {Type: AWS::Serverless::Function, Properties: "+properties+"}}")
		if f := one(t, p, "F"); !strings.Contains(f.Broken, want) && !strings.Contains(strings.Join(f.Problems, "\n"), want) || f.Broken == "" {
			t.Errorf("%s: broken %q, problems %q, want %q", properties, f.Broken, f.Problems, want)
		}
	}
	for _, name := range []string{"python3.9", "python3.14", "nodejs22.x", "nodejs24.x", "provided", "provided.al2", "provided.al2023", "ruby3.4", "java8.al2", "java21", "dotnet8", "go1.x"} {
		p := load(t, "Resources: {F: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: a.b, Runtime: "+name+"}}}", "src/bootstrap", "")
		if got := problems(p); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// One broken function leaves the others alone, and two can't have one name.
func TestBrokenFunctionsAmongOthers(t *testing.T) {
	p := load(t, `Resources:
  Good: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: a.b, Runtime: python3.13}}
  Nothing: {Type: AWS::Serverless::Function}
  Text: {Type: AWS::Serverless::Function, Properties: none}
  Twin1: {Type: AWS::Serverless::Function, Properties: {FunctionName: twin, CodeUri: src, Handler: a.b, Runtime: python3.13}}
  Twin2: {Type: AWS::Serverless::Function, Properties: {FunctionName: twin, CodeUri: src, Handler: a.b, Runtime: python3.13}}
  Nested: {Type: AWS::Serverless::Application, Properties: {Location: other}}
  'Fn::ForEach::Loop': [N, [a, b], {'F${N}': {Type: AWS::Serverless::Function}}]
  Null:
  Last: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: a.b, Runtime: python3.13}}
  Stray: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: nobody}}
`)
	var names, broken []string
	for _, f := range p.Functions {
		names = append(names, f.Name)
		if f.Broken != "" {
			broken = append(broken, f.Name)
		}
	}
	if got := strings.Join(names, " "); got != "Good Nothing Text twin Twin2 Last" {
		t.Errorf("functions, in the order of the template: %s", got)
	}
	if got := strings.Join(broken, " "); got != "Nothing Text Twin2" {
		t.Errorf("broken: %s", got)
	}
	for _, want := range []string{
		`template.yaml:6: Twin2: the name "twin" is taken by the function in line 5`,
		`template.yaml:7: the functions of the nested stack "Nested" are not read`,
		`template.yaml:8: "Fn::ForEach::Loop" in Resources is not expanded here`,
		`template.yaml:11: "Stray" is about a function that this template does not have`,
	} {
		if got := problems(p); !strings.Contains(got, want) {
			t.Errorf("got %s, want %q", got, want)
		}
	}
}

// A function whose code has to be built or installed first says so.
func TestBuildHints(t *testing.T) {
	for _, tt := range []struct{ runtime, handler, files, want string }{
		{"nodejs22.x", "app.handler", "app.ts", `"src/app.ts" is TypeScript and has to be built`},
		{"nodejs22.x", "app.handler", "app.ts app.mjs", ""},
		{"nodejs22.x", "app.handler", `app.js package.json={"dependencies":{"x":"1"}}`, "package.json asks for packages and there is no node_modules"},
		{"nodejs22.x", "app.handler", `app.js package.json={"dependencies":{"x":"1"}} node_modules/x/index.js`, ""},
		{"nodejs22.x", "app.handler", `app.js package.json={"dependencies":{"x":"1"}} ../node_modules/x/index.js`, ""},
		{"nodejs22.x", "app.handler", `app.js package.json={"devDependencies":{"x":"1"}}`, ""},
		{"nodejs22.x", "app.handler", `app.js package.json={`, ""},
		{"nodejs22.x", "../../x.handler", "app.ts", ""},
		{"python3.13", "app.handler", "app.py requirements.txt=requests", `requirements.txt asks for packages that are not in "src"`},
		{"python3.13", "app.handler", "app.py requirements.txt=requests requests-2.dist-info/RECORD", ""},
		{"python3.13", "app.handler", "app.py requirements.txt=#none", ""},
		{"python3.13", "app.handler", "app.py requirements.txt=boto3", ""},
		{"provided.al2023", "x", "main.go", `"src" has no bootstrap: build it there`},
		{"provided.al2023", "x", "bootstrap", ""},
		{"provided.al2023", "x", "main.go go.mod=module", ""},
		{"provided.al2023", "x", "main.go ../go.mod=module", ""},
		{"provided.al2023", "x", "go.mod=module", `"src" has no bootstrap: build it there`},
		{"java21", "a.B::c", "pom.xml", "pom.xml says that the code has to be built"},
	} {
		t.Run(tt.files, func(t *testing.T) {
			var files []string
			for file := range strings.FieldsSeq(tt.files) {
				name, body, _ := strings.Cut(file, "=")
				files = append(files, filepath.Join("src", name), body)
			}
			p := load(t, fmt.Sprintf("Resources: {F: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: '%s', Runtime: %s}}}", tt.handler, tt.runtime), files...)
			f := one(t, p, "F")
			if got := strings.Join(f.Problems, "\n"); !strings.Contains(got, tt.want) || (tt.want == "") != (got == "") || f.Broken != "" {
				t.Errorf("got %q, want %q; broken %q", got, tt.want, f.Broken)
			}
		})
	}
}

// A template that can't be read is one line that names file, line and what is wrong.
func TestTemplateErrors(t *testing.T) {
	for name, tt := range map[string]struct{ file, body, want string }{
		"yaml":      {"template.yaml", "Resources:\n  F: [", "template.yaml:3: not YAML: did not find expected node content"},
		"tab":       {"template.yaml", "Resources:\n\tF: a", "template.yaml:2: not YAML: found character that cannot start any token"},
		"quote":     {"template.yaml", "a: 1\nb: \"x\nc: 1\n", "template.yaml:4: not YAML: found unexpected end of stream (while scanning a quoted scalar that starts in line 2)"},
		"anchor":    {"template.yaml", "a: *nope", `template.yaml:1: not YAML: unknown anchor 'nope' referenced`},
		"key":       {"template.yaml", "? [a]\n: b", "template.yaml:1: a key is a list or a mapping; it must be text"},
		"merge":     {"template.yaml", "a:\n  <<: 3", "template.yaml:2: the merge key << takes a mapping or a list of mappings, not a number"},
		"depth":     {"template.yaml", strings.Repeat("[", 300) + strings.Repeat("]", 300), "template.yaml:1: nested deeper than 200 levels"},
		"comment":   {"template.yaml", "# nothing\n", "template.yaml: the file is empty"},
		"null":      {"template.yaml", "~\n", "template.yaml:1: not a template: its top level is null"},
		"list":      {"template.yml", "- a\n", "template.yml:1: not a template: its top level is a list"},
		"resources": {"template.yaml", "a: 1\nResources: []\n", "template.yaml:2: Resources is a list, not a mapping"},
		"large":     {"template.yaml", "a: " + strings.Repeat("x", maxTemplate), "template.yaml: larger than 4 MiB"},
		"many":      {"template.yaml", "a: [" + strings.Repeat("x,", maxNodes) + "]", "template.yaml: too large: it may hold more than 500,000 values"},
		"json":      {"template.json", "{\n\"Resources\": {,}\n}", "template.json:2: not JSON: invalid character ','"},
		"json end":  {"template.json", "{\n\"Resources\": {\n", "template.json:3: not JSON: the file ends in the middle of a value"},
		"json tail": {"template.json", "{}\n{}", "template.json:2: not JSON: something follows the value"},
		"json utf8": {"template.json", "{\n\"a\": \"\xff\"}", "template.json:2: not JSON: a byte that is not UTF-8"},
		"json deep": {"template.json", strings.Repeat("[", 300), "template.json:1: nested deeper than 200 levels"},
		"json none": {"template.json", "\xef\xbb\xbf \n", "template.json: the file is empty"},
		"in yaml":   {"template.yaml", "{\n\"Resources\": \"\\ud83d\\ude00\"\n}", "template.yaml:2: Resources is text, not a mapping"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, tt.file), []byte(tt.body), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := Load(dir)
			var failure *TemplateError
			if !errors.As(err, &failure) || !strings.HasPrefix(err.Error(), tt.want) || failure.File != tt.file {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// What isn't there, or isn't of the folder, is said.
func TestUnreadableTemplates(t *testing.T) {
	if _, err := Load(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty folder: %v", err)
	}
	dir := t.TempDir()
	if _, ok := Find(dir); ok {
		t.Error("found in an empty folder")
	}
	outside := folderOf(t, "Resources: {}", nil)
	if err := os.Symlink(filepath.Join(outside, "template.yaml"), filepath.Join(dir, "template.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil || err.Error() != "template.yaml: it can't be read: a link leaves the project folder" {
		t.Errorf("a link that leaves: %v", err)
	}
	below := filepath.Join(outside, "below")
	if err := os.Mkdir(below, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, ok := Find(below); ok {
		t.Error("found in the folder above")
	}
}

func TestFingerprint(t *testing.T) {
	dir := folderOf(t, "", map[string]string{
		"src/app.py": "one", "src/lib/a.py": "a", "src/node_modules/x/index.js": "x", "src/shared": "-> ../shared",
		"shared/s.py": "s", "src/loop": "-> .", "src/gone": "-> nowhere", "src/.git/HEAD": "x", "src/lib/__pycache__/a.pyc": "x",
	})
	src := filepath.Join(dir, "src")
	print := func() string {
		t.Helper()
		got, err := Fingerprint(src)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	last := print()
	if print() != last {
		t.Fatal("it changes by itself")
	}
	write := func(name string) func() error {
		return func() error { return os.WriteFile(filepath.Join(src, name), []byte("changed"), 0o644) }
	}
	later := time.Now().Add(time.Hour)
	for _, tt := range []struct {
		what    string
		change  func() error
		noticed bool
	}{
		{"an edit", write("app.py"), true},
		{"an edit below", write("lib/a.py"), true},
		{"an edit in node_modules", write("node_modules/x/index.js"), true},
		{"an edit behind a link", write("shared/s.py"), true},
		{"a new file", write("new.py"), true},
		{"a removed file", func() error { return os.Remove(filepath.Join(src, "new.py")) }, true},
		{"a run bit", func() error { return os.Chmod(filepath.Join(src, "app.py"), 0o755) }, true},
		{"a touched file", func() error { return os.Chtimes(filepath.Join(src, "app.py"), later, later) }, true},
		{"a renamed file", func() error { return os.Rename(filepath.Join(src, "app.py"), filepath.Join(src, "main.py")) }, true},
		{"git", write(".git/HEAD"), false},
		{"byte code", write("lib/__pycache__/a.pyc"), false},
	} {
		if err := tt.change(); err != nil {
			t.Fatal(err)
		}
		got := print()
		if (got != last) != tt.noticed {
			t.Errorf("%s: noticed %v, want %v", tt.what, got != last, tt.noticed)
		}
		last = got
	}
	file := filepath.Join(dir, "code.zip")
	if err := os.WriteFile(file, []byte("a"), 0o644); err != nil {
		t.Fatal(err)
	}
	before, err := Fingerprint(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("ab"), 0o644); err != nil {
		t.Fatal(err)
	}
	if after, err := Fingerprint(file); err != nil || after == before {
		t.Errorf("a file: %s and %s, %v", before, after, err)
	}
	if _, err := Fingerprint(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing there: %v", err)
	}
}

// Own code is covered however much there is of others'.
func TestFingerprintOfMuch(t *testing.T) {
	files := map[string]string{"z/z/": ""}
	for i := range 60 {
		files[fmt.Sprintf("node_modules/%d/index.js", i)] = ""
	}
	dir := folderOf(t, "", files)
	sum := func() string {
		t.Helper()
		got, err := fingerprint(dir, 40)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	before := sum()
	if err := os.WriteFile(filepath.Join(dir, "z/z/app.js"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if sum() == before {
		t.Error("an edit of own code is not noticed")
	}
	before = sum()
	if err := os.WriteFile(filepath.Join(dir, "node_modules/9/index.js"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if sum() != before {
		t.Error("the limit is no limit")
	}
}

// FuzzTemplate: whatever the bytes, a template is read or refused in one safe line.
func FuzzTemplate(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "hostile", "*"))
	if err != nil || len(files) == 0 {
		f.Fatal("no corpus", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, filepath.Ext(file) == ".json")
	}
	f.Add([]byte(quickStart), false)
	f.Add([]byte(formation), true)
	f.Add([]byte(fmt.Sprintf(surrounding, "          VALUE: !Sub '${Circle1}'")), false)
	dir := f.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "src"), 0o755); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte, isJSON bool) {
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		name := "template.yaml"
		if isJSON {
			name = "template.json"
		}
		if countNodes(data) > maxNodes {
			return
		}
		document, _, failure := parse(name, data)
		text := ""
		if failure == nil {
			p := &Project{Dir: dir, Template: name}
			failure = p.interpret(root, document, time.Time{}, Surroundings{})
			text = strings.ReplaceAll(problems(p), "\n", "")
			for _, fn := range p.Functions {
				if fn.CodeURI != "" && fn.CodeURI != dir && !strings.HasPrefix(fn.CodeURI, dir+"/") {
					t.Errorf("the code of %q is %s", fn.Name, fn.CodeURI)
				}
				if !functionName().MatchString(fn.Name) && fn.Broken == "" {
					t.Errorf("%q is no name", fn.Name)
				}
			}
		}
		if failure != nil {
			text += failure.Error()
		}
		if strings.ContainsFunc(text, unsafeRune) {
			t.Errorf("%q repeats a control character", text)
		}
	})
}

// BenchmarkLoad is a template of 500 functions, beside its floor: parsing the file.
func BenchmarkLoad(b *testing.B) {
	data, err := os.ReadFile(filepath.Join("testdata", "hostile", "many-functions.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	dir := folderOf(b, string(data), map[string]string{"src/": ""})
	b.Run("floor", func(b *testing.B) {
		for b.Loop() {
			if _, _, failure := parseYAML(data); failure != nil {
				b.Fatal(failure)
			}
		}
	})
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			if _, err := Load(dir); err != nil {
				b.Fatal(err)
			}
		}
	})
}
