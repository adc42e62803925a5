//go:build unix

package local

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// An api is a runtime's side of the Runtime API, on net/http like most runtimes.
type api struct {
	base   string
	client *http.Client
}

type received struct {
	id     string
	body   []byte
	header http.Header
}

func (a *api) next() received {
	r, err := a.client.Get(a.base + "/runtime/invocation/next")
	if err != nil {
		os.Exit(100)
	}
	defer r.Body.Close()
	body, _ := io.ReadAll(r.Body)
	return received{r.Header.Get("Lambda-Runtime-Aws-Request-Id"), body, r.Header}
}

func (a *api) post(path string, body []byte, header ...string) (int, string) {
	req, _ := http.NewRequest("POST", a.base+path, bytes.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	r, err := a.client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer r.Body.Close()
	text, _ := io.ReadAll(r.Body)
	return r.StatusCode, string(text)
}

func (a *api) respond(id string, body []byte) (int, string) {
	return a.post("/runtime/invocation/"+id+"/response", body)
}

func (a *api) serve(handle func(received) []byte) {
	for {
		e := a.next()
		a.respond(e.id, handle(e))
	}
}

// bootstrap runs the behaviour that the handler names, with an argument after a colon.
func bootstrap() int {
	name, arg, _ := strings.Cut(os.Getenv("_HANDLER"), ":")
	a := &api{"http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01", &http.Client{}}
	if name == "official" {
		return official(arg)
	}
	behaviour, ok := behaviours[name]
	if !ok {
		fmt.Println("no such behaviour:", name)
		return 99
	}
	return behaviour(a, arg)
}

var behaviours = map[string]func(a *api, arg string) int{
	"echo": func(a *api, _ string) int {
		a.serve(func(e received) []byte { return e.body })
		return 0
	},
	"raw": func(*api, string) int {
		return rawWorker(os.Getenv("AWS_LAMBDA_RUNTIME_API"), "/2018-06-01/runtime/invocation/")
	},
	"count": func(a *api, _ string) int { // how many events this process has seen, and this environment
		seen := 0
		a.serve(func(received) []byte {
			seen++
			path := os.TempDir() + "/seen"
			before, _ := os.ReadFile(path)
			_ = os.WriteFile(path, append(before, 'x'), 0o600)
			return fmt.Appendf(nil, `{"process":%d,"environment":%d,"pid":%d}`, seen, len(before)+1, os.Getpid())
		})
		return 0
	},
	"headers": func(a *api, _ string) int {
		a.serve(func(e received) []byte {
			b, _ := json.Marshal(e.header)
			return b
		})
		return 0
	},
	"places": func(a *api, _ string) int { // where it is, and what it sees there
		a.serve(func(received) []byte {
			names := func(dir string) (list []string) {
				entries, _ := os.ReadDir(dir)
				for _, e := range entries {
					list = append(list, e.Name())
				}
				return list
			}
			cwd, _ := os.Getwd()
			_ = os.WriteFile("/tmp/mark", nil, 0o600)
			written := os.WriteFile(cwd+"/mark", nil, 0o600)
			b, _ := json.Marshal(map[string]any{"cwd": cwd, "root": os.Getenv("LAMBDA_TASK_ROOT"), "tmpdir": os.Getenv("TMPDIR"),
				"task": names("/var/task"), "opt": names("/opt"), "tmp": names("/tmp"), "read-only": written != nil})
			return b
		})
		return 0
	},
	"environ": func(a *api, _ string) int {
		a.serve(func(received) []byte {
			b, _ := json.Marshal(os.Environ())
			return b
		})
		return 0
	},
	"log": func(a *api, arg string) int {
		fmt.Println("from init")
		a.serve(func(e received) []byte {
			fmt.Fprintln(os.Stdout, "to stdout")
			fmt.Fprintln(os.Stderr, "to stderr")
			fmt.Print("unfinished")
			return []byte("null")
		})
		return 0
	},
	"say": func(a *api, _ string) int { // what the payload says
		a.serve(func(e received) []byte {
			var text string
			_ = json.Unmarshal(e.body, &text)
			fmt.Print(text)
			return []byte("null")
		})
		return 0
	},
	"fail": func(a *api, _ string) int {
		for {
			e := a.next()
			a.post("/runtime/invocation/"+e.id+"/error", []byte(`{"errorMessage": "boom", "errorType": "ValueError", "requestId": "", "stackTrace": []}`))
		}
	},
	"exit": func(a *api, arg string) int { // ends inside the invocation, unless the payload says otherwise
		for {
			e := a.next()
			if string(e.body) == `"stay"` {
				a.respond(e.id, []byte(`"stayed"`))
				continue
			}
			if arg == "segv" {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			}
			code, _ := strconv.Atoi(arg)
			return code
		}
	},
	"unread": func(a *api, _ string) int { // ends without reading what its response is answered with
		e := a.next()
		conn, err := net.Dial("tcp", os.Getenv("AWS_LAMBDA_RUNTIME_API"))
		if err != nil {
			return 1
		}
		fmt.Fprintf(conn, "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s",
			e.id, os.Getenv("AWS_LAMBDA_RUNTIME_API"), len(e.body), e.body)
		conn.Close()
		return 0
	},
	"respond-exit": func(a *api, _ string) int {
		e := a.next()
		a.respond(e.id, []byte(`"last words"`))
		return 1
	},
	"hang": func(a *api, _ string) int {
		a.serve(func(e received) []byte {
			if string(e.body) != `"answer"` {
				time.Sleep(time.Hour)
			}
			return []byte(`"answered"`)
		})
		return 0
	},
	"slow-next": func(a *api, arg string) int {
		d, _ := time.ParseDuration(arg)
		for {
			e := a.next()
			a.respond(e.id, []byte(`"done"`))
			fmt.Println("after the response")
			time.Sleep(d)
		}
	},
	"init-error": func(a *api, arg string) int {
		fmt.Println("cannot import")
		a.post("/runtime/init/error", []byte(`{"errorMessage": "no module", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}`),
			"Lambda-Runtime-Function-Error-Type", "Runtime.ImportModuleError")
		return 1
	},
	"init-exit": func(_ *api, arg string) int {
		fmt.Println("last line")
		code, _ := strconv.Atoi(arg)
		return code
	},
	"replaced": func(a *api, _ string) int { // executes another program in its own place, inside the invocation
		a.next()
		_ = os.Setenv("_HANDLER", "echo")
		_ = syscall.Exec("/proc/self/exe", []string{"bootstrap"}, os.Environ())
		return 98
	},
	"init-hang": func(*api, string) int { time.Sleep(time.Hour); return 0 },
	"init-once": func(a *api, _ string) int { // the first process of an environment fails, the second works
		marker := os.TempDir() + "/failed"
		if _, err := os.Stat(marker); err != nil {
			_ = os.WriteFile(marker, nil, 0o600)
			return 1
		}
		a.serve(func(e received) []byte { return e.body })
		return 0
	},
	"tick": func(a *api, _ string) int { // a background thread counts; the response is the count
		ticks := make(chan int, 1)
		ticks <- 0
		go func() {
			for range time.Tick(time.Millisecond) {
				ticks <- <-ticks + 1
			}
		}()
		a.serve(func(received) []byte {
			n := <-ticks
			ticks <- n
			return []byte(strconv.Itoa(n))
		})
		return 0
	},
	"eat": func(a *api, arg string) int { // megabytes, kept or given back
		size, _ := strconv.Atoi(arg)
		a.serve(func(received) []byte {
			b := make([]byte, size<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			time.Sleep(60 * time.Millisecond)
			return []byte(strconv.Itoa(len(b)))
		})
		return 0
	},
	"large": func(a *api, arg string) int {
		size, _ := strconv.Atoi(arg)
		for {
			e := a.next()
			code, text := a.respond(e.id, bytes.Repeat([]byte("1"), size))
			fmt.Println(code, strings.TrimSpace(text))
		}
	},
	"family": func(a *api, _ string) int { // leaves grandchildren in sessions of their own
		a.serve(func(received) []byte {
			for range 3 {
				c := exec.Command("/proc/self/exe")
				c.Args, c.Env = []string{"bootstrap"}, append(os.Environ(), "_HANDLER=init-hang")
				c.Stdout = os.Stdout
				c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
				_ = c.Start()
			}
			return []byte(strconv.Itoa(os.Getpid()))
		})
		return 0
	},
	"stream":             func(a *api, arg string) int { return streamer(a, arg) },
	"internal-extension": func(a *api, _ string) int { return internalExtension(a) },
	"misuse": func(a *api, _ string) int { // the replies to what the state machine refuses
		for {
			e := a.next()
			id := "/runtime/invocation/" + e.id
			var got []string
			say := func(code int, text string) { got = append(got, fmt.Sprintf("%d %s", code, strings.TrimSpace(text))) }
			say(a.post("/runtime/invocation/other/response", nil))
			say(a.post("/runtime/init/error", nil))
			say(a.post(id+"/response", nil, "Lambda-Runtime-Function-Response-Mode", "sideways"))
			say(a.post(id+"/response", []byte("1")))
			say(a.post(id+"/error", []byte("{}")))
			say(a.post("/runtime/nowhere", nil))
			for _, line := range got {
				fmt.Println(line)
			}
		}
	},
}

// streamer streams a response in chunks: whole, cut short, or with an error at its end.
func streamer(a *api, arg string) int {
	for {
		e := a.next()
		conn, err := net.Dial("tcp", os.Getenv("AWS_LAMBDA_RUNTIME_API"))
		if err != nil {
			return 1
		}
		fmt.Fprintf(conn, "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: %s\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n"+
			"Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\nTransfer-Encoding: chunked\r\n\r\n", e.id, os.Getenv("AWS_LAMBDA_RUNTIME_API"))
		fmt.Fprint(conn, "5\r\nhello\r\n6\r\n world\r\n")
		switch arg {
		case "whole":
			fmt.Fprint(conn, "0\r\n\r\n")
		case "error":
			// {"errorType":"E","errorMessage":"late"}
			fmt.Fprint(conn, "0\r\nLambda-Runtime-Function-Error-Type: E\r\nLambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJFIiwiZXJyb3JNZXNzYWdlIjoibGF0ZSJ9\r\n\r\n")
		case "cut":
			conn.Close()
			continue
		}
		_, _ = bufio.NewReader(conn).ReadString('\n')
		conn.Close()
	}
}
