package samples

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
)

// A handler answers one event. A *failure is posted with its own type; any other
// error with the type errorString, as a Go function's would be (spec §5.3).
type handler func(e event) ([]byte, error)

// functions are the sample's functions by their handler setting. Each is made
// once for a process: what it does before it returns is its init.
var functions = map[string]func(taskRoot string) (handler, error){
	"hello":       always(hello),
	"echo":        always(echo),
	"orders":      newOrders,
	"fails":       always(fails),
	"slow":        always(slow),
	"times-out":   always(timesOut),
	"crashes":     always(crashes),
	"eats-memory": always(eatsMemory),
}

func always(h handler) func(string) (handler, error) {
	return func(string) (handler, error) { return h, nil }
}

// An event is one invocation as the Runtime API hands it over.
type event struct {
	id      string
	header  http.Header
	payload []byte // exact bytes
}

// logf writes a line to the invocation's log.
func (e event) logf(format string, args ...any) { fmt.Fprintf(os.Stdout, format+"\n", args...) }

// Bootstrap makes this process the runtime of a sample function: it reads
// AWS_LAMBDA_RUNTIME_API, _HANDLER and LAMBDA_TASK_ROOT, serves events until the
// Runtime API ends, and returns the exit status. Main calls it when
// AWS_LAMBDA_RUNTIME_API is set and the base of argv[0] is "bootstrap".
func Bootstrap() int {
	api, err := dial(os.Getenv("AWS_LAMBDA_RUNTIME_API"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "connect to the Runtime API:", err)
		return 1
	}
	handle, err := load(os.Getenv("_HANDLER"), os.Getenv("LAMBDA_TASK_ROOT"))
	if err != nil {
		document, kind := describe(err)
		fmt.Fprintf(os.Stderr, "%s: %v\n", kind, err)
		if err := api.report("init/error", document, "Lambda-Runtime-Function-Error-Type: "+kind+"\r\n"); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		return 1
	}
	for {
		e, err := api.next()
		if err == nil {
			err = api.answer(e, handle)
		}
		if err != nil {
			// The Runtime API goes away when the environment ends: nobody needs to hear of it.
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, net.ErrClosed) {
				fmt.Fprintln(os.Stderr, err)
			}
			return 1
		}
	}
}

func load(name, taskRoot string) (handler, error) {
	create, ok := functions[name]
	if !ok {
		return nil, &failure{kind: "Runtime.HandlerNotFound", message: fmt.Sprintf("the sample project has no handler %q", name)}
	}
	return create(taskRoot)
}

// runtimeAPI is one keep-alive connection to the Runtime API (spec §2.1). It is not
// net/http's client: a sample should start and answer as fast as a process can.
type runtimeAPI struct {
	conn net.Conn
	in   *bufio.Reader
	host string
	out  bytes.Buffer
}

func dial(address string) (*runtimeAPI, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &runtimeAPI{conn: conn, in: bufio.NewReaderSize(conn, 16<<10), host: address}, nil
}

func (a *runtimeAPI) next() (event, error) {
	status, header, body, err := a.call("GET", "invocation/next", "", nil)
	if err != nil {
		return event{}, fmt.Errorf("wait for an event: %w", err)
	}
	if status != http.StatusOK {
		return event{}, fmt.Errorf("wait for an event: status %d: %s", status, body)
	}
	return event{id: header.Get("Lambda-Runtime-Aws-Request-Id"), header: header, payload: body}, nil
}

// answer runs the handler and posts what came of it.
func (a *runtimeAPI) answer(e event, handle handler) error {
	response, err := handle(e)
	if err != nil {
		document, kind := describe(err)
		e.logf("ERROR %s: %v", kind, err)
		return a.report("invocation/"+e.id+"/error", document, "")
	}
	return a.report("invocation/"+e.id+"/response", response, "")
}

func (a *runtimeAPI) report(route string, body []byte, fields string) error {
	status, _, answer, err := a.call("POST", route, fields, body)
	if err != nil {
		return fmt.Errorf("post %s: %w", route, err)
	}
	if status != http.StatusAccepted {
		return fmt.Errorf("post %s: status %d: %s", route, status, answer)
	}
	return nil
}

// call sends a request in one write and reads the whole answer. A nil body is none.
func (a *runtimeAPI) call(method, route, fields string, body []byte) (int, http.Header, []byte, error) {
	a.out.Reset()
	a.out.WriteString(method + " /2018-06-01/runtime/" + route + " HTTP/1.1\r\nHost: " + a.host +
		"\r\nUser-Agent: lambent-sample\r\n" + fields)
	if method == "POST" {
		a.out.WriteString("Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n")
	}
	a.out.WriteString("\r\n")
	a.out.Write(body)
	if _, err := a.conn.Write(a.out.Bytes()); err != nil {
		return 0, nil, nil, err
	}
	answer, err := http.ReadResponse(a.in, nil)
	if err != nil {
		return 0, nil, nil, err
	}
	defer answer.Body.Close()
	whole, err := readSized(answer.Body, answer.ContentLength)
	return answer.StatusCode, answer.Header, whole, err
}

func readSized(r io.Reader, size int64) ([]byte, error) {
	if size < 0 {
		return io.ReadAll(r)
	}
	whole := make([]byte, size)
	_, err := io.ReadFull(r, whole)
	return whole, err
}

// A failure is an error of a sample function that says its own type, and perhaps
// where it happened.
type failure struct {
	kind, message string
	stack         []frame
}

func (f *failure) Error() string { return f.message }

// A frame is one entry of a Go function's stackTrace (spec §5.3).
type frame struct {
	Path  string `json:"path"`
	Line  int    `json:"line"`
	Label string `json:"label"`
}

// describe is the error document that the Runtime API gets, and its errorType.
func describe(err error) (document []byte, kind string) {
	f := &failure{kind: "errorString", message: err.Error()}
	errors.As(err, &f)
	return encode(struct {
		Message string  `json:"errorMessage"`
		Type    string  `json:"errorType"`
		Stack   []frame `json:"stackTrace,omitempty"`
	}{f.message, f.kind, f.stack}), f.kind
}

// encode is compact JSON that leaves <, > and & alone, and raw JSON within it as it is.
func encode(value any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		// Only values of this package come here: texts, numbers and valid raw JSON.
		panic(err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
