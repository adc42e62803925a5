package samples

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The test binary is the samples' bootstrap, as lambent's own binary is.
func TestMain(m *testing.M) {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" && filepath.Base(os.Args[0]) == "bootstrap" {
		os.Exit(Bootstrap())
	}
	os.Exit(m.Run())
}

const requestID = "8f5b8f2a-5b0c-4f4e-9d0e-000000000000"

// An end is what came of a process: what it posted, its log, its exit status (-1
// when the test ended it).
type end struct {
	routes, bodies []string
	log            string
	exit           int
}

// serve runs the handler in a process and gives it the payloads as events.
func serve(t testing.TB, handler, code string, env []string, payloads ...string) end {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var e end
	idle := make(chan struct{})
	given := 0
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// One connection, one request at a time: no lock is needed.
		route := strings.TrimPrefix(r.URL.Path, "/2018-06-01/runtime/")
		if r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			e.routes, e.bodies = append(e.routes, route), append(e.bodies, string(body))
			w.WriteHeader(http.StatusAccepted)
			return
		}
		if given == len(payloads) {
			close(idle)
			<-r.Context().Done()
			return
		}
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", requestID)
		w.Header().Set("Lambda-Runtime-Deadline-Ms", "99999999999999")
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:"+handler)
		w.Header().Set("Lambda-Runtime-Client-Context", `{"custom":{"k":1.0}}`)
		given++
		_, _ = io.WriteString(w, payloads[given-1])
	})}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()

	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, self)
	cmd.Args = []string{"bootstrap"}
	cmd.Dir = code
	cmd.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String(), "_HANDLER=" + handler, "LAMBDA_TASK_ROOT=" + code,
		"AWS_LAMBDA_FUNCTION_NAME=" + handler, "AWS_LAMBDA_FUNCTION_VERSION=3", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=16"}, env...)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			e.exit = exit.ExitCode()
		}
	case <-idle:
		e.exit = -1
		_ = cmd.Process.Kill()
		<-ended
	}
	if ctx.Err() != nil {
		t.Fatalf("%s neither ended nor asked for more; log:\n%s", handler, log.String())
	}
	e.log = log.String()
	return e
}

func (e end) only(t *testing.T, kind string) string {
	t.Helper()
	if len(e.bodies) != 1 || e.routes[0] != "invocation/"+requestID+"/"+kind {
		t.Fatalf("posted %q: %q\nlog: %s", e.routes, e.bodies, e.log)
	}
	return e.bodies[0]
}

// code is the folder of a function, with another rules.json where rules is given.
func code(t testing.TB, function, rules string) string {
	t.Helper()
	dir := t.TempDir()
	if rules != "" {
		if err := write("published/"+rules, dir); err != nil {
			t.Fatal(err)
		}
	}
	if err := write("project/functions/"+function, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestHello(t *testing.T) {
	for payload, want := range map[string]string{
		`{"name":"Ada"}`:           `{"message":"Hello, Ada."}`,
		`{"name":"<é> & \"q\"\n"}`: `{"message":"Hello, <é> & \"q\"\n."}`,
		`{"name":null}`:            `{"message":"Hello, world."}`,
		`{}`:                       `{"message":"Hello, world."}`,
		``:                         `{"message":"Hello, world."}`,
	} {
		if got := serve(t, "hello", code(t, "hello", ""), nil, payload).only(t, "response"); got != want {
			t.Errorf("%s: got %s, want %s", payload, got, want)
		}
	}
	got := serve(t, "hello", code(t, "hello", ""), nil, `[1]`).only(t, "error")
	if !strings.HasPrefix(got, `{"errorMessage":"the event must be a JSON object: `) || !strings.HasSuffix(got, `","errorType":"BadEvent"}`) {
		t.Errorf("got %s", got)
	}
}

func TestEchoReturnsTheEventByteForByte(t *testing.T) {
	payload := "{ \"id\": 12345678901234567890, \"f\": [1.0,1e2 , -0],\r\n\t\"s\": \"\\u00e9é<\" }"
	dir := code(t, "echo", "")
	got := serve(t, "echo", dir, []string{"GREETING=from the template", "AWS_SECRET_ACCESS_KEY=hunter2"}, payload).only(t, "response")
	if !strings.HasPrefix(got, `{"event":`+payload+`,"context":{"awsRequestId":"`+requestID+`","invokedFunctionArn":"arn:aws:lambda:us-east-1:123456789012:function:echo",`) {
		t.Errorf("got %s", got)
	}
	var about struct {
		Context struct {
			Remaining int64           `json:"remainingTimeInMillis"`
			Client    json.RawMessage `json:"clientContext"`
			TaskRoot  string          `json:"taskRoot"`
		}
		Headers, Environment map[string]string
	}
	if err := json.Unmarshal([]byte(got), &about); err != nil {
		t.Fatal(err)
	}
	if about.Context.Remaining <= 0 || string(about.Context.Client) != `{"custom":{"k":1.0}}` || about.Context.TaskRoot != dir {
		t.Errorf("context %+v", about.Context)
	}
	if about.Headers["Lambda-Runtime-Deadline-Ms"] != "99999999999999" || about.Environment["GREETING"] != "from the template" {
		t.Errorf("headers %v, environment %v", about.Headers, about.Environment)
	}
	if strings.Contains(got, "hunter2") {
		t.Error("a secret key is in the response")
	}
}

func TestOrders(t *testing.T) {
	const order = `{"id": 12345678901234567890, "lines": [{"sku": "tea-earl-grey", "quantity": 12}, {"sku": "cup-stoneware", "quantity": 2}]}`
	lines := func(tea, discount, total, cup, cups string) string {
		return `"lines":[{"sku":"tea-earl-grey","quantity":12,"price":` + tea + `,"discount":` + discount + `,"total":` + total +
			`},{"sku":"cup-stoneware","quantity":2,"price":` + cup + `,"discount":0.00,"total":` + cups + `}]`
	}
	tests := []struct{ name, rules, payload, want string }{
		{"version 1", "1", order, `{"id":12345678901234567890,"status":"priced","rules":"opening: one price for everyone",` +
			lines("4.20", "0.00", "50.40", "11.90", "23.80") + `,"goods":74.20,"shipping":5.90,"total":80.10,"currency":"EUR"}`},
		{"version 2", "2", order, `{"id":12345678901234567890,"status":"priced","rules":"autumn: cheaper by the dozen",` +
			lines("4.50", "5.40", "48.60", "12.40", "24.80") + `,"goods":73.40,"shipping":0.00,"total":73.40,"currency":"EUR"}`},
		{"only an id", "2", `{"id": 12345678901234567890}`, `{"id":12345678901234567890,"status":"empty","rules":"autumn: cheaper by the dozen","goods":0.00,"shipping":0.00,"total":0.00,"currency":"EUR"}`},
		{"spelling of the id", "2", `{"id": 1.50e+2}`, `{"id":1.50e+2,"status":"empty","rules":"autumn: cheaper by the dozen","goods":0.00,"shipping":0.00,"total":0.00,"currency":"EUR"}`},
		{"an id of any kind", "2", `{"id": "a<\u00e9&b"}`, `{"id":"a<\u00e9&b","status":"empty","rules":"autumn: cheaper by the dozen","goods":0.00,"shipping":0.00,"total":0.00,"currency":"EUR"}`},
		{"everything wrong", "2", `{"lines": [{"sku": "gold", "quantity": 1}, {"sku": "tea-sencha", "quantity": 1.5}, {"sku": "tea-sencha", "quantity": 10001}, {"sku": 1}]}`,
			`{"status":"rejected","rules":"autumn: cheaper by the dozen","problems":["id is missing","lines[0]: there is no gold","lines[1]: quantity must be a whole number from 1 to 10000","lines[2]: quantity must be a whole number from 1 to 10000","lines[3]: sku must be a text"]}`},
		{"lines of another kind", "2", `{"id": 1, "lines": "two"}`, `{"id":1,"status":"rejected","rules":"autumn: cheaper by the dozen","problems":["lines must be a list of objects"]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := serve(t, "orders", code(t, "orders", tt.rules), nil, tt.payload).only(t, "response"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestOrdersWithoutRules(t *testing.T) {
	for rules, kind := range map[string]string{"": "RulesMissing", "{": "RulesBroken", `{"prices":{"a":"-1"}}`: "RulesBroken"} {
		dir := t.TempDir()
		if rules != "" {
			if err := os.WriteFile(filepath.Join(dir, "rules.json"), []byte(rules), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		e := serve(t, "orders", dir, nil)
		if e.exit != 1 || len(e.routes) != 1 || e.routes[0] != "init/error" || !strings.HasSuffix(e.bodies[0], `","errorType":"`+kind+`"}`) {
			t.Errorf("rules %q: exit status %d, posted %q: %q", rules, e.exit, e.routes, e.bodies)
		}
	}
}

func TestFailsWithAStackTraceAndGoesOn(t *testing.T) {
	e := serve(t, "fails", code(t, "fails", ""), nil, `{"card":"1234","amount":"7.00"}`, `{}`)
	if len(e.bodies) != 2 || e.exit != -1 {
		t.Fatalf("posted %q, exit status %d", e.bodies, e.exit)
	}
	want := regexp.MustCompile(`^\{"errorMessage":"the card 1234 has 12\.00 EUR and 7\.00 EUR are asked for","errorType":"PaymentDeclined","stackTrace":\[` +
		`\{"path":"samples/handlers\.go","line":\d+,"label":"reserveFunds"\},\{"path":"samples/handlers\.go","line":\d+,"label":"chargeCard"\},\{"path":"samples/handlers\.go","line":\d+,"label":"fails"\}\]\}$`)
	if !want.MatchString(e.bodies[0]) {
		t.Errorf("got %s", e.bodies[0])
	}
	if !strings.HasPrefix(e.log, "charging 7.00 EUR to the card 1234\nreserving funds\nERROR PaymentDeclined: the card 1234 ") {
		t.Errorf("log %q", e.log)
	}
}

func TestSlowLogsItsSteps(t *testing.T) {
	e := serve(t, "slow", code(t, "slow", ""), nil, `{"seconds":0.6}`)
	if got := e.only(t, "response"); !regexp.MustCompile(`^\{"steps":3,"workedMs":[67]\d\d\}$`).MatchString(got) && !strings.HasPrefix(got, `{"steps":3,`) {
		t.Errorf("got %s", got)
	}
	if !strings.HasPrefix(e.log, "step 1 of 3: ") || strings.Count(e.log, "\n") != 3 {
		t.Errorf("log %q", e.log)
	}
	for _, payload := range []string{`{"seconds":-1}`, `{"seconds":1e9}`, `{"seconds":"long"}`} {
		if got := serve(t, "slow", code(t, "slow", ""), nil, payload).only(t, "error"); !strings.HasSuffix(got, `"errorType":"BadEvent"}`) {
			t.Errorf("%s: got %s", payload, got)
		}
	}
}

func TestCrashesWithTheStatus(t *testing.T) {
	for payload, want := range map[string]int{`{"status":1}`: 1, `{"status":0}`: 0, `{"status":77}`: 77, `{}`: 1} {
		e := serve(t, "crashes", code(t, "crashes", ""), nil, payload)
		if e.exit != want || len(e.bodies) != 0 || !strings.HasPrefix(e.log, "about to exit with status ") {
			t.Errorf("%s: exit status %d, posted %q, log %q", payload, e.exit, e.bodies, e.log)
		}
	}
}

// Where nothing enforces the limit, the function gives up by itself.
func TestEatsMemoryGivesUp(t *testing.T) {
	e := serve(t, "eats-memory", code(t, "eats-memory", ""), nil, `{}`)
	if got := e.only(t, "error"); got != `{"errorMessage":"held 64 MB, and nobody stopped it","errorType":"StillRunning"}` {
		t.Errorf("got %s", got)
	}
	if !strings.Contains(e.log, "holding 16 MB of 16 MB\nholding 24 MB of 16 MB\n") {
		t.Errorf("log %q", e.log)
	}
}

func TestUnknownHandler(t *testing.T) {
	e := serve(t, "nope", t.TempDir(), nil)
	if e.exit != 1 || len(e.bodies) != 1 || e.routes[0] != "init/error" || e.bodies[0] != `{"errorMessage":"the sample project has no handler \"nope\"","errorType":"Runtime.HandlerNotFound"}` {
		t.Errorf("exit status %d, posted %q: %q", e.exit, e.routes, e.bodies)
	}
}

func TestBootstrapWithoutRuntimeAPI(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	t.Setenv("AWS_LAMBDA_RUNTIME_API", address)
	if got := Bootstrap(); got != 1 {
		t.Errorf("exit status %d, want 1", got)
	}
}
