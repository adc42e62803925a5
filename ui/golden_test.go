package ui_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lambent/ui/uitest"
)

var update = flag.Bool("update", false, "write golden frames and pictures instead of comparing")

// sizes are those at which every golden frame is taken.
var sizes = [][2]int{{80, 24}, {120, 36}, {200, 50}}

// golden compares the screen at every size with the frames in testdata. A frame
// is plain text: without colour the focus shows by heavy lines.
func golden(t *testing.T, s *uitest.Shop, name string) {
	t.Helper()
	for _, size := range sizes {
		s.Resize(size[0], size[1])
		got := s.Screen()
		file := filepath.Join("testdata", "golden", fmt.Sprintf("%s-%dx%d.txt", name, size[0], size[1]))
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("%v: run with -update, and look at what it wrote", err)
		}
		if got != string(want) {
			t.Errorf("%s differs:\n%s", file, sideBySide(string(want), got))
		}
	}
	s.Resize(sizes[1][0], sizes[1][1])
}

// sideBySide lists the rows that differ.
func sideBySide(want, got string) string {
	var b strings.Builder
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		x, y := "", ""
		if i < len(w) {
			x = w[i]
		}
		if i < len(g) {
			y = g[i]
		}
		if x != y {
			fmt.Fprintf(&b, "row %d\n- %s\n+ %s\n", i, x, y)
		}
	}
	return b.String()
}
