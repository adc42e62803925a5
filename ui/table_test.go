package ui

import (
	"strings"
	"testing"
)

// designed are the ids of the design's key table.
var designed = strings.Fields(`invoke replay quit cancel back focus.next focus.prev focus.1 focus.2 focus.3 focus.4
	focus.5 zoom palette help history.search function.pick qualifier.pick type.next request.options target.pick
	replay.other event.open event.save editor.external payload.format edit.copy edit.cut edit.paste edit.all edit.undo
	edit.redo suspend find json.fold move open list.filter find.next find.previous pager follow log.whole copy.as
	console cold copy copy.all result.tab wrap save.result mark compare twin fault.arm publish alias.set deadletters
	delete refresh theme.pick mouse.toggle`)

func TestCommandTable(t *testing.T) {
	table, problems := newCommandTable(nil)
	for _, p := range problems {
		t.Error(p)
	}
	titles := map[string]string{}
	for _, c := range table.rows {
		if table.byID[c.id] != c {
			t.Errorf("%s is there twice", c.id)
		}
		if other := titles[c.title]; other != "" {
			t.Errorf("%s and %s have one title", other, c.id)
		}
		titles[c.title] = c.id
		switch {
		case c.title == "" || c.group == "" || c.do == nil || c.scope == 0:
			t.Errorf("%s lacks a title, a group, an action or a scope", c.id)
		case c.title[0] < 'A' || c.title[0] > 'Z' || strings.HasSuffix(c.title, "."):
			t.Errorf("%s: the title %q is not in sentence case", c.id, c.title)
		case len(c.keys) == 0 && !c.palette:
			t.Errorf("%s can be reached neither by key nor by palette", c.id)
		}
		for _, k := range c.keys {
			checkKey(t, c, k)
		}
	}
	for _, id := range designed {
		if table.byID[id] == nil {
			t.Errorf("%s is missing", id)
		}
	}
}

// checkKey holds a key against the rules of the design.
func checkKey(t *testing.T, c *command, k string) {
	switch k {
	case "ctrl+h", "ctrl+i", "ctrl+m", "ctrl+[", "ctrl+j":
		t.Errorf("%s: %s is another key on old terminals", c.id, k)
	}
	if isText(k) && c.scope&inPayload != 0 && len(c.keys) == 1 {
		t.Errorf("%s: %s cannot act where text is typed, and there is no other key", c.id, k)
	}
	if needsEnhancement(k) && len(c.keys) == 1 {
		t.Errorf("%s: %s does not reach every terminal, and there is no other key", c.id, k)
	}
}

func TestKeysOfTheUser(t *testing.T) {
	rows, problems := KeyTable(map[string][]string{
		"invoke":    {"ctrl+l"},
		"palette":   {"ctrl+r"},
		"nonsense":  {"x"},
		"move":      {"w"},
		"move.down": {"ctrl+n"},
		"move.left": {"h"},
		"zoom":      nil,
		"edit.undo": {"alt+u"},
	})
	want := []string{"no command is called nonsense", "no command is called move.left", "move is mapped one by one: move.up, move.down", "ctrl+r means history.search and palette"}
	text := strings.Join(problems, "\n")
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not among the problems:\n%s", w, text)
		}
	}
	for _, r := range rows {
		if r.ID == "move.down" && (len(r.Keys) != 1 || r.Keys[0] != "ctrl+n") {
			t.Errorf("move.down has keys %v", r.Keys)
		}
		if r.ID == "invoke" && (len(r.Keys) != 1 || r.Keys[0] != "ctrl+l") {
			t.Errorf("invoke has keys %v", r.Keys)
		}
	}
}
