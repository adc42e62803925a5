package runtimes

import (
	"path/filepath"
	"slices"
	"strings"

	"lambent/invoke"
)

// The runtime interface clients of compiled languages, which the function brings.
const (
	javaClient   = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"
	javaClientIn = "aws-lambda-java-runtime-interface-client-*.jar"
	dotnetClient = "Amazon.Lambda.RuntimeSupport.dll"
)

// java starts a virtual machine with the runtime interface client that the function or a
// layer has: a jar of its own, or its class in a jar of everything.
func (p *preparation) java(version string) (Launch, *invoke.Failure) {
	l := language{
		title: "Java", names: []string{"java"},
		ask: []string{"--version"}, version: javaVersion, // Java 8 has no --version, and no client any more
	}
	found, failure := p.find(l)
	if failure != nil {
		return Launch{}, failure
	}
	major, _, _ := strings.Cut(version, ".")
	p.noteVersion(l, found, major)
	path := []string{p.codeDir, filepath.Join(p.codeDir, "lib", "*")}
	jars, _ := filepath.Glob(filepath.Join(p.codeDir, "*.jar"))
	path = append(path, jars...)
	places := []string{p.codeDir, filepath.Join(p.codeDir, "lib")}
	for _, layer := range slices.Backward(p.layers) {
		path = append(path, filepath.Join(layer, "java", "lib", "*"))
		places = append(places, filepath.Join(layer, "java", "lib"))
	}
	there := len(regular(filepath.Join(p.codeDir, filepath.FromSlash(strings.ReplaceAll(javaClient, ".", "/"))+".class"))) > 0
	for _, place := range places {
		there = there || hasMatch(filepath.Join(place, javaClientIn))
	}
	if !there {
		return Launch{}, invalidRuntime(
			"A Java function runs here with the runtime interface client, and its code has none.",
			"Add com.amazonaws:aws-lambda-java-runtime-interface-client to the function's dependencies, so that its jar is in lib/, or invoke it on AWS.")
	}
	return Launch{
		Path:  found.path,
		Args:  []string{found.path, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", strings.Join(path, string(filepath.ListSeparator)), javaClient, p.fn.Handler},
		Env:   p.managed(p.codeDir),
		Notes: p.notes,
	}, nil
}

// javaVersion reads "openjdk 21.0.5 2024-10-15".
func javaVersion(out string) string {
	if fields := strings.Fields(out); len(fields) > 1 {
		return fields[1]
	}
	return ""
}

// dotnet starts a function with the Amazon.Lambda.RuntimeSupport that it brings: an
// assembly that is a program runs itself, of a class library the client is the program.
func (p *preparation) dotnet(version string) (Launch, *invoke.Failure) {
	l := language{title: ".NET", names: []string{"dotnet"}, ask: []string{"--list-runtimes"}, version: dotnetVersion}
	found, failure := p.find(l)
	if failure != nil {
		return Launch{}, failure
	}
	p.noteVersion(l, found, version)
	assembly, class, library := strings.Cut(p.fn.Handler, "::")
	client := filepath.Join(p.codeDir, dotnetClient)
	program := filepath.Join(p.codeDir, assembly+".dll")
	if len(regular(client)) == 0 || len(regular(program)) == 0 {
		return Launch{}, invalidRuntime(
			"A .NET function runs here with Amazon.Lambda.RuntimeSupport, and its published code has no "+assembly+".dll with it.",
			"Add the package Amazon.Lambda.RuntimeSupport, run dotnet publish, and point CodeUri at the folder that it fills; or invoke the function on AWS.")
	}
	args := []string{found.path, program}
	if library && class != "" {
		config := strings.TrimSuffix(program, ".dll")
		args = []string{found.path, "exec", "--depsfile", config + ".deps.json", "--runtimeconfig", config + ".runtimeconfig.json", client, p.fn.Handler}
	}
	return Launch{Path: found.path, Args: args, Env: p.managed(p.codeDir), Notes: p.notes}, nil
}

// dotnetVersion reads the newest of lines such as "Microsoft.NETCore.App 8.0.11 [/usr/share/…]".
func dotnetVersion(out string) string {
	version := ""
	for line := range strings.Lines(out) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "Microsoft.NETCore.App" {
			version = fields[1]
		}
	}
	return version
}
