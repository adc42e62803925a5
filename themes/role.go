package themes

// A Role is what a piece of the screen means. Screens name roles, themes give
// them colours, and neither knows the other.
type Role string

// The roles. Text roles are read as text, so every shipped theme keeps them at a
// contrast of 4.5:1 or better on its background, surface and selection.
const (
	Background Role = "background" // painted only if the user asked for it; BG
	Surface    Role = "surface"    // overlays and the status bar; BG
	Selection  Role = "selection"  // the current row, selected text; BG
	Match      Role = "match"      // what a search found; FG and BG

	Text    Role = "text"
	Subtle  Role = "subtle" // secondary text
	Muted   Role = "muted"  // hints, timestamps, line numbers
	Accent  Role = "accent" // focus, cursor, active tab, the badge of the local target
	Success Role = "success"
	Warning Role = "warning" // also the badge of an AWS target
	Error   Role = "error"
	Info    Role = "info"
	Key     Role = "key" // key names in hints

	Border      Role = "border"
	BorderFocus Role = "border.focus"

	JSONKey    Role = "json.key"
	JSONString Role = "json.string"
	JSONNumber Role = "json.number"
	JSONBool   Role = "json.bool"
	JSONNull   Role = "json.null"
	JSONPunct  Role = "json.punct"

	LogError    Role = "log.error"
	LogWarn     Role = "log.warn"
	LogInfo     Role = "log.info"
	LogDebug    Role = "log.debug"
	LogPlatform Role = "log.platform" // START, END, REPORT

	DiffAdd Role = "diff.add"
	DiffDel Role = "diff.del"
)

// A roleRule says what a theme has to say about a role and what holds when it says nothing.
type roleRule struct {
	role     Role
	required bool
	text     bool  // read as text
	area     bool  // a plain colour in the file is the background
	fallback Role  // the role that stands in; "" for none
	bare     Style // what stands in when there is no fallback role
}

// rules is the one table of roles. Its fallbacks keep theme files that were
// written before a role existed working.
var rules = []roleRule{
	{role: Background, area: true},
	{role: Surface, area: true, fallback: Background},
	{role: Selection, area: true, bare: Style{Reverse: true}},
	{role: Match, bare: Style{Reverse: true}},
	{role: Text, required: true, text: true},
	{role: Subtle, text: true, fallback: Text},
	{role: Muted, text: true, fallback: Subtle},
	{role: Accent, required: true, text: true},
	{role: Success, required: true, text: true},
	{role: Warning, required: true, text: true},
	{role: Error, required: true, text: true},
	{role: Info, text: true, fallback: Accent},
	{role: Key, text: true, fallback: Text},
	{role: Border, required: true},
	{role: BorderFocus, text: true, fallback: Accent}, // its title is read
	{role: JSONKey, text: true, fallback: Info},
	{role: JSONString, text: true, fallback: Success},
	{role: JSONNumber, text: true, fallback: Warning},
	{role: JSONBool, text: true, fallback: Accent},
	{role: JSONNull, text: true, fallback: Muted},
	{role: JSONPunct, text: true, fallback: Subtle},
	{role: LogError, text: true, fallback: Error},
	{role: LogWarn, text: true, fallback: Warning},
	{role: LogInfo, text: true, fallback: Text},
	{role: LogDebug, text: true, fallback: Muted},
	{role: LogPlatform, text: true, fallback: Muted},
	{role: DiffAdd, text: true, fallback: Success},
	{role: DiffDel, text: true, fallback: Error},
}

var ruleOf = func() map[Role]roleRule {
	m := make(map[Role]roleRule, len(rules))
	for _, r := range rules {
		m[r.role] = r
	}
	return m
}()

// Roles lists every role, in the order of the table.
func Roles() []Role {
	list := make([]Role, len(rules))
	for i, r := range rules {
		list[i] = r.role
	}
	return list
}

// IsText reports whether the role is read as text and so must keep its contrast.
func (r Role) IsText() bool { return ruleOf[r].text }
