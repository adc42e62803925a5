//go:build unix

package local

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// extensionMark is set where the test binary may be started as an extension.
const extensionMark = "LAMBENT_TEST_EXTENSION"

// An extensionClient is an extension's side of the Extensions API.
type extensionClient struct{ base, id string }

const (
	registerPath = "/2020-01-01/extension/register"
	nextPath     = "/2020-01-01/extension/event/next"
)

func (c *extensionClient) send(method, path, body string, header ...string) (*http.Response, string) {
	req, _ := http.NewRequest(method, c.base+path, strings.NewReader(body))
	if c.id != "" {
		req.Header.Set("Lambda-Extension-Identifier", c.id)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		os.Exit(101)
	}
	defer r.Body.Close()
	text, _ := io.ReadAll(r.Body)
	return r, string(text)
}

func (c *extensionClient) register(name string, events string) string {
	r, text := c.send("POST", registerPath, `{"events":`+events+`}`, "Lambda-Extension-Name", name, "Lambda-Extension-Accept-Feature", "accountId")
	c.id = r.Header.Get("Lambda-Extension-Identifier")
	return strings.TrimSpace(text)
}

type extensionEvent struct {
	EventType, RequestID, InvokedFunctionArn, ShutdownReason string
	DeadlineMs                                               int64
	Tracing                                                  struct{ Type, Value string }
}

func (c *extensionClient) next() (e extensionEvent) {
	_, text := c.send("GET", nextPath, "")
	_ = json.Unmarshal([]byte(text), &e)
	return e
}

// beExtension is the external extension whose name says what it does. What it notes goes
// to the log, and to a file in the folder that NOTES names, which outlives its environment.
func beExtension() int {
	name := filepath.Base(os.Args[0])
	c := &extensionClient{base: "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API")}
	note := func(what string) {
		fmt.Println(os.Args[0] + ": " + what)
		f, err := os.OpenFile(filepath.Join(os.Getenv("NOTES"), name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, _ = f.WriteString(what + "\n")
			f.Close()
		}
	}
	if name == "dies-first" {
		return 0
	}
	note("registered " + c.register(name, `["INVOKE", "SHUTDOWN"]`))
	switch name {
	case "fails-init":
		c.send("POST", "/2020-01-01/extension/init/error", "", "Lambda-Extension-Function-Error-Type", "Extension.NoKey")
		return 0
	case "never-ready":
		time.Sleep(time.Hour)
	}
	for {
		e := c.next()
		if e.EventType == "SHUTDOWN" {
			note("SHUTDOWN " + e.ShutdownReason)
			if name == "stays" {
				time.Sleep(time.Hour)
			}
			return 0
		}
		note("INVOKE " + e.RequestID + " " + e.InvokedFunctionArn + " " + e.Tracing.Type)
		switch name {
		case "slow":
			time.Sleep(150 * time.Millisecond)
		case "dies-later":
			return 3
		case "hangs":
			time.Sleep(time.Hour)
		}
	}
}

// internalExtension registers from inside the runtime and tells what it was answered.
func internalExtension(a *api) int {
	c := &extensionClient{base: strings.TrimSuffix(a.base, "/2018-06-01")}
	told := map[string]string{}
	say := func(what, method, path, body string, header ...string) {
		r, text := c.send(method, path, body, header...)
		told[what] = decimalInt(r.StatusCode) + " " + strings.TrimSpace(text)
	}
	say("shutdown", "POST", registerPath, `{"events":["SHUTDOWN"]}`, "Lambda-Extension-Name", "inner")
	say("unknown", "POST", registerPath, `{"events":["TICK"]}`, "Lambda-Extension-Name", "inner")
	say("nameless", "POST", registerPath, `{"events":[]}`)
	say("no body", "POST", registerPath, "", "Lambda-Extension-Name", "inner")
	say("no id", "GET", nextPath, "")
	say("bad id", "GET", nextPath, "", "Lambda-Extension-Identifier", "x")
	say("wrong id", "GET", nextPath, "", "Lambda-Extension-Identifier", "00000000-0000-0000-0000-000000000000")
	c.register("inner", `["INVOKE"]`)
	say("again", "POST", registerPath, `{"events":["INVOKE"]}`, "Lambda-Extension-Name", "inner")
	say("no type", "POST", "/2020-01-01/extension/exit/error", "")
	say("telemetry", "PUT", "/2022-07-01/telemetry", "{}")
	say("logs", "PUT", "/2020-08-15/logs", "{}")
	events := make(chan extensionEvent)
	go func() {
		for {
			events <- c.next()
		}
	}()
	for {
		e := a.next()
		say("late", "POST", registerPath, `{"events":[]}`, "Lambda-Extension-Name", "late")
		x := <-events
		told["event"] = x.EventType + " " + x.RequestID
		b, _ := json.Marshal(told)
		a.respond(e.id, b)
	}
}
