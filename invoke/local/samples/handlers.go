package samples

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// object reads the event as a JSON object. An event that has no members, an empty
// one included, is an empty object.
func object(e event) (map[string]json.RawMessage, error) {
	members := map[string]json.RawMessage{}
	if len(e.payload) == 0 {
		return members, nil
	}
	if err := json.Unmarshal(e.payload, &members); err != nil {
		return nil, &failure{kind: "BadEvent", message: "the event must be a JSON object: " + err.Error()}
	}
	return members, nil
}

// member reads one member of the event into the value, which stays as it is when
// there is no such member.
func member(members map[string]json.RawMessage, name string, into any) error {
	raw, ok := members[name]
	if !ok || string(raw) == "null" {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return &failure{kind: "BadEvent", message: fmt.Sprintf("%s can't be %s", name, raw)}
	}
	return nil
}

func hello(e event) ([]byte, error) {
	members, err := object(e)
	if err != nil {
		return nil, err
	}
	name := "world"
	if err := member(members, "name", &name); err != nil {
		return nil, err
	}
	e.logf("greeting %s", name)
	return encode(map[string]string{"message": "Hello, " + name + "."}), nil
}

// echo returns everything that a function can know about its invocation. The event
// is returned byte for byte.
func echo(e event) ([]byte, error) {
	payload := e.payload
	if len(payload) == 0 {
		payload = []byte("null")
	}
	deadline, _ := strconv.ParseInt(e.header.Get("Lambda-Runtime-Deadline-Ms"), 10, 64)
	headers := map[string]string{}
	for name := range e.header {
		if strings.HasPrefix(name, "Lambda-Runtime-") || name == "Content-Type" {
			headers[name] = e.header.Get(name)
		}
	}
	about := encode(struct {
		Context     any               `json:"context"`
		Headers     map[string]string `json:"headers"`
		Environment map[string]string `json:"environment"`
	}{
		struct {
			RequestID  string `json:"awsRequestId"`
			ARN        string `json:"invokedFunctionArn"`
			Name       string `json:"functionName"`
			Version    string `json:"functionVersion"`
			Memory     string `json:"memoryLimitInMB"`
			Remaining  int64  `json:"remainingTimeInMillis"`
			Client     any    `json:"clientContext,omitempty"`
			TaskRoot   string `json:"taskRoot"`
			WorkingDir string `json:"workingDirectory"`
			GoVersion  string `json:"goVersion"`
		}{
			e.id, e.header.Get("Lambda-Runtime-Invoked-Function-Arn"), os.Getenv("AWS_LAMBDA_FUNCTION_NAME"),
			os.Getenv("AWS_LAMBDA_FUNCTION_VERSION"), os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
			max(0, deadline-time.Now().UnixMilli()), raw(e.header.Get("Lambda-Runtime-Client-Context")),
			os.Getenv("LAMBDA_TASK_ROOT"), workingDir(), runtime.Version(),
		},
		headers, environment(),
	})
	// encode would write the event's JSON compactly.
	out := append([]byte(`{"event":`), payload...)
	out = append(out, ',')
	return append(out, about[1:]...), nil
}

func raw(text string) any {
	if !json.Valid([]byte(text)) {
		return nil
	}
	return json.RawMessage(text)
}

func workingDir() string {
	dir, err := os.Getwd()
	if err != nil {
		return err.Error()
	}
	return dir
}

// secret are variables whose values should not end up in a history.
var secret = map[string]bool{"AWS_SECRET_ACCESS_KEY": true, "AWS_SESSION_TOKEN": true}

func environment() map[string]string {
	all := map[string]string{}
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if secret[name] {
			value = "(set, not shown)"
		}
		all[name] = value
	}
	return all
}

// fails shows a function's own error with a stack trace; the process goes on.
func fails(e event) ([]byte, error) {
	members, err := object(e)
	if err != nil {
		return nil, err
	}
	card, amount := "4929 0341", "59.90"
	if err := member(members, "card", &card); err != nil {
		return nil, err
	}
	if err := member(members, "amount", &amount); err != nil {
		return nil, err
	}
	e.logf("charging %s EUR to the card %s", amount, card)
	return nil, chargeCard(e, card, amount)
}

func chargeCard(e event, card, amount string) error {
	e.logf("reserving funds")
	return reserveFunds(card, amount)
}

func reserveFunds(card, amount string) error {
	return withStack("PaymentDeclined", fmt.Sprintf("the card %s has 12.00 EUR and %s EUR are asked for", card, amount))
}

// withStack is a failure that knows the functions of this package that led to it.
func withStack(kind, message string) *failure {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	f := &failure{kind: kind, message: message}
	for {
		at, more := frames.Next()
		name, ours := strings.CutPrefix(at.Function, "lambent/invoke/local/samples.")
		if !ours || strings.HasPrefix(name, "(*runtimeAPI)") {
			break
		}
		f.stack = append(f.stack, frame{Path: "samples/" + filepath.Base(at.File), Line: at.Line, Label: name})
		if !more {
			break
		}
	}
	return f
}

// slow works for as many seconds as the event says and logs every quarter of one.
func slow(e event) ([]byte, error) {
	members, err := object(e)
	if err != nil {
		return nil, err
	}
	seconds := 4.0
	if err := member(members, "seconds", &seconds); err != nil {
		return nil, err
	}
	const longest = 900 // Lambda's longest timeout, in seconds
	if seconds < 0 || seconds > longest {
		return nil, &failure{kind: "BadEvent", message: fmt.Sprintf("seconds must be from 0 to %d", longest)}
	}
	const step = 250 * time.Millisecond
	total := time.Duration(seconds * float64(time.Second))
	steps := max(1, int((total+step-1)/step))
	started := time.Now()
	for n := 1; n <= steps; n++ {
		time.Sleep(time.Until(started.Add(min(total, time.Duration(n)*step))))
		e.logf("step %d of %d: %s", n, steps, work[n%len(work)])
	}
	return encode(map[string]any{"steps": steps, "workedMs": time.Since(started).Milliseconds()}), nil
}

var work = []string{"reading the catalogue", "matching names", "computing totals", "writing the index"}

// timesOut waits for something that never comes.
func timesOut(e event) ([]byte, error) {
	members, err := object(e)
	if err != nil {
		return nil, err
	}
	host := "db.internal"
	if err := member(members, "host", &host); err != nil {
		return nil, err
	}
	e.logf("connecting to %s", host)
	for {
		time.Sleep(time.Hour)
	}
}

// crashes ends the process in the middle of the invocation.
func crashes(e event) ([]byte, error) {
	members, err := object(e)
	if err != nil {
		return nil, err
	}
	status := 1
	if err := member(members, "status", &status); err != nil {
		return nil, err
	}
	if status < 0 || status > 255 {
		return nil, &failure{kind: "BadEvent", message: "status must be from 0 to 255"}
	}
	e.logf("about to exit with status %d and without an answer", status)
	os.Exit(status)
	return nil, nil
}

// eatsMemory takes memory in steps until it is stopped. Where nobody stops it, it
// gives up at four times its limit, so that it never takes a machine down.
func eatsMemory(e event) ([]byte, error) {
	limit, err := strconv.Atoi(os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
	if err != nil || limit <= 0 {
		limit = 128
	}
	const step, page = 8, 4096 // MB, bytes
	var held [][]byte
	for mb := step; mb <= 4*limit; mb += step {
		block := make([]byte, step<<20)
		for at := 0; at < len(block); at += page {
			block[at] = 1 // a page that is never written to takes no memory
		}
		held = append(held, block)
		e.logf("holding %d MB of %d MB", mb, limit)
		time.Sleep(20 * time.Millisecond)
	}
	return nil, &failure{kind: "StillRunning", message: fmt.Sprintf("held %d MB, and nobody stopped it", len(held)*step)}
}
