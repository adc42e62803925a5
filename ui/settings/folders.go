package settings

import (
	"os"
	"path/filepath"
	"runtime"

	"github.com/adrg/xdg"
)

// folders are lambent's own; one is "" when the environment does not say where it is.
type folders struct{ data, config, state string }

// findFolders reads the environment anew each time, so that what a test or a
// caller has set holds.
func findFolders() folders {
	xdg.Reload()
	// Without HOME the xdg package answers folders under "/", where nobody looks.
	homeless := runtime.GOOS != "windows" && os.Getenv("HOME") == ""
	place := func(variable, base string) string {
		if homeless && os.Getenv(variable) == "" {
			return ""
		}
		return filepath.Join(base, "lambent")
	}
	return folders{
		data:   place("XDG_DATA_HOME", xdg.DataHome),
		config: place("XDG_CONFIG_HOME", xdg.ConfigHome),
		state:  place("XDG_STATE_HOME", xdg.StateHome),
	}
}

// join is a path in a folder, or "" where there is no folder.
func join(dir, name string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, name)
}
