//go:build unix

package local

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// beExtension is the process of an extension: it tells of every event in its log.
func beExtension(behaviour string) int {
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2020-01-01/extension/"
	id := ""
	ask := func(method, path, body string, headers ...string) (int, http.Header, string) {
		req, _ := http.NewRequest(method, base+path, strings.NewReader(body))
		if id != "" {
			req.Header.Set("Lambda-Extension-Identifier", id)
		}
		for i := 0; i+1 < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		r, err := http.DefaultClient.Do(req)
		if err != nil {
			os.Exit(100)
		}
		defer r.Body.Close()
		text, _ := io.ReadAll(r.Body)
		return r.StatusCode, r.Header, string(text)
	}
	if behaviour == "dies" {
		return 5
	}
	status, header, text := ask("POST", "register", `{"events":["INVOKE","SHUTDOWN"]}`, "Lambda-Extension-Name", "watcher", "Lambda-Extension-Accept-Feature", "accountId")
	id = header.Get("Lambda-Extension-Identifier")
	fmt.Println("registered", status, strings.TrimSpace(text))
	if behaviour == "init-error" {
		ask("POST", "init/error", `{"errorMessage":"no licence"}`, "Lambda-Extension-Function-Error-Type", "Extension.NoLicence")
		return 1
	}
	for {
		_, _, text := ask("GET", "event/next", "")
		var event struct {
			EventType, RequestID, ShutdownReason string
		}
		_ = json.Unmarshal([]byte(text), &event)
		switch {
		case event.EventType == "SHUTDOWN":
			if file := os.Getenv("MARK"); file != "" {
				_ = os.WriteFile(file, []byte(event.ShutdownReason), 0o600)
			}
			return 0
		case behaviour == "slow":
			time.Sleep(150 * time.Millisecond)
		case behaviour == "hangs":
			time.Sleep(time.Minute)
		case behaviour == "crashes":
			return 4
		}
		fmt.Println("extension saw", event.EventType, event.RequestID)
	}
}
