package ui_test

import (
	"os"
	"strings"
	"testing"

	"lambent/ui"
)

// TestReadmeKeyTable keeps the README's key table what the command table says;
// go test ./ui -run Readme -update writes it.
func TestReadmeKeyTable(t *testing.T) {
	const file, begin, end = "../README.md", "<!-- keys -->\n", "<!-- /keys -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	written, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no key table between %q and %q", file, begin, end)
	}
	want := keyTableMarkdown()
	if *update {
		if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if written != want {
		t.Errorf("the key table is not the command table's; want\n%s", want)
	}
}

func keyTableMarkdown() string {
	var b strings.Builder
	b.WriteString("| id | keys | where | does |\n|---|---|---|---|\n")
	rows, _ := ui.KeyTable(nil)
	for _, r := range rows {
		keys := "palette only"
		if len(r.Keys) > 0 {
			quoted := make([]string, len(r.Keys))
			for i, k := range r.Keys {
				quoted[i] = "`" + strings.ReplaceAll(k, "|", `\|`) + "`"
			}
			keys = strings.Join(quoted, " ")
		}
		b.WriteString("| `" + r.ID + "` | " + keys + " | " + r.Where + " | " + r.Title + " |\n")
	}
	return b.String()
}
