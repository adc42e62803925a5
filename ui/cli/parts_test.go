package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
)

// speaks streams a response in parts and answers with the whole of it. Before it answers
// it calls hear, nil for nothing to wait for.
func speaks(hear func(), parts ...string) func(context.Context, invoke.Request, func(invoke.Progress)) (invoke.Result, error) {
	return func(_ context.Context, req invoke.Request, emit func(invoke.Progress)) (invoke.Result, error) {
		for _, part := range parts {
			if req.Stream && emit != nil {
				emit(invoke.Progress{Kind: invoke.ProgressChunk, Data: []byte(part)})
			}
		}
		if hear != nil {
			hear()
		}
		return result(strings.Join(parts, "")), nil
	}
}

func TestAStreamedResponseIsWrittenAsItComes(t *testing.T) {
	pipe, heard := &pipedOutput{first: make(chan struct{})}, false
	target := &localTarget{fakeTarget: &fakeTarget{answer: speaks(func() {
		select {
		case <-pipe.first:
			heard = true
		case <-time.After(10 * time.Second):
		}
	}, "one ", "t\xc3", "\xb6o\n", "three")}}
	var stderr bytes.Buffer
	s := newStage(t, target)
	exit := Run(s.ctx, []string{"invoke", "orders", "--stream", "--no-history"}, strings.NewReader(""), pipe, &stderr, s.deps())
	if exit != 0 || !heard || pipe.String() != "one t\xc3\xb6o\nthree" {
		t.Errorf("exit %d, written before the answer: %v, %q, %s", exit, heard, pipe.String(), stderr.String())
	}
	if !target.last(t).Stream {
		t.Error("the target was not asked to stream")
	}
}

// A pipedOutput tells when the first byte has been written.
type pipedOutput struct {
	bytes.Buffer
	first chan struct{}
}

func (p *pipedOutput) Write(b []byte) (int, error) {
	if p.Len() == 0 && len(b) > 0 {
		close(p.first)
	}
	return p.Buffer.Write(b)
}

func TestMoreThanTheQueueHoldsIsWrittenAtTheEnd(t *testing.T) {
	part := strings.Repeat("x", maxQueued/2+1)
	r := newStage(t, &localTarget{fakeTarget: &fakeTarget{answer: speaks(nil, part, part, part, "end")}}).run("invoke", "orders", "--stream", "--no-history")
	if r.out != part+part+part+"end" {
		t.Errorf("%d bytes of %d", len(r.out), 3*len(part)+3)
	}
}

func TestAStreamedResponseInJSONIsOneObject(t *testing.T) {
	r := newStage(t, &localTarget{fakeTarget: &fakeTarget{answer: speaks(nil, `{"n":`, `1}`)}}).run("invoke", "orders", "--stream", "--no-history", "-o", "json")
	if strings.Count(r.out, "\n") != 1 || !strings.Contains(r.out, `"payload":{"n":1}`) {
		t.Errorf("%q", r.out)
	}
}

func TestStreamingWhereItMakesNoSense(t *testing.T) {
	r := newStage(t, &localTarget{fakeTarget: &fakeTarget{answer: speaks(nil)}}).run("invoke", "orders", "--stream", "-t", "event")
	r.wantExit(t, 2)
	r.wantLine(t, "an Event has no response")
	r = newStage(t, &fakeTarget{answer: speaks(nil)}).run("invoke", "orders", "--stream", "--no-history")
	r.wantExit(t, 2)
	r.wantLine(t, "--stream: this target gives the response whole")
}
