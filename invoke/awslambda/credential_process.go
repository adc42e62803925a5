package awslambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Limits of what a credential process may say, in bytes.
const (
	maxProcessOutput    = 64 << 10
	maxProcessComplaint = 4 << 10
)

// A credentialProcess runs the credential_process of a profile. The process has no
// terminal and no input: the terminal is the workbench's. Its output is never part of an
// error, as it holds credentials; what it writes to standard error is, scrubbed.
type credentialProcess struct {
	command string
	limit   time.Duration
}

// A processError says why a credential process gave nothing.
type processError struct{ text string }

func (e *processError) Error() string { return "credential_process: " + e.text }

// Retrieve runs the process once. aws.CredentialsProvider.
func (p *credentialProcess) Retrieve(ctx context.Context) (aws.Credentials, error) {
	ctx, done := context.WithTimeout(ctx, p.limit)
	defer done()
	shell := []string{"sh", "-c", p.command}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd.exe", "/C", p.command}
	}
	cmd := exec.CommandContext(ctx, shell[0], shell[1:]...)
	cmd.Env = os.Environ()
	output := &bounded{limit: maxProcessOutput, full: errors.New("it says more than credentials are long")}
	complaint := &bounded{limit: maxProcessComplaint}
	cmd.Stdout, cmd.Stderr = output, complaint
	cmd.WaitDelay = time.Second
	ownSession(cmd)
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // it has ended; something that it started and that lives on holds its output
	}
	if err != nil {
		endSession(cmd)
	}
	switch {
	case ctx.Err() != nil:
		return aws.Credentials{}, ctx.Err()
	case output.overflowed:
		return aws.Credentials{}, &processError{output.full.Error()}
	case err != nil:
		text := err.Error()
		if said := strings.TrimSpace(string(complaint.kept)); said != "" {
			text += ": " + said
		}
		return aws.Credentials{}, &processError{text}
	}
	return readCredentials(output.kept)
}

// readCredentials reads the document that a credential process prints, version 1.
func readCredentials(document []byte) (aws.Credentials, error) {
	var d struct {
		Version                                               int
		AccessKeyId, SecretAccessKey, SessionToken, AccountId string
		Expiration                                            *time.Time
	}
	switch err := json.Unmarshal(document, &d); {
	case err != nil:
		return aws.Credentials{}, &processError{"what it prints is not the JSON of credentials"}
	case d.Version != 1:
		return aws.Credentials{}, &processError{fmt.Sprintf("it prints version %d; 1 is the only one there is", d.Version)}
	case d.AccessKeyId == "" || d.SecretAccessKey == "":
		return aws.Credentials{}, &processError{"it prints no AccessKeyId or no SecretAccessKey"}
	}
	c := aws.Credentials{
		AccessKeyID: d.AccessKeyId, SecretAccessKey: d.SecretAccessKey, SessionToken: d.SessionToken,
		AccountID: d.AccountId, Source: "credential_process",
	}
	if d.Expiration != nil {
		c.CanExpire, c.Expires = true, *d.Expiration
	}
	return c, nil
}

// bounded keeps the first bytes that are written to it. With full set, writing more is
// an error, which ends the writer's pipe; else the rest is dropped. It embeds no buffer,
// whose ReadFrom io.Copy would use instead.
type bounded struct {
	kept       []byte
	limit      int
	full       error
	overflowed bool
}

func (b *bounded) Write(p []byte) (int, error) {
	room := b.limit - len(b.kept)
	if len(p) <= room {
		b.kept = append(b.kept, p...)
		return len(p), nil
	}
	b.overflowed = true
	b.kept = append(b.kept, p[:room]...)
	return len(p), b.full
}
