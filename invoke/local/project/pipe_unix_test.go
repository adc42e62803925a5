//go:build unix

package project

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe in the place of a template or of code holds nobody up.
func TestPipes(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "template.yml"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, ok := Find(dir); !ok || got != filepath.Join(dir, "template.yml") {
		t.Errorf("found %s", got)
	}
	if _, err := Load(dir); err == nil || err.Error() != "template.yml: it is not a regular file" {
		t.Errorf("a pipe: %v", err)
	}
	dir = folderOf(t, "Resources: {F: {Type: AWS::Serverless::Function, Properties: {CodeUri: x.zip, Handler: a.b, Runtime: python3.13}}}", nil)
	if err := syscall.Mkfifo(filepath.Join(dir, "x.zip"), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := one(t, p, "F").Broken; got != `CodeUri "x.zip" is neither a folder nor a .zip or .jar` {
		t.Errorf("a pipe for code: %q", got)
	}
}
