package jsondoc

// Kind says what a token is.
type Kind uint8

// The kinds of tokens.
const (
	End         Kind = iota // the end of the input, or of what can be read
	Invalid                 // bytes that are no token; lenient scanners only
	ObjectStart             // {
	ObjectEnd               // }
	ArrayStart              // [
	ArrayEnd                // ]
	Colon                   // :
	Comma                   // ,
	Key                     // a member's name, with its quotes
	String                  // a string value, with its quotes
	Number
	True
	False
	Null
)

// IsValue reports whether a value starts with a token of this kind.
func (k Kind) IsValue() bool {
	return k == ObjectStart || k == ArrayStart || k >= String
}

// A Token is one token of a document: b[Start:End].
type Token struct {
	Kind       Kind
	Bad        bool // its spelling is not JSON: not closed, a bad escape, 01; lenient scanners only
	Start, End int
	// Depth counts the containers around the token. A container's two brackets
	// have the depth of the container itself: 0 at the top.
	Depth int
}
