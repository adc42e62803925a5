package local

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// logStreamVariable also tells which environment a process belongs to, should its
// supervisor be killed.
const logStreamVariable = "AWS_LAMBDA_LOG_STREAM_NAME"

// surroundings is the environment of a function's process (spec §3.1), from an empty
// list: nothing of lambent's own environment gets in but PATH. Of one name the last wins,
// as on Lambda: what a function may set itself < the function's < the platform's.
func (n *environment) surroundings(address string) []string {
	fn, o := n.plan.fn, &n.e.o
	list := []string{
		"LANG=en_US.UTF-8",
		"LC_CTYPE=C.UTF-8",
		"TZ=:UTC",
		"PATH=" + joined(append([]string{o.Path}, n.plan.below("bin")...)),
		"LD_LIBRARY_PATH=" + joined(append([]string{n.plan.codeDir, n.plan.codeDir + "/lib"}, n.plan.below("lib")...)),
		"AWS_XRAY_CONTEXT_MISSING=LOG_ERROR",
		"AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2000",
	}
	list = append(list, n.launch.Env...)
	for i := range list {
		list[i] = n.paths.entry(list[i])
	}
	for _, v := range fn.Environment {
		if v.Unresolved == "" {
			list = append(list, v.Name+"="+v.Value)
		}
	}
	home := n.home()
	if n.paths.used() {
		home = n.tmp() // the other folder is not to be seen
	}
	format := fn.LogFormat
	if format == "" {
		format = "Text"
	}
	list = append(list,
		"_HANDLER="+fn.Handler,
		"AWS_REGION="+o.Region,
		"AWS_DEFAULT_REGION="+o.Region,
		"AWS_LAMBDA_FUNCTION_NAME="+fn.Name,
		"AWS_LAMBDA_FUNCTION_VERSION="+n.plan.version,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE="+decimalInt(fn.MemorySizeMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_FORMAT="+format,
		"AWS_LAMBDA_LOG_GROUP_NAME="+n.logGroup(),
		logStreamVariable+"="+n.stream,
		"AWS_LAMBDA_RUNTIME_API="+address,
		"_AWS_XRAY_DAEMON_ADDRESS=127.0.0.1",
		"_AWS_XRAY_DAEMON_PORT=2000",
		"LAMBDA_TASK_ROOT="+n.paths.where(n.plan.codeDir),
		"LAMBDA_RUNTIME_DIR="+n.paths.where(n.e.runtimesDir()),
		"HOME="+n.paths.where(home),
		"TMPDIR="+n.paths.where(n.tmp()),
		// As /var/task is read-only on Lambda. A cache of the environment's own would be
		// worse: Python would look for the standard library's byte code there too, and
		// compile all of it at every cold start.
		"PYTHONDONTWRITEBYTECODE=1",
		"PWD="+n.paths.where(n.plan.codeDir),
		"SHLVL=0",
	)
	if fn.LogFormat == "JSON" { // the text format has no levels
		list = append(list, "AWS_LAMBDA_LOG_LEVEL="+cmp.Or(fn.ApplicationLogLevel, applicationLevels[levelInfo]))
	}
	// Managed runtimes only (spec §3.1).
	if fn.Runtime != "" && !strings.HasPrefix(fn.Runtime, "provided") {
		list = append(list, "AWS_EXECUTION_ENV=AWS_Lambda_"+fn.Runtime)
	}
	list = append(list, o.Credentials[fn.Name]...)
	return lastOfName(list)
}

// below are the folders of that name in the layers. What is in a later layer comes
// first, as its files overwrite those of an earlier one in /opt.
func (p plan) below(folder string) []string {
	var found []string
	for _, layer := range slices.Backward(p.layers) {
		dir := filepath.Join(layer, folder)
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			found = append(found, dir)
		}
	}
	return found
}

func joined(folders []string) string { return strings.Join(folders, string(os.PathListSeparator)) }

func (n *environment) logGroup() string {
	if n.plan.fn.LogGroup != "" {
		return n.plan.fn.LogGroup
	}
	return "/aws/lambda/" + n.plan.fn.Name
}

// lastOfName keeps of every name the last entry. Entries that no process could be
// started with are dropped.
func lastOfName(list []string) []string {
	seen := map[string]bool{}
	kept := make([]string, 0, len(list))
	for _, entry := range slices.Backward(list) {
		name, _, ok := strings.Cut(entry, "=")
		if !ok || name == "" || seen[name] || strings.IndexByte(entry, 0) >= 0 {
			continue
		}
		seen[name] = true
		kept = append(kept, entry)
	}
	slices.Reverse(kept)
	return kept
}
