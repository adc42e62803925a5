package themes

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNamesAreInTheOrderOfThePicker(t *testing.T) {
	want := []string{"lambent", "lambent-dark", "lambent-light", "terminal",
		"catppuccin-latte", "catppuccin-mocha", "dracula", "flexoki-dark", "flexoki-light",
		"gruvbox-dark", "gruvbox-light", "nord", "rose-pine", "rose-pine-dawn",
		"solarized-dark", "solarized-light", "tokyo-day", "tokyo-night"}
	if diff := cmp.Diff(want, Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestEveryThemeLoadsAndCreditsItsMakers(t *testing.T) {
	credits, err := os.ReadFile("CREDITS.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Names() {
		theme, err := Load(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if want := Resolve(name, UnknownBackground); theme.Name != want {
			t.Errorf("%s loads as %s", name, theme.Name)
		}
		if theme.Credit == "" {
			t.Errorf("%s credits nobody", name)
		}
		if !strings.Contains(string(credits), "`"+theme.Name+"`") {
			t.Errorf("CREDITS.md does not name %s", name)
		}
	}
}

// Contrast is held for every pair that can come together on the screen: text on
// the background, on overlays, and on the selected row.
func TestTextRolesCanBeReadInEveryTheme(t *testing.T) {
	const goal, borderGoal = 4.5, 1.5
	var table strings.Builder
	for _, name := range Names() {
		theme := mustLoad(t, name)
		if theme.Name == Terminal {
			continue // its colours are the terminal's
		}
		row := func(role Role, fg, bg Colour, on string, least float64) {
			if got := Contrast(fg, bg); got < least {
				fmt.Fprintf(&table, "%-18s %-14s %s on %-10s %s  %.2f, wants %.1f\n", name, role, fg, on, bg, got, least)
			}
		}
		for _, role := range Roles() {
			style := theme.Style(role)
			if !role.IsText() {
				continue
			}
			for _, area := range []Role{Background, Surface, Selection} {
				row(role, style.FG, theme.Style(area).BG, string(area), goal)
			}
		}
		match := theme.Style(Match)
		row(Match, match.FG, match.BG, "itself", goal)
		row(Border, theme.Style(Border).FG, theme.Style(Background).BG, "background", borderGoal)
		dark := theme.Style(Background).BG.luminance() < 0.2
		if dark != theme.Dark {
			t.Errorf("%s says dark = %v, its background is %s", name, theme.Dark, theme.Style(Background).BG)
		}
	}
	if table.Len() > 0 {
		t.Errorf("contrast too low:\n%s", table.String())
	}
}

// The badge of an AWS target must not look like that of the local one, and
// success must not look like failure.
func TestColoursThatMustDiffer(t *testing.T) {
	for _, name := range Names() {
		theme := mustLoad(t, name)
		for _, pair := range [][2]Role{{Accent, Warning}, {Success, Error}, {Warning, Error}, {Text, Muted}, {Border, BorderFocus}, {DiffAdd, DiffDel}} {
			if theme.Style(pair[0]) == theme.Style(pair[1]) {
				t.Errorf("%s: %s and %s look the same", name, pair[0], pair[1])
			}
		}
	}
}

func TestTerminalUsesTheTerminalsOwnColours(t *testing.T) {
	theme := mustLoad(t, Terminal)
	for _, role := range Roles() {
		for _, c := range []Colour{theme.Style(role).FG, theme.Style(role).BG} {
			if _, _, _, rgb := c.RGB(); rgb {
				t.Errorf("%s is %s", role, c)
			}
			if n, ok := c.ANSI(); ok && n == 8 && role.IsText() {
				t.Errorf("%s is bright black, which some palettes make the background", role)
			}
		}
	}
}

func TestShippedPalettesHaveNoUnusedColours(t *testing.T) {
	entries, err := files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".toml")
		doc, err := Library{}.document(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		used := map[string]bool{}
		for _, s := range doc.roles {
			used[s.fg.text], used[s.bg.text] = true, true
		}
		for colour := range doc.palette {
			if !used[colour] {
				t.Errorf("%s: palette colour %q is not used", name, colour)
			}
		}
	}
}

func TestResolveFollowsTheTerminal(t *testing.T) {
	for shade, want := range map[BackgroundShade]string{
		UnknownBackground: "terminal", DarkBackground: "lambent-dark", LightBackground: "lambent-light",
	} {
		if got := Resolve(Follow, shade); got != want {
			t.Errorf("background %d: %s, want %s", shade, got, want)
		}
		if got := Resolve("nord", shade); got != "nord" {
			t.Errorf("nord became %s", got)
		}
	}
}

func TestFallbacksStandIn(t *testing.T) {
	theme := loadText(t, `name = "mine"
[palette]
t = "#111111"
a = "#222222"
[role]
text = "t"
accent = { fg = "a", bold = true }
success = "#333333"
warning = "#444444"
error = "ansi:bright-red"
border = "default"
background = "#000000"
`)
	accent := Style{FG: RGBColour(0x22, 0x22, 0x22), Bold: true}
	text := Style{FG: RGBColour(0x11, 0x11, 0x11)}
	for role, want := range map[Role]Style{
		Text: text, Subtle: text, Muted: text, JSONPunct: text, JSONNull: text, LogInfo: text, LogPlatform: text, LogDebug: text, Key: text,
		Accent: accent, Info: accent, BorderFocus: accent, JSONKey: accent, JSONBool: accent,
		JSONString: {FG: RGBColour(0x33, 0x33, 0x33)}, DiffAdd: {FG: RGBColour(0x33, 0x33, 0x33)},
		JSONNumber: {FG: RGBColour(0x44, 0x44, 0x44)}, LogWarn: {FG: RGBColour(0x44, 0x44, 0x44)},
		LogError: {FG: ANSIColour(9)}, DiffDel: {FG: ANSIColour(9)},
		Border: {}, Match: {Reverse: true}, Selection: {Reverse: true},
		Background: {BG: RGBColour(0, 0, 0)}, Surface: {BG: RGBColour(0, 0, 0)},
	} {
		if got := theme.Style(role); got != want {
			t.Errorf("%s is %+v, want %+v", role, got, want)
		}
	}
}

const minimal = `[role]
text = "#ffffff"
accent = "#ffffff"
success = "#ffffff"
warning = "#ffffff"
error = "#ffffff"
border = "#ffffff"
`

func TestErrorsNameFileLineAndRole(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"syntax", "name = \"mine\"\n[role\n", "mine.toml:2: "},
		{"empty", "", `mine.toml:1: a theme needs its name: name = "mine"`},
		{"wrong name", "name = \"other\"\n" + minimal, `mine.toml:1: the name is "other" and the file is called mine.toml`},
		{"unknown member", "name = \"mine\"\ncolour = 1\n" + minimal, `mine.toml:2: "colour" is not a member of a theme`},
		{"unknown role", "name = \"mine\"\n" + minimal + "txet = \"#ffffff\"\n", `mine.toml:9: role "txet" is not known`},
		{"unquoted dotted role", "name = \"mine\"\n" + minimal + "\njson.key = \"#ffffff\"\n", `mine.toml:10: role json.key: a name with a dot needs quotes: "json.key"`},
		{"missing roles", "name = \"mine\"\n[role]\ntext = \"#ffffff\"\nborder = \"#ffffff\"\n", "mine.toml:1: required roles are missing: accent, success, warning, error"},
		{"unknown colour", "name = \"mine\"\n" + minimal + "info = \"blurple\"\n", `mine.toml:9: role info: "blurple" is no name of the palette and no colour`},
		{"bad hex", "name = \"mine\"\n[palette]\na = \"#12345g\"\n" + minimal, `mine.toml:3: palette colour "a": "#12345g" is no name`},
		{"short hex", "name = \"mine\"\n[palette]\na = \"#fff\"\n" + minimal, `mine.toml:3: palette colour "a"`},
		{"attribute", "name = \"mine\"\n" + minimal + "info = { fg = \"#ffffff\", blink = true }\n", `mine.toml:9: role info: "blink" is not an attribute`},
		{"attribute type", "name = \"mine\"\n" + minimal + "info = { bold = \"yes\" }\n", `mine.toml:9: role info: bold must be true or false`},
		{"fg type", "name = \"mine\"\n" + minimal + "info = { fg = 7 }\n", `mine.toml:9: role info: fg must be a string`},
		{"role type", "name = \"mine\"\n" + minimal + "info = 7\n", `mine.toml:9: role info must be a colour or a table`},
		{"dark type", "name = \"mine\"\ndark = \"no\"\n" + minimal, "mine.toml:2: dark must be true or false"},
		{"palette type", "name = \"mine\"\npalette = 3\n" + minimal, "mine.toml:2: [palette] must be a table"},
		{"role twice", "name = \"mine\"\n" + minimal + "text = \"#000000\"\n", "mine.toml:9: "},
		{"first fault first", "name = \"mine\"\nzzz = 1\naaa = 2\n" + minimal, `mine.toml:2: "zzz"`},
		{"unknown parent", "name = \"mine\"\ninherits = \"draculla\"\n", `mine.toml:2: inherits "draculla": no theme is called "draculla"`},
		{"pseudo parent", "name = \"mine\"\ninherits = \"lambent\"\n", `mine.toml:2: inherits "lambent", which only stands for others`},
		{"own parent", "name = \"mine\"\ninherits = \"mine\"\n", `mine.toml:2: inherits "mine": theme mine inherits itself by way of mine`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "mine.toml")
			write(t, path, tt.text)
			_, err := LoadFile(path)
			if err == nil {
				t.Fatal("loaded without an error")
			}
			got := strings.Replace(err.Error(), filepath.Dir(path)+string(filepath.Separator), "", 1)
			if !strings.HasPrefix(got, tt.want) {
				t.Errorf("got  %s\nwant %s…", got, tt.want)
			}
			if strings.Contains(got, "\n") {
				t.Errorf("more than one line: %q", got)
			}
		})
	}
}

func TestInheritsIsAPaletteSwap(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "day.toml"), `name = "day"
inherits = "night"
dark = false
[palette]
paper = "#ffffff"
[role]
error = { fg = "ink", underline = true }
`)
	write(t, filepath.Join(dir, "night.toml"), `name = "night"
dark = true
credit = "someone"
[palette]
paper = "#000000"
ink = "#abcdef"
[role]
background = "paper"
text = "ink"
accent = "ink"
success = "ink"
warning = "ink"
error = "ink"
border = "ink"
`)
	theme, err := LoadFile(filepath.Join(dir, "day.toml"))
	if err != nil {
		t.Fatal(err)
	}
	ink := RGBColour(0xab, 0xcd, 0xef)
	if theme.Dark || theme.Credit != "someone" || theme.Name != "day" {
		t.Errorf("dark %v, credit %q, name %q", theme.Dark, theme.Credit, theme.Name)
	}
	if got := theme.Style(Background).BG; got != RGBColour(255, 255, 255) {
		t.Errorf("the parent's role keeps the parent's colour: %s", got)
	}
	if got, want := theme.Style(Error), (Style{FG: ink, Underline: true}); got != want {
		t.Errorf("error is %+v", got)
	}
	if got := theme.Style(Text).FG; got != ink {
		t.Errorf("text is %s", got)
	}
}

func TestLibraryPrefersTheUsersFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "nord.toml"), "name = \"nord\"\n"+minimal)
	write(t, filepath.Join(dir, "zebra.toml"), "name = \"zebra\"\ninherits = \"dracula\"\n")
	write(t, filepath.Join(dir, "notes.txt"), "not a theme")
	l := Library{Dir: dir}
	if want := append(Names(), "zebra"); !slices.Equal(l.Names(), want) {
		t.Errorf("names: %v", l.Names())
	}
	nord, err := l.Load("nord")
	if err != nil || nord.File == "" || nord.Style(Text).FG != RGBColour(255, 255, 255) {
		t.Errorf("nord: %v, file %q", err, nord.File)
	}
	zebra, err := l.Load("zebra")
	if err != nil || zebra.Style(Accent) != mustLoad(t, "dracula").Style(Accent) {
		t.Errorf("zebra: %v", err)
	}
	for _, name := range []string{"../nord", "", "nothing", "sub/nord"} {
		if _, err := l.Load(name); err == nil {
			t.Errorf("%q loads", name)
		}
	}
}

func TestHugeAndOddFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "huge.toml"), strings.Repeat("# padding\n", maxFileSize/10+1))
	if err := os.Mkdir(filepath.Join(dir, "folder.toml"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"huge", "folder"} {
		if _, err := LoadFile(filepath.Join(dir, name+".toml")); err == nil || !strings.Contains(err.Error(), name+".toml") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("name = \"mine\"\n" + minimal))
	f.Add([]byte("role = { text = \"x\", json = { key = 1 } }"))
	f.Add([]byte("[[role]]\n[palette.x]\n\"a\\u0000b\" = 1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := parse("mine.toml", "mine", text)
		if err != nil {
			return
		}
		if theme, err := doc.theme(); err == nil && theme.Name != "mine" {
			t.Errorf("name %q", theme.Name)
		}
	})
}

func mustLoad(t *testing.T, name string) Theme {
	t.Helper()
	theme, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return theme
}

func loadText(t *testing.T, text string) Theme {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mine.toml")
	write(t, path, text)
	theme, err := LoadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return theme
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
