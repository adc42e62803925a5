//go:build unix

package local

import (
	"os"
	"path/filepath"
	"testing"
)

// What a publication would sum is what it sums: the hash of $LATEST is that of the
// version until the code changes.
func TestConfigurationSumsTheCode(t *testing.T) {
	f := open(t, does("echo"))
	name := f.o.Project.Functions[0].Name
	latest, err := f.Configuration(t.Context(), name, "")
	if err != nil || latest.CodeSHA256 == "" || latest.CodeSizeB != int64(len("#!lambent\n")) || latest.Version != "$LATEST" {
		t.Fatalf("%+v, %v", latest, err)
	}
	v, err := f.PublishVersion(t.Context(), name, "the first")
	if err != nil {
		t.Fatal(err)
	}
	one, err := f.Configuration(t.Context(), name+":"+v.Name, "")
	if err != nil || one.Version != "1" || one.CodeSHA256 != latest.CodeSHA256 || one.CodeSizeB != latest.CodeSizeB || one.Description != "the first" {
		t.Errorf("%+v, %v; $LATEST has %s", one, err, latest.CodeSHA256)
	}
	path := filepath.Join(f.dir, "code", "bootstrap")
	if err := os.WriteFile(path, []byte("#!lambent again\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	now, err := f.Configuration(t.Context(), name, "$LATEST")
	if err != nil || now.CodeSHA256 == latest.CodeSHA256 || now.CodeSizeB != int64(len("#!lambent again\n")) {
		t.Errorf("after an edit: %+v, %v", now, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	gone, err := f.Configuration(t.Context(), name, "")
	if err != nil || gone.CodeSHA256 != "" || gone.Handler != "echo" {
		t.Errorf("without its code: %+v, %v", gone, err)
	}
	if _, err := f.Configuration(t.Context(), name, "9"); err == nil {
		t.Error("there is no version 9")
	}
}
