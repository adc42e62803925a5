package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// A runtimeAPI is a function's side of the Runtime API, on net/http like most runtimes.
type runtimeAPI struct {
	base   string
	client http.Client
}

type event struct {
	id     string
	header http.Header
	body   []byte
}

func (a *runtimeAPI) next() event {
	r, err := a.client.Get(a.base + "next")
	if err != nil {
		os.Exit(100)
	}
	defer r.Body.Close()
	var body []byte
	if n := r.ContentLength; n >= 0 {
		body = make([]byte, n)
		_, _ = io.ReadFull(r.Body, body)
	} else {
		body, _ = io.ReadAll(r.Body)
	}
	return event{r.Header.Get("Lambda-Runtime-Aws-Request-Id"), r.Header, body}
}

func (a *runtimeAPI) post(id, what string, body io.Reader, change ...func(*http.Request)) {
	req, _ := http.NewRequest("POST", a.base+id+"/"+what, body)
	for _, c := range change {
		c(req)
	}
	r, err := a.client.Do(req)
	if err != nil {
		os.Exit(101)
	}
	_, _ = io.Copy(io.Discard, r.Body)
	r.Body.Close()
}

// bootstrap is the function: it does what its handler says.
func bootstrap() int {
	a := &runtimeAPI{base: "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"}
	do, ok := behaviours[os.Getenv("_HANDLER")]
	if !ok {
		return 99
	}
	for {
		do(a, a.next())
	}
}

var behaviours = map[string]func(*runtimeAPI, event){
	"echo": func(a *runtimeAPI, e event) { a.post(e.id, "response", bytes.NewReader(e.body)) },
	"null": func(a *runtimeAPI, e event) { a.post(e.id, "response", strings.NewReader("null")) },
	"fail": func(a *runtimeAPI, e event) {
		a.post(e.id, "error", strings.NewReader(`{"errorMessage": "boom", "errorType": "ValueError", "requestId": "`+e.id+`", "stackTrace": []}`))
	},
	"log": func(a *runtimeAPI, e event) {
		fmt.Println(strings.Repeat("x", 5000))
		fmt.Println("a line of", e.id)
		a.post(e.id, "response", strings.NewReader("1"))
	},
	"context": func(a *runtimeAPI, e event) {
		b, _ := json.Marshal(map[string]string{
			"id": e.id, "arn": e.header.Get("Lambda-Runtime-Invoked-Function-Arn"),
			"client": e.header.Get("Lambda-Runtime-Client-Context"), "tenant": e.header.Get("Lambda-Runtime-Aws-Tenant-Id"),
			"trace": e.header.Get("Lambda-Runtime-Trace-Id"),
		})
		a.post(e.id, "response", bytes.NewReader(b))
	},
	"stream":       func(a *runtimeAPI, e event) { a.stream(e, "", "first ", "second ", "third") },
	"stream-error": func(a *runtimeAPI, e event) { a.stream(e, "Function.Late", "begun ") },
	"prelude": func(a *runtimeAPI, e event) {
		a.stream(e, "", `{"statusCode":207,"headers":{"content-type":"text/csv","x-number":7},"cookies":["a=1","b=2"]}`+"\x00\x00\x00\x00\x00\x00\x00\x00", "a,b\n", "1,2\n")
	},
	"url": func(a *runtimeAPI, e event) {
		var in struct{ RawPath string }
		_ = json.Unmarshal(e.body, &in)
		answer := string(e.body)
		switch in.RawPath {
		case "/shaped":
			answer = `{"statusCode":201,"headers":{"x-shape":"round"},"cookies":["c=3"],"body":"made"}`
		case "/binary":
			answer = `{"statusCode":200,"headers":{"content-type":"image/png"},"isBase64Encoded":true,"body":"AAEC/w=="}`
		}
		a.post(e.id, "response", strings.NewReader(answer))
	},
	"slow": func(a *runtimeAPI, e event) {
		var d string
		_ = json.Unmarshal(e.body, &d)
		wait, _ := time.ParseDuration(d)
		time.Sleep(wait)
		a.post(e.id, "response", bytes.NewReader(e.body))
	},
	"exit": func(_ *runtimeAPI, e event) { // ends with the status that the event says, or by a signal
		var status int
		_ = json.Unmarshal(e.body, &status)
		if status < 0 {
			self, _ := os.FindProcess(os.Getpid())
			_ = self.Kill()
			select {}
		}
		os.Exit(status)
	},
	"bytes": func(a *runtimeAPI, e event) { // as Python's client posts bytes
		a.post(e.id, "response", strings.NewReader(`"HelloWorld!"`), func(r *http.Request) { r.Header.Set("Content-Type", "application/unknown") })
	},
	"large": func(a *runtimeAPI, e event) { // a response of as many bytes as the event says
		var n int
		_ = json.Unmarshal(e.body, &n)
		a.post(e.id, "response", bytes.NewReader(bytes.Repeat([]byte("7"), n)))
	},
}

// stream posts parts as they come; the next one only leaves when the event says so by
// a file, so that a test sees each alone. errorType ends it with an error.
func (a *runtimeAPI) stream(e event, errorType string, parts ...string) {
	r, w := io.Pipe()
	var gate string
	_ = json.Unmarshal(e.body, &gate)
	trailer := http.Header{}
	go func() {
		for i, part := range parts {
			for gate != "" && i > 0 {
				if _, err := os.Stat(fmt.Sprintf("%s.%d", gate, i)); err == nil {
					break
				}
				time.Sleep(time.Millisecond)
			}
			_, _ = io.WriteString(w, part)
		}
		if errorType != "" {
			trailer.Set("Lambda-Runtime-Function-Error-Type", errorType)
			// {"errorType":"Function.Late","errorMessage":"too late"}
			trailer.Set("Lambda-Runtime-Function-Error-Body", "eyJlcnJvclR5cGUiOiJGdW5jdGlvbi5MYXRlIiwiZXJyb3JNZXNzYWdlIjoidG9vIGxhdGUifQ==")
		}
		w.Close()
	}()
	a.post(e.id, "response", r, func(req *http.Request) {
		req.Header.Set("Lambda-Runtime-Function-Response-Mode", "streaming")
		req.Header.Set("Content-Type", "application/octet-stream")
		if errorType != "" {
			trailer["Lambda-Runtime-Function-Error-Type"], trailer["Lambda-Runtime-Function-Error-Body"] = nil, nil
			req.Trailer = trailer
		}
	})
}
