package runtimes

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"lambent/invoke"
)

// carriedLine is the first line of a bootstrap that is lambent itself.
const carriedLine = "#!lambent"

// A location is where a bootstrap may be: on this machine, and what Lambda calls the place.
type location struct{ here, there string }

// provided starts the function's own bootstrap: that of the code, else that of a
// layer (spec §3.6).
func (p *preparation) provided() (Launch, *invoke.Failure) {
	places := []location{{filepath.Join(p.codeDir, "bootstrap"), "/var/task/bootstrap"}}
	for i := len(p.layers) - 1; i >= 0; i-- {
		places = append(places, location{filepath.Join(p.layers[i], "bootstrap"), "/opt/bootstrap"})
	}
	for _, place := range places {
		info, err := os.Stat(place.here)
		if err != nil || info.IsDir() {
			continue
		}
		return p.bootstrap(place, info)
	}
	if p.hasGoSource() {
		if launch, done, failure := p.built(); done || failure != nil {
			return launch, failure
		}
	}
	failure := invoke.NewFailure("Runtime.InvalidEntrypoint",
		"Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")
	failure.Ran = invoke.RanNo
	failure.Cause = noBootstrap(p.codeDir)
	failure.Remedy = p.buildRemedy()
	return Launch{}, failure
}

// noBootstrap says why a code folder has none: for Lambda a folder and a link to nowhere
// are none either.
func noBootstrap(dir string) string {
	file := filepath.Join(dir, "bootstrap")
	info, err := os.Lstat(file)
	switch {
	case err != nil:
		return "There is no file named bootstrap in " + dir + "."
	case info.IsDir():
		return file + " is a folder."
	case info.Mode()&fs.ModeSymlink != 0:
		if target, err := os.Readlink(file); err == nil {
			return fmt.Sprintf("%s is a link to %s, which is not a file here.", file, target)
		}
	}
	return file + " is not a file."
}

func (p *preparation) bootstrap(place location, info fs.FileInfo) (Launch, *invoke.Failure) {
	if runtime.GOOS != "windows" && info.Mode()&0o111 == 0 {
		return Launch{}, place.failure(syscall.EACCES, "It has no run permission.", "Run chmod +x "+place.here+".")
	}
	head, err := readHead(place.here)
	if err != nil {
		return Launch{}, place.failure(err, "", "")
	}
	if firstLine(head) == carriedLine && p.o.Self != "" {
		return Launch{Path: p.o.Self, Args: []string{"bootstrap"}, Notes: p.notes}, nil
	}
	if failure := place.check(head); failure != nil {
		return Launch{}, failure
	}
	return Launch{Path: place.here, Args: []string{place.here}, Notes: p.notes}, nil
}

// buildRemedy looks for source that has not been built. Go's is built here where there
// is a go command; what other languages need differs from project to project.
func (p *preparation) buildRemedy() string {
	switch {
	case len(regular(filepath.Join(p.codeDir, "Cargo.toml"))) > 0:
		return "Build it: cargo lambda build --release, and point CodeUri at the folder that holds bootstrap."
	case hasMatch(filepath.Join(p.codeDir, "*.go")):
		return "Install Go and make sure that go runs in a shell: lambent builds the source then. Or build it yourself: " + fmt.Sprintf("cd %s; CGO_ENABLED=0 GOOS=%s GOARCH=%s go build -o bootstrap .", p.codeDir, runtime.GOOS, runtime.GOARCH)
	case len(regular(filepath.Join(p.codeDir, "Makefile"))) > 0:
		return "Build it: run make in " + p.codeDir + " so that it leaves an executable file named bootstrap there."
	}
	return "Put an executable file named bootstrap into " + p.codeDir + ", or point CodeUri at the folder that has one."
}

func hasMatch(pattern string) bool {
	found, err := filepath.Glob(pattern)
	return err == nil && len(found) > 0
}

func readHead(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 256)
	n, err := f.Read(head)
	if err != nil && n == 0 {
		return nil, nil
	}
	return head[:n], nil
}

func firstLine(head []byte) string {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return strings.TrimSpace(string(line))
}

// check finds what would make the system refuse to execute the file, so that the
// remedy can name it. What it doesn't know passes.
func (l location) check(head []byte) *invoke.Failure {
	if runtime.GOOS == "windows" {
		return nil
	}
	if script, ok := bytes.CutPrefix(head, []byte("#!")); ok {
		return l.checkScript(script)
	}
	if bytes.HasPrefix(head, []byte(elf.ELFMAG)) {
		return l.checkELF(head)
	}
	if runtime.GOOS == "linux" {
		return l.failure(syscall.ENOEXEC, "It is neither a program nor a script with an interpreter in its first line (#!).",
			"Build it for linux/"+runtime.GOARCH+", or begin the script with #!/bin/sh.")
	}
	return nil
}

// checkScript reads the line after #!. The kernel looks for the interpreter by the
// exact bytes, a carriage return included, and answers as if the script were missing.
func (l location) checkScript(script []byte) *invoke.Failure {
	line, _, whole := bytes.Cut(script, []byte("\n"))
	if !whole {
		return nil
	}
	fields := bytes.Fields(line)
	if bytes.HasSuffix(line, []byte("\r")) && (len(fields) == 1 || bytes.HasSuffix(fields[0], []byte("/env"))) {
		return l.failure(syscall.ENOENT, "Its lines end with CR LF, so the interpreter's name ends with a carriage return.",
			"Save "+l.here+" with LF line ends, for example with dos2unix.")
	}
	if len(fields) == 0 {
		return l.failure(syscall.ENOEXEC, "Its first line names no interpreter.", "Begin it with #!/bin/sh.")
	}
	if _, err := os.Stat(string(fields[0])); errors.Is(err, fs.ErrNotExist) {
		return l.failure(syscall.ENOENT, fmt.Sprintf("Its interpreter %q is not on this machine.", fields[0]),
			"Install it, or change the first line of "+l.here+".")
	}
	return nil
}

var machines = map[string]elf.Machine{
	"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "386": elf.EM_386, "riscv64": elf.EM_RISCV, "arm": elf.EM_ARM,
}

// machineName is Go's name of a machine where it has one, else that of the ELF format.
func machineName(m elf.Machine) string {
	for name, machine := range machines {
		if machine == m {
			return name
		}
	}
	return m.String()
}

// emulators are the names under which binfmt_misc knows foreign machines.
var emulators = map[elf.Machine]string{elf.EM_X86_64: "qemu-x86_64", elf.EM_AARCH64: "qemu-aarch64"}

func (l location) checkELF(head []byte) *invoke.Failure {
	if runtime.GOOS != "linux" {
		return l.failure(syscall.ENOEXEC, "It is built for Linux.",
			fmt.Sprintf("Build it for this machine: GOOS=%s GOARCH=%s.", runtime.GOOS, runtime.GOARCH))
	}
	want, known := machines[runtime.GOARCH]
	const machineAt, little = 18, 1
	if !known || len(head) < machineAt+2 || head[elf.EI_DATA] != little {
		return nil
	}
	got := elf.Machine(head[machineAt]) | elf.Machine(head[machineAt+1])<<8
	if got == want {
		return nil
	}
	if _, err := os.Stat("/proc/sys/fs/binfmt_misc/" + emulators[got]); err == nil && emulators[got] != "" {
		return nil
	}
	return l.failure(syscall.ENOEXEC, fmt.Sprintf("It is built for %s and this machine is %s.", machineName(got), machineName(want)),
		"Build it for linux/"+runtime.GOARCH+", or invoke the function on AWS.")
}

// failure is Runtime.InvalidEntrypoint in the words of Lambda (spec §3.6), whose
// folders are not those of this machine; cause and remedy name the real ones.
func (l location) failure(err error, cause, remedy string) *invoke.Failure {
	var number syscall.Errno
	reason := err.Error()
	if errors.As(err, &number) {
		reason = number.Error()
	}
	failure := invoke.NewFailure("Runtime.InvalidEntrypoint", fmt.Sprintf("fork/exec %s: %s", l.there, reason))
	failure.Ran = invoke.RanNo
	failure.Err = err
	failure.Cause = strings.TrimSpace(l.here + " can't be executed. " + cause)
	if remedy != "" {
		failure.Remedy = remedy
	}
	return failure
}

// EntrypointFailure is the failure for the program of a Launch that the system
// refused to execute with err. Prepare finds the usual reasons beforehand; this is
// for what only the attempt shows.
func EntrypointFailure(path string, err error) *invoke.Failure {
	return location{here: path, there: "/var/task/" + filepath.Base(path)}.failure(err, "", "")
}
