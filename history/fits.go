package history

import (
	"slices"
	"strings"
	"unicode"
)

// A Fit says how well the name of a saved event matches a function's.
type Fit int

// The fits, better ones are higher. "orders-created" begins with orders,
// "event_orders" has it, and "OrdersFunction" is the same function as orders: templates
// call what is a function by that word.
const (
	FitsNot Fit = iota
	FitsInside
	FitsBeginning
	FitsExactly
)

// FitOf compares names word by word: letters in any case, words parted by any sign or
// by a capital letter.
func FitOf(event, function string) Fit {
	e, f := nameWords(event), nameWords(function)
	if n := len(f); n > 1 && (f[n-1] == "function" || f[n-1] == "lambda") {
		if !strings.EqualFold(event, function) {
			f = f[:n-1]
		}
	}
	switch {
	case len(f) == 0 || len(e) < len(f):
		return FitsNot
	case slices.Equal(e, f), strings.EqualFold(event, function):
		return FitsExactly
	case slices.Equal(e[:len(f)], f):
		return FitsBeginning
	}
	for i := 1; i+len(f) <= len(e); i++ {
		if slices.Equal(e[i:i+len(f)], f) {
			return FitsInside
		}
	}
	return FitsNot
}

// nameWords are the words of a name, in lower case.
func nameWords(name string) []string {
	var words []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	before := ' '
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
		case unicode.IsUpper(r) && !unicode.IsUpper(before):
			end()
			word = append(word, r)
		default:
			word = append(word, r)
		}
		before = r
	}
	end()
	return words
}
