package local

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// supervisorName is argv[0] of a supervisor; its only argument is the folder of
// all environments of the lambent that started it.
const supervisorName = "lambent-supervisor"

// rootPrefix begins the name of that folder. A supervisor removes no other.
const rootPrefix = "lambent-env-"

// Orders and news are the two directions of the pipe pair between lambent and a
// supervisor. The end of the orders means that lambent is gone.
const (
	orderSpawn  = 'S' // an encoded spawnOrder
	orderSignal = 'Y' // a signal's number, for the runtime alone
	orderFreeze = 'F'
	orderThaw   = 'T'
	orderKill   = 'K' // end the tree, then this process

	newsStarted = 'P' // uint32: the runtime's process id
	newsFailed  = 'E' // why the runtime could not be started, a startError
	newsExited  = 'X' // how the runtime's process ended, an exitStatus
	newsGone    = 'G' // no process of the tree is left

	// The same of an external extension; the body begins with its name (namedNews).
	newsExtensionFailed = 'e'
	newsExtensionExited = 'x'
)

// maxMessage bounds one message. Arguments and environment can't be larger than
// what the kernel lets a process start with.
const maxMessage = 8 << 20

// endLimit is how long a supervisor goes on killing. Processes that the kernel holds
// in uninterruptible sleep end by themselves when it lets go of them.
const endLimit = 10 * time.Second

// IsSupervisor says whether a process with these arguments (os.Args) is to be a
// supervisor, or its step before a runtime that sees real paths. Main asks before it
// does anything else.
func IsSupervisor(args []string) bool {
	return len(args) == 2 && args[0] == supervisorName || isPlacer(args)
}

// Supervise makes this process the supervisor of one execution environment and
// returns the exit status once every process of that environment is gone.
// Orders come on standard input, news go to standard output, and standard error is
// the log pipe, which the runtime inherits as its standard output and error.
func Supervise() int {
	if isPlacer(os.Args) {
		return place(os.Args)
	}
	// The runtime's parent-death signal is bound to the thread that started it.
	runtime.LockOSThread()
	if err := becomeSupervisor(); err != nil {
		return 1
	}
	s := &supervision{news: os.Stdout}
	order := make([]byte, 0, 16<<10)
	for {
		kind, body, err := readMessage(os.Stdin, order)
		if err != nil {
			s.end()
			removeRoot(os.Args[1])
			return 0
		}
		switch kind {
		case orderSpawn:
			s.spawn(body)
		case orderSignal:
			if len(body) == 1 {
				s.tree.signal(body[0])
			}
		case orderFreeze:
			s.tree.freeze()
		case orderThaw:
			s.tree.thaw()
		case orderKill:
			s.end()
			s.tell(newsGone, nil)
			return 0
		}
	}
}

// A supervision is what one supervisor does: a tree of processes and the news of it.
type supervision struct {
	tree processTree
	mu   sync.Mutex
	news io.Writer
}

func (s *supervision) tell(kind byte, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Nobody hears when lambent is gone; the orders end then, and with them the tree.
	_ = writeMessage(s.news, kind, body)
}

func (s *supervision) spawn(body []byte) {
	order, err := decodeSpawn(body)
	if err != nil {
		s.tell(newsFailed, startError{Text: err.Error()}.encode())
		return
	}
	if order.Extension != "" {
		s.spawnExtension(order)
		return
	}
	pid, err := s.tree.start(order, func(status exitStatus) { s.tell(newsExited, status.encode()) })
	if err != nil {
		s.tell(newsFailed, startErrorOf(order, err).encode())
		return
	}
	s.tell(newsStarted, binary.BigEndian.AppendUint32(nil, uint32(pid)))
}

func (s *supervision) spawnExtension(order spawnOrder) {
	name := order.Extension
	_, err := s.tree.start(order, func(status exitStatus) { s.tell(newsExtensionExited, namedNews(name, status.encode())) })
	if err != nil {
		s.tell(newsExtensionFailed, namedNews(name, startErrorOf(order, err).encode()))
	}
}

func (s *supervision) end() { s.tree.end(endLimit) }

// removeRoot removes what a lambent that was killed could not remove itself. Every
// supervisor of that lambent does it after its own tree is gone, so the last one succeeds.
func removeRoot(root string) {
	if strings.HasPrefix(filepath.Base(root), rootPrefix) {
		_ = os.RemoveAll(root)
	}
}

// A spawnOrder says what to execute.
type spawnOrder struct {
	Path string // the executable
	Dir  string // working folder
	// Extension is the name of the external extension that is started; "" for the runtime.
	Extension string
	Args      []string
	Env       []string
	// Paths are the folders at Lambda's places. Path and Dir are those of this machine
	// all the same; Args and Env are as the runtime sees them.
	Paths realPaths
}

func (o spawnOrder) encode() []byte {
	b := appendStrings(nil, append([]string{o.Path, o.Dir, o.Extension, o.Paths.Task, o.Paths.Tmp, o.Paths.Runtime}, o.Paths.Layers...))
	b = appendStrings(b, o.Args)
	return appendStrings(b, o.Env)
}

func decodeSpawn(b []byte) (spawnOrder, error) {
	head, b, err := takeStrings(b)
	if err != nil || len(head) < 6 {
		return spawnOrder{}, errMessage
	}
	paths := realPaths{Task: head[3], Tmp: head[4], Runtime: head[5], Layers: head[6:]}
	args, b, err := takeStrings(b)
	if err != nil {
		return spawnOrder{}, err
	}
	env, b, err := takeStrings(b)
	if err != nil || len(b) != 0 {
		return spawnOrder{}, errMessage
	}
	return spawnOrder{Path: head[0], Dir: head[1], Extension: head[2], Args: args, Env: env, Paths: paths}, nil
}

// A startError is why a runtime could not be started.
type startError struct {
	Text    string // as Go words it: fork/exec PATH: REASON
	Missing bool   // there is no file at the path at all
	BadDir  bool   // the working folder is what is wrong
}

func startErrorOf(o spawnOrder, err error) startError {
	e := startError{Text: err.Error()}
	if info, statErr := os.Stat(o.Dir); statErr != nil || !info.IsDir() {
		e.BadDir = true
		return e
	}
	_, statErr := os.Stat(o.Path)
	e.Missing = errors.Is(err, os.ErrNotExist) && errors.Is(statErr, os.ErrNotExist)
	return e
}

func (e startError) encode() []byte {
	flags := byte(0)
	if e.Missing {
		flags |= 1
	}
	if e.BadDir {
		flags |= 2
	}
	return append([]byte{flags}, e.Text...)
}

func decodeStartError(b []byte) startError {
	if len(b) == 0 {
		return startError{Text: errMessage.Error()}
	}
	return startError{Text: string(b[1:]), Missing: b[0]&1 != 0, BadDir: b[0]&2 != 0}
}

// An exitStatus is how a runtime's process ended.
type exitStatus struct {
	Code   int    // exit status, -1 when a signal ended it
	Signal string // the signal's name as Go words it: killed, segmentation fault, …; "" otherwise
	Peak   int64  // the process's largest resident set in bytes, 0 when the system doesn't tell
}

func (x exitStatus) encode() []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(int32(x.Code)))
	return append(binary.BigEndian.AppendUint64(b, uint64(x.Peak)), x.Signal...)
}

func decodeExit(b []byte) exitStatus {
	if len(b) < 12 {
		return exitStatus{Code: -1, Signal: "killed"}
	}
	return exitStatus{Code: int(int32(binary.BigEndian.Uint32(b))), Peak: int64(binary.BigEndian.Uint64(b[4:])), Signal: string(b[12:])}
}

// namedNews puts an extension's name before the news of it.
func namedNews(name string, body []byte) []byte {
	return append(appendStrings(nil, []string{name}), body...)
}

func takeName(b []byte) (name string, body []byte) {
	list, rest, err := takeStrings(b)
	if err != nil || len(list) != 1 {
		return "", nil
	}
	return list[0], rest
}

var errMessage = errors.New("malformed message between lambent and a supervisor")

// A message is a kind, a length of four bytes and that many bytes.
func writeMessage(w io.Writer, kind byte, body []byte) error {
	b := make([]byte, 0, 5+len(body))
	b = binary.BigEndian.AppendUint32(append(b, kind), uint32(len(body)))
	_, err := w.Write(append(b, body...))
	return err
}

// readMessage reads one message; the body is valid until buf is used again.
func readMessage(r io.Reader, buf []byte) (kind byte, body []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxMessage {
		return 0, nil, errMessage
	}
	if int(n) > cap(buf) {
		buf = make([]byte, n)
	}
	buf = buf[:n]
	_, err = io.ReadFull(r, buf)
	return head[0], buf, err
}

func appendStrings(b []byte, list []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, s := range list {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

func takeStrings(b []byte) (list []string, rest []byte, err error) {
	count, n := binary.Uvarint(b)
	if n <= 0 || count > uint64(len(b)) {
		return nil, nil, errMessage
	}
	b = b[n:]
	list = make([]string, 0, count)
	for range count {
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return nil, nil, errMessage
		}
		list = append(list, string(b[n:n+int(size)]))
		b = b[n+int(size):]
	}
	return list, b, nil
}
