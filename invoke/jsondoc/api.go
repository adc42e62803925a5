package jsondoc

// Published signatures; bodies follow.

type Scanner struct{ b []byte }
type State struct{ Offset int }

func Scan(b []byte) *Scanner                { return &Scanner{b: b} } // strict
func Lex(b []byte) *Scanner                 { return &Scanner{b: b} } // lenient, for colours: never fails
func LexFrom(b []byte, from State) *Scanner { return &Scanner{b: b} } // lenient, resumes; offsets are those of b
func (s *Scanner) Next() Token              { return Token{} }
func (s *Scanner) Err() *SyntaxError        { return nil }
func (s *Scanner) State() State             { return State{} }
func (s State) Equal(t State) bool          { return false }

type SyntaxError struct {
	Offset       int    // byte offset of the place where a person would fix it
	Line, Column int    // the same, 1-based; columns count characters
	Message      string // "expected a comma after this value"
	Jackson      string // Lambda's words with their own line and column
}

func (e *SyntaxError) Error() string { return e.Message }
func Check(b []byte) *SyntaxError    { return nil }
func Valid(b []byte) bool            { return false }
func Equal(a, b []byte) bool         { return false }

type Path struct{ steps []step }
type step struct{}

func ParsePath(s string) (Path, error)    { return Path{}, nil } // "/a/0" or "a.b[0]"
func (p Path) Pointer() string            { return "" }
func (p Path) String() string             { return "" }
func PathAt(b []byte, offset int) Path    { return Path{} }
func Find(b []byte, p Path) (Token, bool) { return Token{}, false }
func Unquote(raw []byte) ([]byte, bool)   { return nil, false } // a string token's text; lone surrogates become U+FFFD

type Change uint8

const (
	Changed Change = iota
	Added
	Removed
)

type Difference struct {
	Path       Path
	Change     Change
	This, That []byte // raw; nil when absent
}

func Diff(a, b []byte, ignore ...Path) ([]Difference, error)          { return nil, nil }
func Format(b []byte, indent string) ([]byte, error)                  { return nil, nil }
func Minify(b []byte) ([]byte, error)                                 { return nil, nil }
func FormatBudget(b []byte, indent string, limit int) ([]byte, error) { return nil, nil }
