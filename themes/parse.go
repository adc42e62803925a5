package themes

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// A document is a theme file, read and not yet resolved: names of colours are
// still names, so that a theme that inherits it can give them other colours.
type document struct {
	file     string // for errors: the path, or "NAME.toml (built in)"
	path     string // "" for built-in themes
	name     string
	dark     *bool
	credit   string
	inherits entry
	palette  map[string]entry
	roles    map[Role]spelled
}

// An entry is a string of the file and where it stands.
type entry struct {
	file string
	line int
	text string
}

// A spelled style has colours by name.
type spelled struct {
	fg, bg entry // text "" for none
	attrs  Style // the attributes; its colours are unused
}

// parse reads one theme file strictly. name is what the file is called without ".toml".
func parse(file, name string, text []byte) (*document, error) {
	doc := &document{file: file, path: file, palette: map[string]entry{}, roles: map[Role]spelled{}}
	if file == "" {
		doc.file = name + ".toml (built in)"
	}
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		var d *toml.DecodeError
		if errors.As(err, &d) {
			line, _ := d.Position()
			return nil, doc.errorAt(line, "%s", strings.TrimPrefix(d.Error(), "toml: "))
		}
		return nil, fmt.Errorf("%s: %w", doc.file, err)
	}
	lines := FindKeys(text)
	for _, key := range inOrder(tree, lines) {
		if err := doc.member(key, tree[key], lines); err != nil {
			return nil, err
		}
	}
	switch doc.name {
	case name:
		return doc, nil
	case "":
		return nil, doc.errorAt(1, "a theme needs its name: name = %q", name)
	}
	return nil, doc.errorAt(lines.At("name"), "the name is %q and the file is called %s.toml: a theme is found by its file, so both must agree", doc.name, name)
}

func (d *document) member(key string, value any, lines KeyLines) error {
	line := lines.At(key)
	switch key {
	case "name", "credit", "inherits":
		s, ok := value.(string)
		if !ok {
			return d.errorAt(line, "%s must be a string", key)
		}
		switch key {
		case "name":
			d.name = s
		case "credit":
			d.credit = s
		default:
			d.inherits = entry{d.file, line, s}
		}
	case "dark":
		b, ok := value.(bool)
		if !ok {
			return d.errorAt(line, "dark must be true or false")
		}
		d.dark = &b
	case "palette":
		return d.readPalette(value, lines)
	case "role":
		return d.readRoles(value, lines)
	default:
		return d.errorAt(line, "%q is not a member of a theme: there are name, dark, credit, inherits, [palette] and [role]", key)
	}
	return nil
}

func (d *document) readPalette(value any, lines KeyLines) error {
	table, ok := value.(map[string]any)
	if !ok {
		return d.errorAt(lines.At("palette"), "[palette] must be a table")
	}
	for _, name := range inOrder(table, lines, "palette") {
		line := lines.At("palette", name)
		s, ok := table[name].(string)
		if !ok {
			return d.errorAt(line, "palette colour %q must be a string such as \"#1e1e2e\"", name)
		}
		if _, ok := literal(s); !ok {
			return d.errorAt(line, "palette colour %q: %s", name, notAColour(s))
		}
		d.palette[name] = entry{d.file, line, s}
	}
	return nil
}

func (d *document) readRoles(value any, lines KeyLines) error {
	table, ok := value.(map[string]any)
	if !ok {
		return d.errorAt(lines.At("role"), "[role] must be a table")
	}
	for _, name := range inOrder(table, lines, "role") {
		line := lines.At("role", name)
		rule, ok := ruleOf[Role(name)]
		if sub, isTable := table[name].(map[string]any); isTable {
			if dotted := unquoted(name, sub); dotted != "" {
				return d.errorAt(lines.At("role", name, dotted[len(name)+1:]), "role %s: a name with a dot needs quotes: %q", dotted, dotted)
			}
		}
		if !ok {
			return d.errorAt(line, "role %q is not known", name)
		}
		s, err := d.readRole(rule, table[name], line)
		if err != nil {
			return err
		}
		d.roles[rule.role] = s
	}
	return nil
}

// unquoted finds the role that was meant where a key such as json.key was
// written without its quotes, which TOML reads as a table in a table.
func unquoted(name string, sub map[string]any) string {
	for _, key := range sortedKeys(sub) {
		if _, ok := ruleOf[Role(name+"."+key)]; ok {
			return name + "." + key
		}
	}
	return ""
}

func (d *document) readRole(rule roleRule, value any, line int) (spelled, error) {
	at := func(s string) entry { return entry{d.file, line, s} }
	switch v := value.(type) {
	case string:
		if rule.area {
			return spelled{bg: at(v)}, nil
		}
		return spelled{fg: at(v)}, nil
	case map[string]any:
		var out spelled
		for _, name := range sortedKeys(v) {
			if s, ok := v[name].(string); ok && (name == "fg" || name == "bg") {
				if name == "fg" {
					out.fg = at(s)
				} else {
					out.bg = at(s)
				}
				continue
			}
			flag, ok := attribute(&out.attrs, name)
			if !ok {
				if name == "fg" || name == "bg" {
					return out, d.errorAt(line, "role %s: %s must be a string", rule.role, name)
				}
				return out, d.errorAt(line, "role %s: %q is not an attribute: there are fg, bg, bold, italic, underline, reverse and dim", rule.role, name)
			}
			if *flag, ok = v[name].(bool); !ok {
				return out, d.errorAt(line, "role %s: %s must be true or false", rule.role, name)
			}
		}
		return out, nil
	}
	return spelled{}, d.errorAt(line, "role %s must be a colour or a table of fg, bg and attributes", rule.role)
}

func attribute(s *Style, name string) (*bool, bool) {
	switch name {
	case "bold":
		return &s.Bold, true
	case "italic":
		return &s.Italic, true
	case "underline":
		return &s.Underline, true
	case "reverse":
		return &s.Reverse, true
	case "dim":
		return &s.Dim, true
	}
	return nil, false
}

// inherit fills in what the document does not say from the one it inherits.
func (d *document) inherit(base *document) {
	for name, e := range base.palette {
		if _, ok := d.palette[name]; !ok {
			d.palette[name] = e
		}
	}
	for role, s := range base.roles {
		if _, ok := d.roles[role]; !ok {
			d.roles[role] = s
		}
	}
	if d.dark == nil {
		d.dark = base.dark
	}
	if d.credit == "" {
		d.credit = base.credit
	}
}

// theme resolves names and fallbacks.
func (d *document) theme() (Theme, error) {
	t := Theme{Name: d.name, Credit: d.credit, File: d.path, styles: make(map[Role]Style, len(rules))}
	if d.dark != nil {
		t.Dark = *d.dark
	}
	var missing []string
	for _, rule := range rules {
		if _, ok := d.roles[rule.role]; rule.required && !ok {
			missing = append(missing, string(rule.role))
		}
	}
	if missing != nil {
		return Theme{}, d.errorAt(1, "required roles are missing: %s", strings.Join(missing, ", "))
	}
	for _, rule := range rules {
		style, err := d.style(rule)
		if err != nil {
			return Theme{}, err
		}
		t.styles[rule.role] = style
	}
	return t, nil
}

// style follows the fallback chain, which the table of roles keeps free of circles.
func (d *document) style(rule roleRule) (Style, error) {
	s, ok := d.roles[rule.role]
	if !ok {
		if rule.fallback == "" {
			return rule.bare, nil
		}
		return d.style(ruleOf[rule.fallback])
	}
	style := s.attrs
	for _, part := range []struct {
		from entry
		to   *Colour
	}{{s.fg, &style.FG}, {s.bg, &style.BG}} {
		if part.from.text == "" {
			continue
		}
		c, ok := d.colour(part.from.text)
		if !ok {
			return style, fmt.Errorf("%s:%d: role %s: %s", part.from.file, part.from.line, rule.role, notAColour(part.from.text))
		}
		*part.to = c
	}
	return style, nil
}

func (d *document) colour(s string) (Colour, bool) {
	if e, ok := d.palette[s]; ok {
		s = e.text
	}
	return literal(s)
}

// literal reads "#rrggbb", "ansi:NAME" or "default".
func literal(s string) (Colour, bool) {
	if s == "default" {
		return Colour{}, true
	}
	if name, ok := strings.CutPrefix(s, "ansi:"); ok {
		n := slices.Index(ansiNames[:], name)
		return ANSIColour(n), n >= 0
	}
	hex, ok := strings.CutPrefix(s, "#")
	if !ok || len(hex) != 6 {
		return Colour{}, false
	}
	v, err := strconv.ParseUint(hex, 16, 32)
	return Colour{kindRGB, uint32(v)}, err == nil
}

func notAColour(s string) string {
	return fmt.Sprintf("%q is no name of the palette and no colour (\"#rrggbb\", \"ansi:blue\", \"ansi:bright-blue\" … or \"default\")", s)
}

func (d *document) errorAt(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", d.file, line, fmt.Sprintf(format, args...))
}

// inOrder lists the keys of a table as they stand in the file, so that the first
// fault is the one that is named.
func inOrder(table map[string]any, lines KeyLines, path ...string) []string {
	keys := sortedKeys(table)
	slices.SortStableFunc(keys, func(a, b string) int {
		return lines.At(append(slices.Clip(path), a)...) - lines.At(append(slices.Clip(path), b)...)
	})
	return keys
}

func sortedKeys(table map[string]any) []string {
	keys := make([]string, 0, len(table))
	for key := range table {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
