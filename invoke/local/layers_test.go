//go:build unix

package local

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lambent/invoke"
	"lambent/invoke/local/project"
	"lambent/invoke/local/runtimes"
)

// A layeredProject has a Python function whose answer is made by two layers: a folder
// and an archive.
func layeredProject(t *testing.T) (code, folder, archive string) {
	t.Helper()
	dir := t.TempDir()
	code, folder, archive = filepath.Join(dir, "src"), filepath.Join(dir, "layer"), filepath.Join(dir, "layer.zip")
	put(t, filepath.Join(code, "app.py"), `import shared, packed, os, subprocess
def handler(event, context):
    return [shared.name, packed.name, subprocess.check_output("tool").decode().strip(), os.environ["LD_LIBRARY_PATH"].split(":")[2:]]
`, 0o644)
	put(t, filepath.Join(folder, "python", "shared.py"), "name = 'folder'\n", 0o644)
	put(t, filepath.Join(folder, "bin", "tool"), "#!/bin/sh\necho folder\n", 0o755)
	put(t, filepath.Join(folder, "lib", "readme"), "", 0o644)
	pack(t, archive, map[string]string{"python/packed.py": "name = 'archive'\n", "bin/tool": "#!/bin/sh\necho archive\n"})
	return code, folder, archive
}

func put(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func pack(t *testing.T, path string, files map[string]string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := zip.NewWriter(f)
	for name, text := range files {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		h.SetMode(0o755)
		part, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func layered(code string, layers ...string) []project.Function {
	return does("app.handler", func(fn *project.Function) {
		fn.Runtime, fn.CodeURI, fn.CodePath, fn.LayerPaths = "python3.13", code, code, layers
	})
}

func reallyPrepared(o *Options) { o.Prepare = runtimes.Prepare }

func TestLayersOfFoldersAndArchives(t *testing.T) {
	t.Parallel()
	needs(t, "python3")
	code, folder, archive := layeredProject(t)
	libraries := map[Paths]string{PathsPlain: filepath.Join(folder, "lib")}
	if namespacesRefused() == "" {
		libraries[PathsAuto] = "/opt/lib"
	}
	for paths, library := range libraries {
		f := open(t, layered(code, folder, archive), reallyPrepared, func(o *Options) { o.Paths = paths })
		r := f.call("{}")
		if want := `["folder", "archive", "archive", ["` + library + `"]]`; string(r.Payload) != want {
			t.Errorf("%s: answered %s, want %s", paths, r.Payload, want)
		}
	}
}

// An edit of a layer is seen by the next invocation, as one of the code is.
func TestEditOfALayerIsNoticed(t *testing.T) {
	t.Parallel()
	needs(t, "python3")
	code, folder, archive := layeredProject(t)
	f := open(t, layered(code, folder, archive), reallyPrepared)
	f.call("{}")
	put(t, filepath.Join(folder, "python", "shared.py"), "name = 'edited'\n", 0o644)
	if r := f.call("{}"); !strings.HasPrefix(string(r.Payload), `["edited", "archive"`) {
		t.Errorf("after an edit of the folder: %s", r.Payload)
	}
	pack(t, archive, map[string]string{"python/packed.py": "name = 'packed again'\n"})
	if r := f.call("{}"); !strings.HasPrefix(string(r.Payload), `["edited", "packed again", "folder"`) {
		t.Errorf("after an edit of the archive: %s", r.Payload)
	}
}

// A version keeps the layers that it was published with.
func TestVersionRunsOnItsOwnLayers(t *testing.T) {
	t.Parallel()
	needs(t, "python3")
	code, folder, archive := layeredProject(t)
	f := open(t, layered(code, folder, archive), reallyPrepared)
	if _, err := f.PublishVersion(t.Context(), "f", ""); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(folder, "python", "shared.py"), "name = 'edited'\n", 0o644)
	if err := os.Remove(archive); err != nil {
		t.Fatal(err)
	}
	if r := f.call("{}", qualified("1")); !strings.HasPrefix(string(r.Payload), `["folder", "archive", "archive"`) {
		t.Errorf("version 1 answered %s", r.Payload)
	}
	_, failure := f.refusal("{}")
	if failure.Name != invoke.InvalidProject || !strings.Contains(failure.Message, "there is no layer at "+archive) {
		t.Errorf("without its archive: %+v", failure)
	}
}

func TestDamagedLayerIsRefused(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "layer.zip"), "no archive", 0o644)
	f := open(t, does("echo", func(fn *project.Function) { fn.LayerPaths = []string{filepath.Join(dir, "layer.zip")} }))
	_, failure := f.refusal("{}")
	if failure.Name != "InvalidZipFileException" || !strings.Contains(failure.Message, "layer.zip") || failure.Ran != invoke.RanNo {
		t.Errorf("refused with %+v", failure)
	}
}
