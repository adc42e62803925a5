package cli

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"lambent/invoke"
	"lambent/invoke/jsondoc"
	"lambent/ui/settings"
)

// maxPayloadRead bounds what is read from a file or from standard input: far more
// than Lambda takes, so that what is too large is refused as Lambda refuses it,
// with the true size.
const maxPayloadRead = 256 << 20

// readPayload turns the value of --payload into the bytes that are sent.
func (a *app) readPayload(value string) ([]byte, error) {
	if value == "-" {
		return bounded(a.stdin, "standard input")
	}
	if file, ok := payloadFile(value); ok {
		return readFile(file)
	}
	return []byte(value), nil
}

// payloadFile is the file that the value of --payload names.
func payloadFile(value string) (file string, ok bool) {
	for _, prefix := range []string{"@", "file://", "fileb://"} { // the last two as the AWS CLI spells them
		if file, ok = strings.CutPrefix(value, prefix); ok {
			return file, true
		}
	}
	return "", false
}

// savedEvent is the name of the saved event that --payload names, as the workbench
// calls it: a file of the project's folder events, or of the one that all projects share.
func savedEvent(value string, s settings.Settings) string {
	file, ok := payloadFile(value)
	if !ok {
		return ""
	}
	file, err := filepath.Abs(file)
	if err != nil {
		return ""
	}
	name, isEvent := strings.CutSuffix(filepath.Base(file), ".json")
	for prefix, dir := range map[string]string{"": s.Project, "shared/": s.DataDir} {
		if within, err := filepath.Abs(filepath.Join(dir, "events")); err == nil && isEvent && within == filepath.Dir(file) {
			return prefix + name
		}
	}
	return ""
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--payload: %q cannot be read: %s", name, reason(err))
	}
	defer f.Close()
	return bounded(f, strconv.Quote(name))
}

func bounded(r io.Reader, name string) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxPayloadRead+1))
	if err != nil {
		return nil, fmt.Errorf("--payload: %s cannot be read: %s", name, reason(err))
	}
	if len(b) > maxPayloadRead {
		return nil, fmt.Errorf("--payload: %s has more than %d MiB, and Lambda takes 6 MiB", name, maxPayloadRead>>20)
	}
	return b, nil
}

// readClientContext is the value of --client-context as it goes on the wire. A
// JSON object is encoded; anything else is taken for base64 and judged by the service.
func readClientContext(value string) (string, error) {
	if !strings.HasPrefix(strings.TrimSpace(value), "{") {
		return value, nil
	}
	if bad := jsondoc.Check([]byte(value)); bad != nil {
		return "", fmt.Errorf("--client-context is no JSON object: line %d, column %d: %s", bad.Line, bad.Column, bad.Message)
	}
	return base64.StdEncoding.EncodeToString([]byte(value)), nil
}

// readType reads an invocation type in any case.
func readType(value string) (invoke.InvocationType, error) {
	for _, t := range invoke.InvocationTypes {
		if strings.EqualFold(value, string(t)) {
			return t, nil
		}
	}
	return "", fmt.Errorf("--invocation-type: %q must be RequestResponse, Event or DryRun", value)
}

// readLogType reads a log type in any case.
func readLogType(value string) (invoke.LogType, error) {
	for _, t := range []invoke.LogType{invoke.LogTail, invoke.LogNone} {
		if strings.EqualFold(value, string(t)) {
			return t, nil
		}
	}
	return "", fmt.Errorf("--log-type: %q must be Tail or None", value)
}

// readWait reads how long to wait: 30s, 1m30s, or a bare number of seconds.
func readWait(value string) (time.Duration, error) {
	if value == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(value)
	if err != nil {
		seconds, bad := strconv.ParseFloat(value, 64)
		if bad != nil || seconds > float64(1<<31) {
			return 0, fmt.Errorf("--timeout: %q must be a time to wait such as 30s or 90", value)
		}
		d = time.Duration(seconds * float64(time.Second))
	}
	if d <= 0 {
		return 0, errors.New("--timeout must be more than nothing")
	}
	return d, nil
}
