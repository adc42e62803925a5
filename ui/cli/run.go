package cli

import (
	"context"
	"errors"
	"strconv"
	"time"

	"lambent/invoke"
	"lambent/themes"
	"lambent/ui/settings"
)

// waiting says how a run is waited for.
type waiting struct {
	limit    time.Duration // how long to wait for the answer; 0 for as long as it takes
	noFollow bool          // do not wait for an event that was accepted
	exitZero bool          // a function error is not the command's
}

// run invokes once and prints what came of it. What the exit status says goes to a.exit.
func (a *app) run(ctx context.Context, target invoke.Target, req invoke.Request, output settings.Output, w waiting) error {
	waitCtx, stop := ctx, func() {}
	if w.limit > 0 {
		waitCtx, stop = context.WithTimeout(ctx, w.limit)
	}
	defer stop()
	emit, logShown := a.watch(req, output)
	parts := a.parts(req, output)
	result, err := target.Invoke(waitCtx, req, parts.before(emit))
	shown := logShown()
	v := outcomeOf(target, req, result, err)
	v.stopped = waitCtx.Err()
	if err != nil && v.failure == nil {
		return usage(err) // nothing that the catalogue knows: a store, a file
	}
	if parts != nil {
		parts.finish(v.result.Payload)
		v.partsShown = true
	}
	a.print(v, output, shown)
	a.exit = w.status(exitOf(v))
	if signalled := signalledOr(ctx, nil); signalled != nil {
		return signalled
	}
	if err != nil || result.StatusCode != 202 || w.noFollow {
		return nil
	}
	if follower, ok := invoke.As[invoke.Follower](target); ok {
		return a.follow(waitCtx, follower, v, w)
	}
	return nil
}

func (w waiting) status(exit int) int {
	if exit == ExitFunctionError && w.exitZero {
		return ExitDone
	}
	return exit
}

// watch shows the log while it is written, where a person reads along. logShown
// waits until it is written and reports whether there was any.
func (a *app) watch(req invoke.Request, output settings.Output) (emit func(invoke.Progress), logShown func() bool) {
	if output == settings.JSON || req.LogType != invoke.LogTail {
		return nil, func() bool { return false }
	}
	l := newLive(a.err)
	return l.emit, l.close
}

// outcomeOf gathers what is to be said about an invocation.
func outcomeOf(target invoke.Target, req invoke.Request, result invoke.Result, err error) outcome {
	v := outcome{
		id:        result.HistoryID,
		target:    target.Info().Kind,
		qualifier: req.Qualifier,
		kind:      req.Type,
		result:    result,
		failure:   result.Failure,
		log:       invoke.TailText(result.LogTail),
	}
	if result.LogTail == nil {
		v.log = nil
	}
	if v.kind == "" {
		v.kind = invoke.RequestResponse
	}
	if name, bad := invoke.ParseName(req.Function); bad == nil {
		if v.qualifier == "" {
			v.qualifier = name.Qualifier
		}
		if v.result.FunctionName == "" {
			v.result.FunctionName = name.Function
		}
	} else if v.result.FunctionName == "" {
		v.result.FunctionName = req.Function
	}
	var refused *invoke.Failure
	if errors.As(err, &refused) {
		// A call that failed has no response, whatever its environment left behind.
		v.failure, v.result.Payload, v.result.FunctionError = refused, nil, ""
	}
	return v
}

// print puts the answer on standard output and what is said about it on standard error.
func (a *app) print(v outcome, output settings.Output, logShown bool) {
	if output == settings.JSON {
		var o object
		o.members(v, func() { o.payload("payload", v.result.Payload) })
		a.out.jsonLine(o.bytes())
		if v.failure != nil && v.failure.Kind != invoke.FunctionFailure {
			a.err.errorLine(describe(v.failure))
		}
		return
	}
	if !v.partsShown {
		a.out.payload(v.result.Payload)
	}
	if !logShown && v.log != nil {
		a.err.foreign(v.log)
	}
	a.err.summary(v)
}

// follow waits for an accepted event and tells its attempts on standard error.
func (a *app) follow(ctx context.Context, follower invoke.Follower, accepted outcome, w waiting) error {
	l := newLive(a.err)
	destination := "" // the request id of a function that the outcome has invoked
	result, err := follower.Follow(ctx, accepted.result.RequestID, func(news invoke.Progress) {
		other := news.RequestID != "" && news.RequestID != accepted.result.RequestID
		if other && news.RequestID != destination {
			destination = news.RequestID
			l.say(a.err.paint(themes.Muted, "→ request ") + safe(destination) + a.err.paint(themes.Muted, ", which the outcome has invoked"))
		}
		l.emit(news)
		if news.Kind == invoke.ProgressAttempt && news.Failure != nil {
			l.say(a.err.paint(themes.Warning, "attempt "+strconv.Itoa(news.Attempt)) + "  " + safe(describe(news.Failure)))
			if !news.Next.IsZero() {
				l.say(a.err.paint(themes.Muted, nextAttempt(news.Attempt+1, news.Next.Sub(news.At))))
			}
		}
	})
	l.close()
	if err != nil {
		return a.unfollowed(ctx, accepted, err)
	}
	v := accepted
	v.result, v.failure = result, result.Failure
	a.err.settled(v)
	a.exit = ExitDone
	if v.failure != nil || result.FunctionError != "" {
		a.exit = w.status(ExitFunctionError)
	}
	return nil
}

// unfollowed ends a command that stopped following an event, which goes on all the same.
func (a *app) unfollowed(ctx context.Context, accepted outcome, err error) error {
	if ctx.Err() == nil {
		return usage(err)
	}
	a.err.line("The event ", safe(accepted.result.RequestID), " stays queued. Any lambent that has this project open goes on with it.")
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &saidError{ExitNoAnswer}
	}
	return ctx.Err()
}

// settled says what became of an event.
func (p *printer) settled(v outcome) {
	said := verdict{"✓ done", themes.Success}
	if v.failure != nil || v.result.FunctionError != "" {
		said = verdict{"✗ dead letter", themes.Error}
	}
	p.line(p.paint(said.role, said.text), "  ", safe(facts(v)))
	if v.failure != nil {
		p.explain(v.failure)
	}
	p.notes(v)
}

// plural is a number and its word: 1 byte, 2 bytes.
func plural(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return strconv.Itoa(n) + " " + word
}
