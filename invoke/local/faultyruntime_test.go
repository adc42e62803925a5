//go:build linux

package local

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// misanswered is the exit status of a runtime that was answered otherwise than the Runtime
// API must answer.
const misanswered = 97

func init() { maps.Copy(behaviours, faulty) }

// faulty are the runtimes of the soak that do what a runtime must not do.
var faulty = map[string]func(a *api, arg string) int{
	"asks-twice": func(a *api, _ string) int { // before it has answered
		for {
			first, second := a.next(), a.next()
			if first.id != second.id {
				return misanswered
			}
			a.respond(first.id, second.body)
		}
	},
	"wrong-id": func(a *api, arg string) int { // and then the right one, or never
		for {
			e := a.next()
			if code, text := a.respond("00000000-0000-0000-0000-000000000000", e.body); code != 400 || !strings.Contains(text, "InvalidRequestID") {
				return misanswered
			}
			if arg == "never-right" {
				time.Sleep(10 * time.Millisecond)
				continue
			}
			a.respond(e.id, e.body)
		}
	},
	"stale": func(a *api, _ string) int { // answers the event before once more
		before := ""
		for {
			e := a.next()
			if before != "" {
				if code, _ := a.respond(before, []byte(`"stale"`)); code != 400 {
					return misanswered
				}
			}
			a.respond(e.id, e.body)
			before = e.id
		}
	},
	"late": func(a *api, _ string) int { // answers when its time is over
		for {
			e := a.next()
			ends, _ := strconv.ParseInt(e.header.Get("Lambda-Runtime-Deadline-Ms"), 10, 64)
			time.Sleep(time.Until(time.UnixMilli(ends)) + 20*time.Millisecond)
			a.respond(e.id, []byte(`"late"`))
		}
	},
	"silent": func(a *api, _ string) int { // answers and asks for nothing any more
		e := a.next()
		a.respond(e.id, e.body)
		time.Sleep(time.Hour)
		return 0
	},
	"huge": func(a *api, arg string) int { // an answer of a gigabyte or some, announced or streamed
		size, how, _ := strings.Cut(arg, ":")
		length := int64(1 << 30)
		if size == "some" {
			length = 64 << 20
		}
		for {
			e := a.next()
			req, _ := http.NewRequest("POST", a.base+"/runtime/invocation/"+e.id+"/response", io.LimitReader(noughts{}, length))
			if req.ContentLength = length; how == "streamed" {
				req.ContentLength = -1
				req.Header.Set("Lambda-Runtime-Function-Response-Mode", "streaming")
			}
			r, err := a.client.Do(req)
			if err != nil {
				return misanswered
			}
			text, _ := io.ReadAll(r.Body)
			r.Body.Close()
			fmt.Println(r.StatusCode, string(bytes.TrimSpace(text)))
		}
	},
	"hangs-up": func(a *api, _ string) int { // closes the connection on which it has asked
		for {
			a.hangUp()
			e := a.next()
			a.hangUp()
			a.respond(e.id, e.body)
		}
	},
	"half-way": func(a *api, _ string) int { // ends well in the middle of its answer
		e := a.next()
		conn, err := net.Dial("tcp", os.Getenv("AWS_LAMBDA_RUNTIME_API"))
		if err != nil {
			return misanswered
		}
		fmt.Fprintf(conn, "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: %s\r\nContent-Length: 1000\r\n\r\n{\"n\":1,\"le", e.id, os.Getenv("AWS_LAMBDA_RUNTIME_API"))
		return 0
	},
	"hundred-children": func(a *api, _ string) int { // in sessions of their own, waited for by nobody
		a.serve(func(e received) []byte {
			for range 100 {
				c := exec.Command("/bin/sleep", "60")
				c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
				if err := c.Start(); err != nil {
					fmt.Println(err)
					os.Exit(misanswered)
				}
			}
			return e.body
		})
		return 0
	},
	"ignores-term": func(a *api, _ string) int {
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
		a.next()
		time.Sleep(time.Hour)
		return 0
	},
	"babbles": func(a *api, _ string) int { // without a line end, for ever
		a.next()
		for text := bytes.Repeat([]byte("bla"), 10<<10); ; {
			_, _ = os.Stdout.Write(text)
		}
	},
	"closed-pipe": func(a *api, _ string) int { // its output goes where nobody reads
		r, w, err := os.Pipe()
		if err != nil || unix.Dup3(int(w.Fd()), 1, 0) != nil {
			return misanswered
		}
		a.next()
		r.Close()
		_, _ = os.Stdout.Write([]byte("is anybody there"))
		return misanswered
	},
	"fill": func(a *api, _ string) int { // its temporary folder, with as many bytes as the payload says
		for {
			e := a.next()
			time.Sleep(2 * storageCheck)
			file := os.TempDir() + "/full"
			size, _ := strconv.Atoi(string(e.body))
			if size < 0 {
				_ = os.Remove(file)
			} else if f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err == nil {
				_, _ = io.CopyN(f, noughts{}, int64(size))
				f.Close()
			}
			a.respond(e.id, e.body)
		}
	},
	"signalled": func(a *api, arg string) int {
		a.next()
		_ = syscall.Kill(os.Getpid(), map[string]syscall.Signal{"stop": syscall.SIGSTOP, "terminate": syscall.SIGTERM, "kill": syscall.SIGKILL}[arg])
		time.Sleep(time.Hour)
		return misanswered
	},
}

// noughts is JSON for ever: digits.
type noughts struct{}

func (noughts) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = '0'
	}
	return len(b), nil
}

// hangUp asks for the next event and closes the connection at once.
func (a *api) hangUp() {
	address := os.Getenv("AWS_LAMBDA_RUNTIME_API")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		os.Exit(misanswered)
	}
	fmt.Fprintf(conn, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n", address)
	conn.Close()
}
