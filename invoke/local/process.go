package local

import (
	"bytes"
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

	mu     sync.Mutex // orders are written whole
	ending bool

	runtime atomic.Int64             // the runtime's process id, 0 before it runs
	tag     atomic.Value             // string: the environment entry by which orphans are known
	seen    atomic.Pointer[[]procID] // the tree as it was last looked at

	// extensionEnded hears of extensions; it is set before the first is started.
	extensionEnded func(name string, status exitStatus, failure string)

	ended chan struct{} // closed once the runtime has ended or could not be started
	// Valid once ended is closed. A supervisor that is killed takes its runtime with it.
	status  exitStatus
	failure *startError

	gone chan struct{} // closed once the supervisor and its tree are gone
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
		ended: make(chan struct{}), gone: make(chan struct{}),
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
		case newsExtension, newsExtensionFailed:
			name, rest, _ := bytes.Cut(body, []byte{0})
			if kind == newsExtension {
				s.extensionEnded(string(name), decodeExit(rest), "")
			} else {
				s.extensionEnded(string(name), exitStatus{}, decodeStartError(rest).Text)
			}
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

func (s *supervisor) order(kind byte, body []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		return os.ErrClosed
	}
	s.ending = kind == orderKill
	return writeMessage(s.orders, kind, body)
}

// spawn executes the runtime. ended tells when it is over.
func (s *supervisor) spawn(o spawnOrder, tag string) error {
	s.tag.Store(tag)
	return s.order(orderSpawn, o.encode())
}

// extend executes an extension; its end is told by extensionEnded.
func (s *supervisor) extend(name string, o spawnOrder, tag string) error {
	s.tag.Store(tag)
	return s.order(orderExtend, append(append([]byte(name), 0), o.encode()...))
}

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
