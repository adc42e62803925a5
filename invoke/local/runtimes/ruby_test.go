package runtimes

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const ruby = "ruby3.1"

func TestRubysOwnClient(t *testing.T) {
	skipOnWindows(t)
	root, code := t.TempDir(), t.TempDir()
	interpreter := fake(t, root, "ruby", "3.3.0")
	launch, f := Prepare(function("ruby3.3"), code, Options{Dir: t.TempDir(), Path: root})
	if f != nil || len(launch.Args) != 2 || filepath.Base(launch.Args[1]) != "bootstrap.rb" {
		t.Errorf("without the official client: %+v, %v", launch, f)
	}
	gem := "vendor/bundle/ruby/3.3.0/gems/aws_lambda_ric-3.0.0"
	program := place(t, code, gem+"/bin/aws_lambda_ric", "", 0o600)
	launch, f = Prepare(function("ruby3.3"), code, Options{Dir: t.TempDir(), Path: root})
	want := []string{interpreter, "-I", filepath.Join(code, gem, "lib"), program, "app.handler"}
	if f != nil || !slices.Equal(launch.Args, want) || !slices.Contains(launch.Env, "GEM_PATH="+filepath.Join(code, "vendor/bundle/ruby/3.3.0")) {
		t.Errorf("got %+v, %v", launch, f)
	}
}

func TestRubyLayers(t *testing.T) {
	skipOnWindows(t)
	root, layer := t.TempDir(), t.TempDir()
	fake(t, root, "ruby", "3.3.0")
	place(t, layer, "ruby/lib/x.rb", "", 0o600)
	place(t, layer, "ruby/gems/3.3.0/gems/y/y.rb", "", 0o600)
	launch, f := Prepare(function("ruby3.3"), t.TempDir(), Options{Dir: t.TempDir(), Path: root, Layers: []string{layer}})
	if f != nil || !slices.Contains(launch.Env, "RUBYLIB="+filepath.Join(layer, "ruby/lib")) ||
		!slices.Contains(launch.Env, "GEM_PATH="+filepath.Join(layer, "ruby/gems/3.3.0")) {
		t.Errorf("got %+v, %v", launch, f)
	}
}

func TestRubyHandlers(t *testing.T) {
	needs(t, ruby)
	files := map[string]string{
		"app.rb": "require 'stringio'\ndef handler(event:, context:)\n  event\nend\n" +
			"def about(event:, context:)\n  puts 'working'\n  [context.aws_request_id, context.invoked_function_arn, context.client_context, context.get_remaining_time_in_millis > 1000]\nend\n" +
			"def bytes(event:, context:)\n  StringIO.new(\"\\x00\\xFFraw\".b)\nend\n" +
			"def stops(event:, context:)\n  exit 3\nend\n" +
			"module Shop\n  class Cart\n    def self.add(event:, context:)\n      'added'\n    end\n    def self.drop(event:, context:)\n      raise ArgumentError, 'é boom'\n    end\n  end\nend\n",
		"deep/app.rb": "def handler(event:, context:)\n  __FILE__.end_with?('deep/app.rb')\nend\n",
	}
	about := event{body: "{}", headers: map[string]string{"Lambda-Runtime-Client-Context": `{"client":{"app_title":"x"}}`}}
	for _, tt := range []struct {
		handler string
		event   event
		want    string
	}{
		{"app.handler", event{body: `{"id":12345678901234567890,"s":"é","n":null}`}, `{"id":12345678901234567890,"s":"é","n":null}`},
		{"app.about", about, `["` + idOf(0) + `","arn:aws:lambda:us-east-1:123456789012:function:subject:live",{"client":{"app_title":"x"}},true]`},
		{"app.bytes", event{body: "{}"}, "\x00\xffraw"},
		{"app.Shop::Cart.add", event{body: "{}"}, `"added"`},
		{"deep/app.handler", event{body: "{}"}, "true"},
	} {
		t.Run(tt.handler, func(t *testing.T) {
			t.Parallel()
			got := lambda{runtime: ruby, handler: tt.handler, files: files, events: []event{tt.event}}.run(t).only(t)
			if got.kind != "response" || got.body != tt.want {
				t.Errorf("got %s: %q\nwant response: %q", got.kind, got.body, tt.want)
			}
		})
	}
	t.Run("error", func(t *testing.T) {
		t.Parallel()
		run := lambda{runtime: ruby, handler: "app.Shop::Cart.drop", files: files, events: events("{}", "{}")}.run(t)
		if len(run.outcomes) != 2 {
			t.Fatalf("the environment was not used again: %+v", run)
		}
		for _, got := range run.outcomes {
			wantRubyError(t, got, "Function<ArgumentError>", "é boom")
		}
		if !strings.Contains(run.log, "Error raised from handler method") {
			t.Errorf("log %q", run.log)
		}
	})
	t.Run("exit", func(t *testing.T) {
		t.Parallel()
		if run := (lambda{runtime: ruby, handler: "app.stops", files: files, events: events("{}")}).run(t); len(run.outcomes) != 0 || run.exit != 3 {
			t.Errorf("posted %+v, exit %d", run.outcomes, run.exit)
		}
	})
}

func wantRubyError(t *testing.T, got outcome, kind, message string) {
	t.Helper()
	var document struct {
		ErrorMessage, ErrorType string
		StackTrace              []string
	}
	if err := json.Unmarshal([]byte(got.body), &document); err != nil || document.ErrorType != kind || !strings.Contains(document.ErrorMessage, message) {
		t.Errorf("%s of %q: %v", got.kind, got.body, err)
	}
	for _, frame := range document.StackTrace {
		if strings.Contains(frame, "bootstrap.rb") {
			t.Errorf("a frame of the client: %s", frame)
		}
	}
	if h := got.headers.Get("Lambda-Runtime-Function-Error-Type"); h != kind {
		t.Errorf("error type header %q", h)
	}
}

func TestRubyInitFailures(t *testing.T) {
	needs(t, ruby)
	for _, tt := range []struct{ handler, source, kind, message string }{
		{"missing.handler", "", "Init<LoadError>", "missing"},
		{"app.nothing", "x = 1\n", "Init<NameError>", "undefined method 'nothing'"},
		{"app", "", "Init<ArgumentError>", "must be of form"},
		{"app.handler", "def handler(\n", "Init<SyntaxError>", "app.rb"},
		{"app.handler", "raise 'at load'\n", "Init<RuntimeError>", "at load"},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			t.Parallel()
			run := lambda{runtime: ruby, handler: tt.handler, files: map[string]string{"app.rb": tt.source}, events: events("{}")}.run(t)
			if run.only(t).kind != "init" || run.exit != 1 {
				t.Errorf("posted %+v, exit %d", run.outcomes, run.exit)
			}
			wantRubyError(t, run.only(t), tt.kind, tt.message)
		})
	}
}
