package local

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// placerName is argv[0] of the step between a supervisor and a runtime that is to see
// real paths: in a mount namespace of its own it puts the folders in their places and
// executes the runtime, so that the process is the same one.
const placerName = "lambent-paths"

func isPlacer(args []string) bool { return len(args) > 1 && args[0] == placerName }

// placerArgs are the arguments of the step: the folders, then what to execute.
func (r realPaths) placerArgs(o spawnOrder) []string {
	args := []string{placerName, r.Task, r.Tmp, r.Runtime, strconv.Itoa(len(r.Layers))}
	args = append(args, r.Layers...)
	return append(append(args, o.Path), o.Args...)
}

// namespace makes the step start in a mount namespace of its own: root may have one, and
// everybody else by means of a user namespace in which the user is who it was.
func namespace(attr *syscall.SysProcAttr) {
	attr.Cloneflags |= syscall.CLONE_NEWNS
	if os.Geteuid() == 0 {
		return
	}
	attr.Cloneflags |= syscall.CLONE_NEWUSER
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
	attr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN} // until the runtime is executed
}

// namespacesRefused says why real paths can't be had on this machine, "" when they can.
// The answer is found by doing it once, with nothing to execute.
var namespacesRefused = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "lambent-probe-")
	if err != nil {
		return err.Error()
	}
	defer os.RemoveAll(dir)
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{placerName, dir, dir, dir, "1", dir},
		Env: []string{}, SysProcAttr: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL},
	}
	namespace(cmd.SysProcAttr)
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return ""
	case len(out) > 0:
		return strings.TrimSpace(strings.TrimPrefix(string(out), "lambent: "))
	}
	return "the kernel refuses a namespace (" + err.Error() + ")"
})

// place is the step. It returns only when it fails, or has nothing to execute.
func place(args []string) int {
	runtime.LockOSThread()
	if err := placeAndExecute(args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "lambent:", err)
		return 1
	}
	return 0
}

func placeAndExecute(args []string) error {
	if len(args) < 4 {
		return errMessage
	}
	count, err := strconv.Atoi(args[3])
	if err != nil || count < 0 || len(args) < 4+count {
		return errMessage
	}
	r := realPaths{Task: args[0], Tmp: args[1], Runtime: args[2], Layers: args[4 : 4+count]}
	rest := args[4+count:]
	if err := r.mount(); err != nil {
		return err
	}
	if len(rest) < 2 {
		return nil // it was to find out whether this works
	}
	_ = unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
	if err := os.Chdir(realTask); err != nil {
		return err
	}
	path := r.where(rest[0])
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0); err != nil {
		return err
	}
	return &os.PathError{Op: "exec", Path: path, Err: syscall.Exec(path, rest[1:], os.Environ())}
}

// mount puts the folders in their places. What they are made of is opened first: the
// places may hide it.
func (r realPaths) mount() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	task, err := hold(r.Task)
	if err != nil {
		return err
	}
	tmp, err := hold(r.Tmp)
	if err != nil {
		return err
	}
	var layers []string // the last one first, as overlayfs counts
	for i := len(r.Layers) - 1; i >= 0; i-- {
		layer, err := hold(r.Layers[i])
		if err != nil {
			return err
		}
		layers = append(layers, layer)
	}
	runtimes, err := hold(r.Runtime)
	if err != nil {
		runtimes = "" // nothing was ever carried
	}
	if err := remakeVar(task, runtimes); err != nil {
		return err
	}
	switch len(layers) {
	case 0:
		err = unix.Mount("tmpfs", realOpt, "tmpfs", unix.MS_RDONLY, "mode=755")
	case 1:
		err = bindReadOnly(layers[0], realOpt)
	default:
		err = unix.Mount("overlay", realOpt, "overlay", unix.MS_RDONLY, "lowerdir="+strings.Join(layers, ":"))
	}
	if err != nil {
		return fmt.Errorf("mount the layers: %w", err)
	}
	if err := unix.Mount(tmp, realTmp, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount /tmp: %w", err)
	}
	return nil
}

// hold opens a folder and returns a path that leads to it whatever is mounted over it.
func hold(path string) (string, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", &os.PathError{Op: "open", Path: path, Err: err}
	}
	return "/proc/self/fd/" + strconv.Itoa(fd), nil
}

// remakeVar covers /var with a folder that has everything that is in it, and task and
// runtime besides: they can't be made in the machine's own.
func remakeVar(task, runtimes string) error {
	before, err := hold("/var")
	if err != nil {
		return err
	}
	entries, err := os.ReadDir("/var")
	if err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", "/var", "tmpfs", unix.MS_NOSUID, "mode=755"); err != nil {
		return fmt.Errorf("mount /var: %w", err)
	}
	for _, entry := range entries {
		from, to := filepath.Join(before, entry.Name()), filepath.Join("/var", entry.Name())
		if to == realTask || to == realRuntime {
			continue
		}
		if err := show(entry, from, to); err != nil && !errors.Is(err, os.ErrPermission) {
			return fmt.Errorf("mount %s: %w", to, err)
		}
	}
	for _, place := range [][2]string{{task, realTask}, {runtimes, realRuntime}} {
		if place[0] == "" {
			continue
		}
		if err := os.Mkdir(place[1], 0o755); err != nil {
			return err
		}
		if err := bindReadOnly(place[0], place[1]); err != nil {
			return fmt.Errorf("mount %s: %w", place[1], err)
		}
	}
	return nil
}

// show lets an entry of the machine's /var be seen in the new one.
func show(entry os.DirEntry, from, to string) error {
	switch {
	case entry.Type()&os.ModeSymlink != 0:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	case entry.IsDir():
		if err := os.Mkdir(to, 0o755); err != nil {
			return err
		}
	case entry.Type().IsRegular():
		if err := os.WriteFile(to, nil, 0o600); err != nil {
			return err
		}
	default:
		return nil // sockets and devices are nobody's path
	}
	return unix.Mount(from, to, "", unix.MS_BIND|unix.MS_REC, "")
}

func bindReadOnly(from, to string) error {
	if err := unix.Mount(from, to, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	return unix.MountSetattr(unix.AT_FDCWD, to, unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY})
}
