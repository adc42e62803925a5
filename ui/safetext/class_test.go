package safetext

import (
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// A character that joins nothing has one width, by either way of counting; the
// shortcut below firstCJK is right only while that is so.
func TestWidthOfACharacterByItself(t *testing.T) {
	for r := rune(' '); r < 0x30000; r++ {
		c := classOf(r)
		if c > alone {
			continue
		}
		s := string(r)
		if points, clusters := ansi.StringWidthWc(s), ansi.StringWidth(s); points != int(c) || clusters != int(c) {
			t.Errorf("%U: counted as %d cells, by code points %d, by clusters %d", r, c, points, clusters)
		}
	}
}
