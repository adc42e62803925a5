package ui

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sahilm/fuzzy"

	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A catalog is what is searched of the rows of a list as one types. Of each row it has the
// name, in which letters may be far apart, and other words, each of which is matched by
// itself: the letters of something typed are always found somewhere in a long text.
type catalog struct {
	names   []string
	folded  []string // names in lower case
	letters []letters
	words   catalogWords

	// What was found last. When more is typed, only what was found can be found again.
	last struct {
		typed string
		rows  int // how many there were
		found []int
	}
}

// catalogWords are the other words of all rows, in the order of the rows.
type catalogWords struct {
	texts   []string // in lower case
	letters []letters
	rows    []int
	at      []int // where in the row's text the word begins, in bytes
}

// letters are the letters and digits that a text has, a bit for each, and one for all else:
// most texts that do not have all that is looked for are told apart by them.
type letters uint64

func lettersOf(folded string) (l letters) {
	for _, c := range []byte(folded) {
		switch {
		case c >= 'a' && c <= 'z':
			l |= 1 << (c - 'a')
		case c >= '0' && c <= '9':
			l |= 1 << (26 + c - '0')
		default:
			l |= 1 << 63
		}
	}
	return l
}

func (l letters) have(all letters) bool { return l&all == all }

// add adds a row: its name, and the text that has its other words.
func (c *catalog) add(name, text string) {
	row := len(c.names)
	c.names = append(c.names, name)
	c.folded = append(c.folded, strings.ToLower(name))
	c.letters = append(c.letters, lettersOf(c.folded[row]))
	folded := strings.ToLower(text)
	at := 0
	for word := range strings.SplitSeq(folded, " ") {
		if word != "" {
			c.words.texts = append(c.words.texts, word)
			c.words.letters = append(c.words.letters, lettersOf(word))
			c.words.rows = append(c.words.rows, row)
			c.words.at = append(c.words.at, at)
		}
		at += len(word) + 1
	}
}

// A match is a row that has all that was typed. The lower the order, the better.
type match struct {
	row   int
	order int
}

// How well a word that was typed matches a row. What is typed is looked for as it is before its
// letters are, and in the name before the other words.
const (
	matchesStart = iota // the name, or a part of it, begins so
	matchesPart
	matchesWord
	matchesLetters
	matchesWordLetters
	matchKinds
)

// kindWeight is more than a score can be better than another one of the same kind.
const kindWeight = 1 << 16

// find lists the rows that match every word that is typed, the best first and equal ones
// in their order; nothing typed is matched by all.
func (c *catalog) find(typed string) []match {
	found := c.candidates(typed)
	terms := strings.Fields(strings.ToLower(typed))
	for _, term := range terms {
		orders := c.orders(term, found)
		kept := found[:0]
		for _, m := range found {
			if o := orders[m.row]; o >= 0 {
				kept = append(kept, match{m.row, m.order + o})
			}
		}
		found = kept
	}
	c.last.typed, c.last.rows, c.last.found = typed, len(c.names), c.last.found[:0]
	for _, m := range found {
		c.last.found = append(c.last.found, m.row)
	}
	if len(terms) > 0 {
		slices.SortFunc(found, func(x, y match) int { return cmp.Or(cmp.Compare(x.order, y.order), x.row-y.row) })
	}
	return found
}

// candidates are the rows that what is typed is looked for in, in their order.
func (c *catalog) candidates(typed string) []match {
	rows := make([]match, 0, len(c.names))
	from := 0
	if strings.HasPrefix(typed, c.last.typed) {
		for _, row := range c.last.found {
			rows = append(rows, match{row: row})
		}
		from = c.last.rows // those that have come since
	}
	for row := from; row < len(c.names); row++ {
		rows = append(rows, match{row: row})
	}
	return rows
}

// orders says for each row among those given how well it matches one word, -1 where it does not.
func (c *catalog) orders(term string, among []match) []int {
	orders := make([]int, len(c.names))
	for i := range orders {
		orders[i] = -1
	}
	all := lettersOf(term)
	var rest []int // that do not have the word as it is
	spread := picked{of: c.folded}
	for _, m := range among {
		name := c.folded[m.row]
		switch at := strings.Index(name, term); {
		case at < 0:
			rest = append(rest, m.row)
			if c.letters[m.row].have(all) {
				spread.rows = append(spread.rows, m.row)
			}
		case beginsPart(name, at):
			orders[m.row] = order(matchesStart, -len(name))
		default:
			orders[m.row] = order(matchesPart, -len(name))
		}
	}
	for _, m := range fuzzy.FindFromNoSort(term, &spread) {
		orders[spread.rows[m.Index]] = order(matchesLetters, m.Score)
	}
	c.ordersOfWords(term, rest, orders)
	return orders
}

// ordersOfWords looks in the other words of the rows whose names do not have the word as it is.
func (c *catalog) ordersOfWords(term string, among []int, orders []int) {
	wanted := make([]bool, len(c.names))
	for _, row := range among {
		wanted[row] = true
	}
	all, spread := lettersOf(term), picked{of: c.words.texts}
	better := func(row, o int) {
		if orders[row] < 0 || o < orders[row] {
			orders[row] = o
		}
	}
	for i, word := range c.words.texts {
		switch row := c.words.rows[i]; {
		case !wanted[row] || !c.words.letters[i].have(all):
		case strings.Contains(word, term):
			better(row, order(matchesWord, -len(word)))
		default:
			spread.rows = append(spread.rows, i)
		}
	}
	for _, m := range fuzzy.FindFromNoSort(term, &spread) {
		better(c.words.rows[spread.rows[m.Index]], order(matchesWordLetters, m.Score))
	}
}

// order is a place in the order of matches: the kind, then the score, the higher the better.
func order(kind, score int) int {
	return kind*kindWeight + kindWeight/2 - max(min(score, kindWeight/2-1), 1-kindWeight/2)
}

// beginsPart says that at a place in a name one of its parts begins.
func beginsPart(name string, at int) bool {
	return at == 0 || strings.IndexByte("-_./: ", name[at-1]) >= 0
}

// picked are some of the texts, for the matcher.
type picked struct {
	of   []string
	rows []int
}

func (p *picked) Len() int            { return len(p.rows) }
func (p *picked) String(i int) string { return p.of[p.rows[i]] }

// marks are the bytes of a row's name and of its text that what is typed has matched.
func (c *catalog) marks(row int, typed string) (name, text []int) {
	for _, term := range strings.Fields(strings.ToLower(typed)) {
		inName, inText := c.marksOf(row, term)
		if len(c.folded[row]) == len(c.names[row]) { // else the places are others
			name = append(name, inName...)
		}
		text = append(text, inText...)
	}
	slices.Sort(name)
	slices.Sort(text)
	return slices.Compact(name), slices.Compact(text)
}

// marksOf are the marks of one word that is typed, where it matches best.
func (c *catalog) marksOf(row int, term string) (name, text []int) {
	if at := strings.Index(c.folded[row], term); at >= 0 {
		return series(at, len(term)), nil
	}
	first, _ := slices.BinarySearch(c.words.rows, row)
	end, _ := slices.BinarySearch(c.words.rows, row+1)
	for i := first; i < end; i++ {
		if at := strings.Index(c.words.texts[i], term); at >= 0 {
			return nil, series(c.words.at[i]+at, len(term))
		}
	}
	if found := fuzzy.FindNoSort(term, c.folded[row:row+1]); len(found) > 0 {
		return found[0].MatchedIndexes, nil
	}
	for i := first; i < end; i++ {
		if found := fuzzy.FindNoSort(term, c.words.texts[i:i+1]); len(found) > 0 {
			for _, at := range found[0].MatchedIndexes {
				text = append(text, c.words.at[i]+at)
			}
			return nil, text
		}
	}
	return nil, nil
}

// series are n numbers from at on.
func series(at, n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = at + i
	}
	return list
}

// addMatched adds text in at most w cells with its matched bytes marked. Where they would
// be cut off, the beginning of the text is. Text that has to be shown otherwise than it is
// written is not marked: its bytes are not its cells.
func addMatched(r *frame.Row, w int, look, mark frame.Style, text string, at []int) {
	line := safetext.FromString(text)
	cells := cellsOf(text, at)
	if len(cells) == 0 || line.String() != text || w < 3 {
		r.Add(look, line.Cut(w))
		return
	}
	from, to := window(line.Width(), cells[len(cells)-1].to, w)
	if from > 0 {
		r.Add(look, safetext.Trusted("…"))
	}
	done := from
	for _, c := range cells {
		if c.from < done || c.to > to {
			continue
		}
		r.Add(look, line.Slice(done, c.from))
		r.Add(mark, line.Slice(c.from, c.to))
		done = c.to
	}
	r.Add(look, line.Slice(done, to))
	if to < line.Width() {
		r.Add(look, safetext.Trusted("…"))
	}
}

// window is the part of a text of n cells that is shown in w, with a mark in the place of
// what is cut off at either end: from its beginning, unless the cell before last is not in it then.
func window(n, last, w int) (from, to int) {
	switch {
	case n <= w:
		return 0, n
	case last < w:
		return 0, w - 1
	case last == n:
		return n - w + 1, n
	}
	return last - w + 2, last
}

// A cell is where a character is: its cells from and up to.
type cell struct{ from, to int }

// cellsOf are the cells of bytes of a text.
func cellsOf(text string, at []int) []cell {
	var cells []cell
	for _, i := range at {
		if i >= len(text) || !utf8.RuneStart(text[i]) {
			continue
		}
		_, n := utf8.DecodeRuneInString(text[i:])
		from := safetext.FromString(text[:i]).Width()
		cells = append(cells, cell{from, safetext.FromString(text[:i+n]).Width()})
	}
	return cells
}

// marksBefore are the places before n; marksFrom those from n on, counted from there.
func marksBefore(at []int, n int) []int {
	i, _ := slices.BinarySearch(at, n)
	return at[:i]
}

func marksFrom(at []int, n int) []int {
	i, _ := slices.BinarySearch(at, n)
	rest := slices.Clone(at[i:])
	for j := range rest {
		rest[j] -= n
	}
	return rest
}
