// Package cli is lambent without a screen: the commands for scripts, for CI and
// for people who know what they want.
//
// Standard output carries the answer and nothing else: a response's bytes exactly
// as they came, a list, one JSON object. Everything that is said about the answer
// (log, summary, failure, notes) goes to standard error. The exit status is part
// of the answer (exit.go).
//
// Text that is not ours passes ui/safetext on its way to a terminal and always on
// its way to standard error: it becomes visible there, never effective. A
// response that goes to a pipe or a file is not touched.
//
// A command never starts Bubble Tea and never asks the terminal anything: the
// answer would be typed into the next program.
//
// Commands know no adapter. Main gives them a Session with a target that is
// recorded, and only when they ask for it: "lambent errors" opens nothing.
package cli

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/settings"
)

// Deps is what main hands over: everything that commands may not import.
type Deps struct {
	Version string

	// Open opens what the command needs and no more. Its error is one line that
	// names the thing and says what to do; a *invoke.Failure in it decides the
	// exit status, which is ExitUsage without one.
	Open func(context.Context, settings.Settings, Need) (*Session, error)

	// Workbench runs when there is no command, and returns the exit status.
	Workbench func(context.Context, WorkbenchOptions) int

	// Serve serves the Lambda API until ctx ends, then answers what was accepted and
	// returns. Its error is one line that names the thing and says what to do. nil: there
	// is no endpoint.
	Serve func(context.Context, ServeOptions) error

	// Keys are the rows of the key table with the user's keys, and what of those
	// cannot be used, a line each.
	Keys func(user map[string][]string) (rows []KeyRow, problems []string)
}

// A Need is what a command works on.
type Need int

// What commands need.
const (
	// NeedTarget is the target. What it is asked to invoke is recorded if
	// NeedHistory is asked for too.
	NeedTarget Need = 1 << iota
	// NeedHistory is the store.
	NeedHistory
)

// A Session is what Open has opened.
type Session struct {
	Target invoke.Target  // nil without NeedTarget; recorded by Store if that is there
	Store  *history.Store // nil without NeedHistory

	// Problems are what is wrong in the project's template and its functions, a line each.
	Problems []string

	// Close ends what Open started and waits until it is gone. It may be nil.
	Close func(context.Context) error
}

// A KeyRow is one row of the key table.
type KeyRow struct {
	ID, Group, Title string
	Keys             []string
	Where            string // the panes in which the keys act
}

// app is one run of one command.
type app struct {
	deps  Deps
	stdin io.Reader
	out   *printer // standard output
	err   *printer // standard error
	exit  int      // what a command that did its work answers
}

// Run does what args, without the program's name, say and returns the exit status.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, deps Deps) int {
	a := &app{deps: deps, stdin: stdin, out: newPrinter(stdout), err: newPrinter(stderr)}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return a.status(root.ExecuteContext(ctx))
}

// settings merges what was set. It is read once, by the command that runs.
func (a *app) settings(cmd *cobra.Command) (settings.Settings, error) {
	s, err := settings.Load(a.given(cmd))
	if yes := cmd.Flags().Lookup("yes"); yes != nil {
		s.Yes = yes.Value.String() == "true"
	}
	return s, err
}

// A work is what a command does in an open session.
type work func(context.Context, *Session, settings.Settings) error

// with opens a session for a command that needs one, and closes it.
func (a *app) with(cmd *cobra.Command, need Need, do work) error {
	s, err := a.settings(cmd)
	if err != nil {
		return usage(err)
	}
	return a.withSettings(cmd.Context(), s, need, do)
}

func (a *app) withSettings(ctx context.Context, s settings.Settings, need Need, do work) (err error) {
	if err := s.CheckFolders(); err != nil {
		return usage(err)
	}
	ctx, stop := untilSignalled(ctx)
	defer stop()
	session, err := a.deps.Open(ctx, s, need)
	if err != nil {
		return signalledOr(ctx, usage(err))
	}
	defer func() {
		if session.Close == nil {
			return
		}
		// What was interrupted must still be ended, so the close outlives ctx.
		if closing := session.Close(context.WithoutCancel(ctx)); closing != nil && err == nil {
			err = usage(closing)
		}
	}()
	return signalledOr(ctx, do(ctx, session, s))
}

// status turns how the command ended into an exit status, and says why where nobody did yet.
func (a *app) status(err error) int {
	if err == nil {
		if a.out.failure != nil {
			return a.lost()
		}
		return a.exit
	}
	var signalled *signalError
	var silent *saidError
	var failure *invoke.Failure
	switch {
	case errors.As(err, &signalled):
		return signalled.status()
	case errors.As(err, &silent):
		return silent.exit
	case errors.As(err, &failure):
		a.err.errorLine(describe(failure))
		return failure.ExitCode()
	}
	a.err.errorLine(err.Error())
	var usage *usageError
	if errors.As(err, &usage) && usage.exit != 0 {
		return usage.exit
	}
	return ExitUsage
}

// lost reports an answer that did not reach standard output. A reader that has
// had enough ("| head") is no news.
func (a *app) lost() int {
	if !errors.Is(a.out.failure, errClosedPipe) {
		a.err.errorLine("standard output: " + reason(a.out.failure))
	}
	return ExitUsage
}

// reason is an error's innermost words where it is about a file we know the name of.
func reason(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
