package ui

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	tea "charm.land/bubbletea/v2"

	"lambent/ui/safetext"
)

// getenv is a variable of the environment that the workbench was started in.
func (a *App) getenv(name string) string {
	value := ""
	for _, line := range a.opt.Environ {
		if v, ok := strings.CutPrefix(line, name+"="); ok {
			value = v
		}
	}
	return value
}

// program is the command line of the first variable that is set, or the default.
// It is split at blanks, as git and less do: EDITOR="code --wait" works.
func (a *App) program(fallback string, variables ...string) []string {
	for _, v := range variables {
		if words := strings.Fields(a.getenv(v)); len(words) > 0 {
			return words
		}
	}
	return []string{fallback}
}

// onFile runs a program on a file with the given content, which only the user
// can read and which is removed afterwards. done turns what is in the file then
// into a message.
func (a *App) onFile(words []string, name string, content []byte, done func(text []byte, err error) tea.Msg) tea.Cmd {
	environ := a.opt.Environ
	return func() tea.Msg {
		dir, err := os.MkdirTemp("", "lambent-")
		if err != nil {
			return programReady{err: err}
		}
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			_ = os.RemoveAll(dir)
			return programReady{err: err}
		}
		cmd := exec.Command(words[0], append(words[1:len(words):len(words)], file)...)
		cmd.Env = environ
		return programReady{cmd: cmd, ended: func(err error) tea.Msg {
			defer os.RemoveAll(dir)
			if err != nil {
				return done(nil, err)
			}
			return done(os.ReadFile(file))
		}}
	}
}

// programReady brings a program that is to have the terminal.
type programReady struct {
	cmd   *exec.Cmd
	ended tea.ExecCallback
	err   error
}

func (m programReady) apply(a *App) tea.Cmd {
	if m.err != nil {
		a.warn(safetext.FromString("temporary file: " + m.err.Error()))
		return nil
	}
	return a.opt.Exec(m.cmd, m.ended)
}

// editedOutside brings the text that the editor left.
type editedOutside struct {
	draft *draft
	text  []byte
	err   error
}

// editOutside opens the payload in the user's editor.
func (a *App) editOutside() tea.Cmd {
	fallback := "vi"
	if runtime.GOOS == "windows" {
		fallback = "notepad"
	}
	d := a.payload.current
	return a.onFile(a.program(fallback, "VISUAL", "EDITOR"), "payload.json", d.editor.Bytes(), func(text []byte, err error) tea.Msg {
		return editedOutside{d, text, err}
	})
}

func (m editedOutside) apply(a *App) tea.Cmd {
	if m.err != nil {
		a.warn(safetext.FromString("the editor ended with an error, the payload is as it was: " + m.err.Error()))
		return nil
	}
	if string(m.text) != string(m.draft.editor.Bytes()) {
		m.draft.editor.Replace(m.text)
	}
	if m.draft == a.payload.current {
		return a.payload.edited(a)
	}
	return nil
}

// nothingToRead is why there is nothing for the pager.
func (a *App) nothingToRead() string {
	switch {
	case a.onLogs() && a.logs.text.lines() == 0:
		return "the log is empty"
	case !a.onLogs() && a.result.shown == nil:
		return "there is no result"
	}
	return ""
}

// paged says how the pager ended.
type paged struct{ err error }

// openPager opens what is read in the user's pager. A pager writes to the
// terminal as it likes, so it gets text that has passed the door.
func (a *App) openPager() tea.Cmd {
	var raw []byte
	switch p := &a.result; {
	case a.onLogs():
		raw = a.logs.text.data
	case p.tab == tabBody && len(p.seen().result.Payload) > 0:
		raw = readable(p.seen().result.Payload)
	default:
		raw = []byte(p.plain(a))
	}
	return a.onFile(a.program("less", "PAGER"), "lambent.txt", visible(raw), func(_ []byte, err error) tea.Msg {
		return paged{err}
	})
}

func (m paged) apply(a *App) tea.Cmd {
	if m.err != nil {
		a.warn(safetext.FromString("the pager ended with an error: " + m.err.Error()))
	}
	return nil
}

// visible is foreign text line by line as it is shown.
func visible(raw []byte) []byte {
	out := make([]byte, 0, len(raw)+len(raw)/16)
	var stream safetext.Stream
	line := func(_ []byte, l safetext.Line) {
		out = append(append(out, l.String()...), '\n')
	}
	stream.Write(raw, line)
	stream.Close(line)
	return out
}

// formatPayload lays the payload out over lines, or puts it into one.
func (a *App) formatPayload() tea.Cmd {
	if err := a.payload.current.editor.Format(); err != nil {
		a.warn(safetext.FromString("format: " + err.Error()))
		return nil
	}
	return a.payload.edited(a)
}

// suspend goes to the shell, where the system has job control.
func (a *App) suspend() tea.Cmd {
	if runtime.GOOS == "windows" {
		a.warn(safetext.Trusted("this system has no job control"))
		return nil
	}
	return tea.Batch(a.saveDraft(), tea.Suspend)
}

// toggleMouse gives the mouse back to the terminal, for selecting with it, or takes it.
func (a *App) toggleMouse() tea.Cmd {
	a.mouse = !a.mouse
	if a.mouse {
		a.say(safetext.Trusted("the mouse works here"))
	} else {
		a.say(safetext.Trusted("the mouse selects text, as the terminal does"))
	}
	return nil
}
