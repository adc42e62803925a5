package ui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// A command is one thing that a person can do. The table of them is the only
// place that knows keys: the router, the palette, the footer, the help, the
// mouse and the README's key table are all drawn from it.
type command struct {
	id    string // stable: what a user's [keys] maps
	title string // in the palette and in help, sentence case
	hint  string // one or two words for the footer; "" when it never shows there
	group string
	keys  []string
	scope scope
	// palette says that the command makes sense away from the row or the place
	// that a key would act on.
	palette bool
	// variants are set for a row whose keys differ in what they do (movement,
	// folding): keys are those of all of them, do reads App.variant, and a user maps
	// each by id.name. One row keeps help and footer short.
	variants []variant
	// off says why the command cannot run now; "" when it can. nil means always.
	off func(*App) string
	do  func(*App) tea.Cmd
}

// A variant is one of the things that a command whose keys differ does.
type variant struct {
	name  string // after the command's id and a dot
	title string
	keys  []string
}

// family is a command with variants: its keys are theirs, in their order.
func family(c command, variants ...variant) command {
	c.variants = variants
	c.keys = c.variantKeys()
	return c
}

// variantKeys are the keys of all variants, the first of each before the others:
// what the footer and the help show is what most people press.
func (c *command) variantKeys() []string {
	var first, others []string
	for _, p := range c.variants {
		if len(p.keys) > 0 {
			first, others = append(first, p.keys[0]), append(others, p.keys[1:]...)
		}
	}
	return append(first, others...)
}

// variantOf is the name of the variant that a key means, "" for a command without.
func (c *command) variantOf(key string) string {
	for _, p := range c.variants {
		if slices.Contains(p.keys, key) {
			return p.name
		}
	}
	return ""
}

// A scope is the set of panes in which a command's keys act.
type scope uint8

const (
	inFunctions scope = 1 << iota
	inPayload
	inResult
	inLogs
	inHistory

	inLists    = inFunctions | inHistory
	inViews    = inResult | inLogs
	outside    = inLists | inViews // of the payload
	everywhere = outside | inPayload
)

// scopeOf is the scope of one pane.
func scopeOf(p pane) scope { return 1 << p }

// reason is why the command cannot run now.
func (c *command) reason(a *App) string {
	if c.off == nil {
		return ""
	}
	return c.off(a)
}

// A commandTable is the table with a user's keys in it.
type commandTable struct {
	rows []*command
	byID map[string]*command
}

// newCommandTable builds the table with the user's keys, a map from id to keys.
// What in it cannot be used is a problem, a line each; the rest holds.
func newCommandTable(user map[string][]string) (*commandTable, []string) {
	t := &commandTable{byID: map[string]*command{}}
	for _, group := range [][]command{runCommands(), placeCommands(), payloadCommands(), viewCommands(), listCommands(), workbenchCommands()} {
		for i := range group {
			row := &group[i]
			t.rows = append(t.rows, row)
			t.byID[row.id] = row
		}
	}
	var problems []string
	for _, id := range sortedKeys(user) {
		if why := t.assign(id, slices.Clone(user[id])); why != "" {
			problems = append(problems, "keys: "+why)
		}
	}
	return t, append(problems, t.clashes()...)
}

// assign gives a command, or a variant of one, the user's keys; it says why it cannot.
func (t *commandTable) assign(id string, keys []string) (why string) {
	if row := t.byID[id]; row != nil && row.variants == nil {
		row.keys = keys
		return ""
	} else if row != nil {
		names := make([]string, len(row.variants))
		for i, p := range row.variants {
			names[i] = id + "." + p.name
		}
		return id + " is mapped one by one: " + strings.Join(names, ", ")
	}
	if dot := strings.LastIndexByte(id, '.'); dot > 0 {
		if row := t.byID[id[:dot]]; row != nil {
			if i := slices.IndexFunc(row.variants, func(v variant) bool { return v.name == id[dot+1:] }); i >= 0 {
				row.variants[i].keys = keys
				row.keys = row.variantKeys()
				return ""
			}
		}
	}
	return "no command is called " + id + " (lambent keys lists them)"
}

func sortedKeys(m map[string][]string) []string {
	ids := make([]string, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// global says that a command is looked up after the focused pane's own.
func (c *command) global() bool { return c.scope == everywhere }

// clashes lists keys that two commands of one level claim in one pane. A pane's
// command may hide a global one: that is how ctrl+c copies a selection and
// cancels everywhere else.
func (t *commandTable) clashes() []string {
	var list []string
	for p := range paneCount {
		for _, global := range []bool{false, true} {
			owner := map[string]*command{}
			for _, c := range t.rows {
				if c.global() != global || c.scope&scopeOf(p) == 0 {
					continue
				}
				for _, k := range c.keys {
					if o := owner[k]; o != nil {
						list = append(list, "keys: "+k+" means "+o.id+" and "+c.id+" in "+p.String())
					}
					owner[k] = c
				}
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// candidates are the commands that a key can mean in a pane, the pane's own first.
func (t *commandTable) candidates(key string, p pane) []*command {
	var own, global []*command
	for _, c := range t.rows {
		if c.scope&scopeOf(p) == 0 || !slices.Contains(c.keys, key) {
			continue
		}
		if c.global() {
			global = append(global, c)
		} else {
			own = append(own, c)
		}
	}
	return append(own, global...)
}

// isText says that a key stands for a character, so that it cannot act as a
// command where text is typed.
func isText(key string) bool {
	if key == "space" {
		return true
	}
	r := []rune(key)
	return len(r) == 1
}

// needsEnhancement says that only terminals that tell keys apart send this key.
// alt+enter is among them because some terminals keep it for themselves.
func needsEnhancement(key string) bool {
	return strings.HasSuffix(key, "+enter") || strings.HasPrefix(key, "ctrl+shift+") || key == "alt+="
}

// keyFor is the key to show for a command: the first one that works in this
// terminal, and where text is typed one that is no character. "" when there is none.
func (c *command) keyFor(enhanced, text bool) string {
	for _, k := range c.keys {
		if (enhanced || !needsEnhancement(k)) && !(text && isText(k)) {
			return k
		}
	}
	return ""
}

// A KeyRow is one row of the key table, for the README and lambent keys.
type KeyRow struct {
	ID    string
	Keys  []string // as a configuration file spells them; empty for palette only
	Title string
	Where string // "everywhere", or the panes
	Group string
}

// KeyTable is the key table with the user's keys, in the order of the table: a
// row an id that can be mapped. problems names the entries of user that cannot be
// used.
func KeyTable(user map[string][]string) (rows []KeyRow, problems []string) {
	t, problems := newCommandTable(user)
	for _, c := range t.rows {
		for _, p := range c.variants {
			rows = append(rows, KeyRow{ID: c.id + "." + p.name, Keys: slices.Clone(p.keys), Title: p.title, Where: c.scope.String(), Group: c.group})
		}
		if c.variants == nil {
			rows = append(rows, KeyRow{ID: c.id, Keys: slices.Clone(c.keys), Title: c.title, Where: c.scope.String(), Group: c.group})
		}
	}
	return rows, problems
}

// String names the panes of a scope.
func (s scope) String() string {
	switch s {
	case everywhere:
		return "everywhere"
	case outside:
		return "outside the payload"
	}
	var names []string
	for p := range paneCount {
		if s&scopeOf(p) != 0 {
			names = append(names, strings.ToLower(p.String()))
		}
	}
	return strings.Join(names, ", ")
}
