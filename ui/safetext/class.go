package safetext

import (
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// class says what may be done with a character.
type class uint8

// The classes up to alone are the width of a character that joins nothing by
// itself: 1 or 2 cells, by either way of counting.
const (
	alone     class = 2
	composing class = iota + 2 // may begin a cluster of several
	dependent                  // only after a base
	hidden                     // shown by its code point
)

const zwj = 0x200d

// The class of a character is worked out when the first of it is met: a table of
// all would cost 30 ms at the start of the program, and one of each block that
// the frames' own lines touch 2 ms. Zero stands for not yet; two goroutines that
// meet the same character at once find the same class.
var blocks [(unicode.MaxRune + 1) / 256]atomic.Pointer[[256]atomic.Uint32]

func classOf(r rune) class {
	block := blocks[r>>8].Load()
	if block == nil {
		block = new([256]atomic.Uint32)
		if !blocks[r>>8].CompareAndSwap(nil, block) {
			block = blocks[r>>8].Load()
		}
	}
	c := class(block[r&255].Load())
	if c == 0 {
		c = classify(r)
		block[r&255].Store(uint32(c))
	}
	return c
}

func classify(r rune) class {
	switch {
	case isHidden(r):
		return hidden
	case unicode.In(r, unicode.M), isJamoTail(r), joinsLetter(r):
		return dependent
	case isRegional(r), isJamoHead(r):
		return composing
	}
	s := string(r)
	clusters := ansi.StringWidth(s)
	if clusters < 1 || clusters > 2 || r >= firstCJK && ansi.StringWidthWc(s) != clusters {
		return composing
	}
	return class(clusters)
}

// firstCJK is where the two ways of counting begin to differ for a character by
// itself. The first question to the table of the one by code points costs 1 ms,
// which a program that shows none of those characters need not wait for.
const firstCJK = 0x2e80

// isHidden reports whether a character has no look of its own that a person
// could recognise, or makes a terminal do something.
func isHidden(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f:
		return true
	case r&0xfffe == 0xfffe, r >= 0xfdd0 && r <= 0xfdef: // noncharacters
		return true
	case !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs):
		return true // Cf, Co, Cs, Zl, Zp and unassigned
	case isInvisibleLetter(r):
		return true
	}
	return prependsLetter(r)
}

// isInvisibleLetter reports whether r is a letter, mark or symbol without ink:
// fillers, blank patterns, variation selectors (those of emoji excepted, which
// are judged in their place), and the other default-ignorable marks.
func isInvisibleLetter(r rune) bool {
	switch r {
	case 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x2800, 0x3164, 0xffa0, 0x16fe4, 0x1d159:
		return true
	}
	return r >= 0x180b && r <= 0x180f || r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0000 && r <= 0xe0fff
}

// prependsLetter reports whether r joins the character after it.
func prependsLetter(r rune) bool {
	s := string(r)
	c, _ := ansi.FirstGraphemeCluster(s+"a", ansi.GraphemeWidth)
	return len(c) > len(s)
}

// joinsLetter reports whether r joins the character before it.
func joinsLetter(r rune) bool {
	c, _ := ansi.FirstGraphemeCluster("a"+string(r), ansi.GraphemeWidth)
	return len(c) > 1
}

// isJamoHead and isJamoTail are the conjoining letters of Hangul: leading
// consonants; vowels and trailing consonants.
func isJamoHead(r rune) bool { return r >= 0x1100 && r <= 0x115f || r >= 0xa960 && r <= 0xa97c }

func isJamoTail(r rune) bool { return r >= 0x1160 && r <= 0x11ff || r >= 0xd7b0 && r <= 0xd7fb }

func isRegional(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

func isModifier(r rune) bool { return r >= 0x1f3fb && r <= 0x1f3ff }

// isSelector reports whether r asks for the text or emoji look of a symbol.
func isSelector(r rune) bool { return r == 0xfe0e || r == 0xfe0f }

func isKeycapBase(r rune) bool { return r >= '0' && r <= '9' || r == '#' || r == '*' }

// isEmoji reports whether r can be an element of an emoji sequence. All of
// these are symbols, but for a few punctuation marks.
func isEmoji(r rune) bool {
	switch r {
	case utf8.RuneError:
		return false
	case 0x203c, 0x2049, 0x3030:
		return true
	}
	return r > 0xa8 && unicode.In(r, unicode.So, unicode.Sm)
}
