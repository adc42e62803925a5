package local

import (
	"encoding/binary"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"
)

// killLimit is how long a supervisor has to end its tree before it is killed itself
// and lambent ends what is left.
const killLimit = 3 * time.Second

// A supervisor is lambent's handle on one supervisor process and the tree below it.
type supervisor struct {
	cmd    *exec.Cmd
	orders *os.File // its end means to the supervisor that lambent is gone
	log    *logPipe // what the tree writes

	mu     sync.Mutex // orders are written whole, extensions end one after the other
	ending bool

	runtime atomic.Int64             // the runtime's process id, 0 before it runs
	tag     atomic.Value             // string: the environment entry by which orphans are known
	seen    atomic.Pointer[sighting] // the tree as it was last looked at

	ended chan struct{} // closed once the runtime has ended or could not be started
	// Valid once ended is closed. A supervisor that is killed takes its runtime with it.
	status  exitStatus
	failure *startError

	// extensions are the external extensions by name, made before the first is spawned.
	extensions map[string]*extensionProcess
	// down is closed once an external extension has ended or could not be started; then
	// downed is the first of them.
	down   chan struct{}
	downed *extensionProcess

	gone chan struct{} // closed once the supervisor and its tree are gone
}

// An extensionProcess is the process of an external extension.
type extensionProcess struct {
	name  string
	ended chan struct{} // closed once it has ended or could not be started
	// Valid once ended is closed. One that goes with its supervisor is killed.
	status  exitStatus
	failure *startError
}

// A sighting is a process tree as it was looked at.
type sighting struct {
	tree   []procID
	newest int // the number that was given to a process last, 0 where that is not known
	at     time.Time
}

// A procID names a process for good: numbers are used again.
type procID struct {
	pid   int
	start uint64
}

// startSupervisor starts a supervisor that has nothing to supervise yet.
func startSupervisor(self, root string) (*supervisor, error) {
	ordersR, ordersW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer ordersR.Close()
	newsR, newsW, err := os.Pipe()
	if err != nil {
		ordersW.Close()
		return nil, err
	}
	defer newsW.Close()
	logR, logW, err := os.Pipe()
	if err != nil {
		ordersW.Close()
		newsR.Close()
		return nil, err
	}
	defer logW.Close()
	s := &supervisor{
		cmd: &exec.Cmd{
			Path: self, Args: []string{supervisorName, root},
			// Nothing of lambent's own environment: the function could read it in /proc.
			Env: []string{}, Dir: os.TempDir(),
			Stdin: ordersR, Stdout: newsW, Stderr: logW,
			SysProcAttr: ownSession(),
		},
		orders: ordersW, log: newLogPipe(logR),
		ended: make(chan struct{}), gone: make(chan struct{}), down: make(chan struct{}),
	}
	if err := s.cmd.Start(); err != nil {
		ordersW.Close()
		newsR.Close()
		logR.Close()
		return nil, err
	}
	go s.log.pump()
	go s.listen(newsR)
	return s, nil
}

// listen takes the supervisor's news until it is gone.
func (s *supervisor) listen(news *os.File) {
	defer news.Close()
	buf := make([]byte, 0, 512)
	clean, told := false, false
	s.status = exitStatus{Code: -1, Signal: "killed"}
	for {
		kind, body, err := readMessage(news, buf)
		if err != nil {
			break
		}
		switch kind {
		case newsStarted:
			if len(body) == 4 {
				s.runtime.Store(int64(binary.BigEndian.Uint32(body)))
			}
		case newsFailed, newsExited:
			if told {
				continue
			}
			told = true
			if kind == newsFailed {
				s.failure = new(decodeStartError(body))
			} else {
				s.status = decodeExit(body)
			}
			close(s.ended)
		case newsExtensionFailed, newsExtensionExited:
			s.extensionDown(kind, body)
		case newsGone:
			clean = true
		}
	}
	if !told {
		close(s.ended)
	}
	_ = s.cmd.Wait()
	if !clean {
		s.endOrphans()
	}
	s.orders.Close()
	s.log.close()
	close(s.gone)
}

// extensionDown takes the news of an extension's end.
func (s *supervisor) extensionDown(kind byte, body []byte) {
	name, body := takeName(body)
	if kind == newsExtensionFailed {
		s.extensionEnded(name, exitStatus{}, new(decodeStartError(body)))
		return
	}
	s.extensionEnded(name, decodeExit(body), nil)
}

func (s *supervisor) extensionEnded(name string, status exitStatus, failure *startError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.extensions[name]
	if x == nil || closed(x.ended) {
		return
	}
	x.status, x.failure = status, failure
	close(x.ended)
	if s.downed == nil {
		s.downed = x
		close(s.down)
	}
}

func (s *supervisor) order(kind byte, body []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		return os.ErrClosed
	}
	s.ending = kind == orderKill
	return writeMessage(s.orders, kind, body)
}

// spawn executes the runtime, and ended tells when it is over; or an external extension,
// whose process in extensions tells.
func (s *supervisor) spawn(o spawnOrder) error { return s.order(orderSpawn, o.encode()) }

// signal sends a signal to the runtime alone.
func (s *supervisor) signal(number byte) { _ = s.order(orderSignal, []byte{number}) }

func (s *supervisor) freeze() { _ = s.order(orderFreeze, nil) }
func (s *supervisor) thaw()   { _ = s.order(orderThaw, nil) }

// kill ends the tree and the supervisor. It returns at once; gone tells the end.
func (s *supervisor) kill() {
	if s.order(orderKill, nil) == os.ErrClosed {
		return
	}
	// A function may have stopped its supervisor.
	force := time.AfterFunc(killLimit, func() { _ = s.cmd.Process.Kill() })
	go func() {
		<-s.gone
		force.Stop()
	}()
}
