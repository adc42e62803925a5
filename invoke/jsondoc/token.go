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
	Class
	Start, End int
	// Depth counts the containers around the token. A container's two brackets
	// have the depth of the container itself: 0 at the top.
	Depth int
}

// Class is the part of a token that isn't a place. It is a struct of its own because
// a struct of more than four fields is not kept in registers, which costs the
// scanner a third of its speed.
type Class struct {
	Kind Kind
	Bad  bool // its spelling or place is not JSON: not closed, a bad escape, a comma missing before it; lenient scanners only
}
