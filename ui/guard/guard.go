// Package guard keeps the terminal usable whatever way the workbench ends.
//
// A program that draws on the alternate screen in raw mode can restore the
// terminal only while it is alive and in control: a panic in a goroutine that
// Bubble Tea did not start, a fatal runtime error or kill -9 leave the user's
// shell without echo. So the first process of the workbench is a guard: it
// keeps the terminal's settings, runs the workbench as its child in the same
// session and process group, and puts everything back when the child did not
// say that it had done so itself.
//
// The child says so by writing one byte to a pipe right before it exits
// ([Clean]); its exit status would not do, because a crash of the Go runtime
// and a usage error share status 2. The child's standard error goes to the log
// file: a crash report belongs there and not on the restored screen. What it has to
// tell the user as it ends ([Say]) follows the byte, and the guard prints it.
//
// If the guard itself is killed, the child is told by SIGTERM (Linux) and ends
// cleanly. Both killed at once is beyond reach.
package guard

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// childName is argv[0] of the guarded process. A name that no person types
// decides it without a flag that could be mistaken for a user's.
const childName = "lambent:workbench"

// reset takes back every mode that the workbench switches on: alternate screen,
// hidden cursor, mouse, focus reports, bracketed paste, synchronised output,
// keyboard enhancements and colours.
const reset = "\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l" +
	"\x1b[?1004l\x1b[?2004l\x1b[?2026l\x1b[<u\x1b[>4m\x1b[0m\x1b[?7h\r"

// cleanFD is the child's end of the pipe that says "the terminal is restored".
const cleanFD = 3

// IsChild says whether this process is the guarded one.
func IsChild(args []string) bool {
	return len(args) > 0 && strings.TrimSuffix(filepath.Base(args[0]), ".exe") == childName
}

// lastWords are what the guarded process leaves the guard to print.
var lastWords string

// maxWords bounds them, in bytes: with the byte before them they are one write, which a pipe
// takes whole and without waiting (PIPE_BUF is 4096 on Linux, 512 at least elsewhere).
const maxWords = 511

// Say prints a line, without its end, to standard error as the program ends. The guarded
// process has none that a user sees, so its line is printed by the guard after [Clean]; of
// two lines the last counts, and more than 511 bytes are cut.
func Say(line string) {
	if !IsChild(os.Args) {
		fmt.Fprintln(os.Stderr, line)
		return
	}
	lastWords = strings.ToValidUTF8(line[:min(len(line), maxWords)], "")
}

// Clean tells the guard that the terminal is as it was. The guarded process
// calls it once, after its last write to the terminal and before it exits.
func Clean() {
	f := os.NewFile(cleanFD, "guard")
	if f == nil {
		return
	}
	_, _ = f.Write(append([]byte{1}, lastWords...)) // nobody is left to tell when the guard has gone
	_ = f.Close()
}
