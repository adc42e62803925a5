package runtimes

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

func named(runtimeName, handler string) project.Function {
	fn := function(runtimeName)
	fn.Handler = handler
	return fn
}

func TestJavaRunsWithTheClientThatTheFunctionBrings(t *testing.T) {
	skipOnWindows(t)
	root := t.TempDir()
	java := place(t, root, "java", "#!/bin/sh\necho openjdk 17.0.15 2025-04-15\n", 0o700)
	fn, o := named("java21", "shop.Orders::handle"), Options{Dir: t.TempDir(), Path: root}
	code := t.TempDir()
	if _, f := Prepare(fn, code, o); f == nil || f.Name != "InvalidRuntimeException" || !strings.Contains(f.Remedy, "aws-lambda-java-runtime-interface-client") {
		t.Errorf("without a client: %+v", f)
	}
	for _, client := range []string{
		"lib/aws-lambda-java-runtime-interface-client-2.6.0.jar", "aws-lambda-java-runtime-interface-client-2.6.0.jar",
		"com/amazonaws/services/lambda/runtime/api/client/AWSLambda.class",
	} {
		code := t.TempDir()
		place(t, code, client, "", 0o600)
		launch, f := Prepare(fn, code, o)
		if f != nil {
			t.Errorf("%s: %v", client, f)
			continue
		}
		tail := launch.Args[len(launch.Args)-2:]
		path := launch.Args[slices.Index(launch.Args, "-cp")+1]
		if launch.Path != java || !slices.Equal(tail, []string{javaClient, "shop.Orders::handle"}) || !strings.HasPrefix(path, code+":"+filepath.Join(code, "lib", "*")) {
			t.Errorf("%s: %q", client, launch.Args)
		}
		if len(launch.Notes) != 1 || !strings.Contains(launch.Notes[0], "java21 was asked for; this machine runs it with Java 17.0.15") {
			t.Errorf("notes %q", launch.Notes)
		}
	}
	layer := t.TempDir()
	place(t, layer, "java/lib/aws-lambda-java-runtime-interface-client-2.6.0.jar", "", 0o600)
	o.Layers = []string{layer}
	if launch, f := Prepare(fn, code, o); f != nil || !strings.Contains(strings.Join(launch.Args, " "), filepath.Join(layer, "java/lib/*")) {
		t.Errorf("from a layer: %+v, %v", launch, f)
	}
}

func TestDotnetRunsWithTheClientThatTheFunctionBrings(t *testing.T) {
	skipOnWindows(t)
	root := t.TempDir()
	dotnet := place(t, root, "dotnet", "#!/bin/sh\necho 'Microsoft.AspNetCore.App 8.0.1 [/x]'\necho 'Microsoft.NETCore.App 8.0.11 [/x]'\n", 0o700)
	o, code := Options{Dir: t.TempDir(), Path: root}, t.TempDir()
	if _, f := Prepare(named("dotnet8", "Shop::Shop.Orders::Handle"), code, o); f == nil || f.Name != "InvalidRuntimeException" || !strings.Contains(f.Message, "Shop.dll") {
		t.Errorf("without a client: %+v", f)
	}
	place(t, code, dotnetClient, "", 0o600)
	program := place(t, code, "Shop.dll", "", 0o600)
	launch, f := Prepare(named("dotnet8", "Shop::Shop.Orders::Handle"), code, o)
	want := []string{dotnet, "exec", "--depsfile", filepath.Join(code, "Shop.deps.json"), "--runtimeconfig", filepath.Join(code, "Shop.runtimeconfig.json"),
		filepath.Join(code, dotnetClient), "Shop::Shop.Orders::Handle"}
	if f != nil || !slices.Equal(launch.Args, want) || launch.Notes != nil {
		t.Errorf("a library: %+v, %v", launch, f)
	}
	if launch, f = Prepare(named("dotnet8", "Shop"), code, o); f != nil || !slices.Equal(launch.Args, []string{dotnet, program}) {
		t.Errorf("a program: %+v, %v", launch, f)
	}
}

func TestGoSourceIsBuiltWhenTheFunctionIsInvoked(t *testing.T) {
	skipOnWindows(t)
	code := writeFiles(t, map[string]string{
		"go.mod":  "module subject\n\ngo 1.24\n",
		"main.go": "package main\n\nfunc main() {}\n",
	})
	fn, o := function("provided.al2023"), Options{Dir: t.TempDir()}
	if _, f := Prepare(fn, code, o); f == nil || f.Name != "Runtime.InvalidEntrypoint" {
		t.Errorf("built without being asked: %v", f)
	}
	o.Build = true
	launch, f := Prepare(fn, code, o)
	if f != nil || !strings.HasPrefix(launch.Path, o.Dir) || len(launch.Notes) != 1 {
		t.Fatalf("got %+v, %v", launch, f)
	}
	o.Build = false // what was built stays
	if again, f := Prepare(fn, code, o); f != nil || again.Path != launch.Path || again.Notes != nil {
		t.Errorf("again: %+v, %v", again, f)
	}
	o.Build = true
	place(t, code, "main.go", "package main\n\nfunc main() { undefined() }\n", 0o600)
	want := fn.Name + ": go build failed\n./main.go:3:15: undefined: undefined"
	if _, f = Prepare(fn, code, o); f == nil || f.Name != invoke.BuildFailed || f.Kind != invoke.ClientFailure || f.Ran != invoke.RanNo || f.Message != want {
		t.Errorf("source that does not build: %+v", f)
	}
	place(t, code, "main.go", "package main\n\nfunc main() {\n"+strings.Repeat("\tvar a, b, c int = undefined\x1b]0;OWNED\n", 2000)+"}\n", 0o600)
	if _, f = Prepare(fn, code, o); f == nil || f.Name != invoke.BuildFailed || len(f.Message) > shownOutput+200 || !strings.Contains(f.Message, "./main.go:4:") {
		t.Errorf("source with a thousand faults: %+v", f)
	}
}
