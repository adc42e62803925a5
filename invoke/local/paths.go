package local

import (
	"path/filepath"
	"slices"
	"strings"
)

// Paths says whether functions see their code and their layers where Lambda has them.
type Paths string

const (
	// PathsAuto shows real paths to functions that have layers, where the kernel
	// allows it. The rest run with the folders as they are: a namespace costs a
	// cold start some milliseconds, and hides what else is in /tmp and /opt.
	PathsAuto  Paths = "auto"
	PathsReal  Paths = "real"  // for every function, where the kernel allows it
	PathsPlain Paths = "plain" // for none
)

// Where Lambda has things (spec §3.1).
const (
	realTask    = "/var/task"
	realOpt     = "/opt"
	realTmp     = "/tmp"
	realRuntime = "/var/runtime"
)

// realPaths are the folders that stand at Lambda's places for one environment. Its zero
// value leaves everything where it is.
type realPaths struct {
	Task, Tmp, Runtime string
	Layers             []string // in their order: a later one hides an earlier one
}

func (r realPaths) used() bool { return r.Task != "" }

// where is what a path of this machine is called inside.
func (r realPaths) where(path string) string {
	if !r.used() {
		return path
	}
	for _, at := range r.places() {
		if rest, ok := strings.CutPrefix(path, at[0]); ok && (rest == "" || rest[0] == filepath.Separator) {
			return at[1] + rest
		}
	}
	return path
}

// places are pairs of here and there, the deepest first.
func (r realPaths) places() [][2]string {
	list := [][2]string{{r.Task, realTask}, {r.Tmp, realTmp}, {r.Runtime, realRuntime}}
	for _, layer := range r.Layers {
		list = append(list, [2]string{layer, realOpt})
	}
	slices.SortFunc(list, func(x, y [2]string) int { return len(y[0]) - len(x[0]) })
	return list
}

// entry is where for NAME=value whose value is a list of paths.
func (r realPaths) entry(variable string) string {
	name, value, ok := strings.Cut(variable, "=")
	if !ok || !r.used() {
		return variable
	}
	parts := strings.Split(value, ":")
	for i := range parts {
		parts[i] = r.where(parts[i])
	}
	return name + "=" + strings.Join(parts, ":")
}

// hides says that a path which has not moved is not to be seen inside any more.
func (r realPaths) hides(path string) bool {
	for _, folder := range []string{realTmp, realOpt} {
		if strings.HasPrefix(path, folder+"/") {
			return r.where(path) == path
		}
	}
	return false
}

// realPathsFor decides on the paths of an environment, and says in a sentence what a
// person should know of it.
func (n *environment) realPathsFor() (r realPaths, note string) {
	wanted := n.e.o.Paths == PathsReal || n.e.o.Paths == PathsAuto && len(n.plan.layers) > 0
	if !wanted {
		return realPaths{}, ""
	}
	r = realPaths{Task: n.plan.codeDir, Tmp: n.tmp(), Runtime: n.e.runtimesDir(), Layers: n.plan.layers}
	why := namespacesRefused()
	for _, path := range append([]string{n.launch.Path}, n.launch.Args...) {
		if why == "" && filepath.IsAbs(path) && r.hides(path) {
			why = path + " would not be seen"
		}
	}
	if why == "" {
		return r, "The function runs with its code, layers and temporary folder at /var/task, /opt and /tmp."
	}
	if n.e.o.Paths == PathsReal {
		return realPaths{}, "The function does not run at /var/task, /opt and /tmp: " + why + "."
	}
	return realPaths{}, "The layers are not at /opt, only on the search paths: " + why + "."
}
