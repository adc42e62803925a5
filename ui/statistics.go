package ui

import (
	"context"
	"errors"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
)

// A statistics is the card with the figures of a function's own runs: a row for all of
// them and one for each version, and below it what the row under the cursor comes to,
// or two rows side by side. It fills the body.
type statistics struct {
	key    history.Key
	where  string // the target, as the badge says it
	prices history.Prices

	input   field // the query that narrows the runs
	typing  bool
	before  string // the query when typing began
	asked   int    // numbers the reads; the answer of an older one is dropped
	stop    context.CancelFunc
	loading bool
	wrong   string
	known   bool // something has been read
	got     history.Statistics

	list   list    // over all and the versions
	beside *string // the version that is laid beside the one under the cursor; "" is all
}

// statisticsLive is up to how many runs are read again as soon as the store has changed;
// above, reading takes long enough to be asked for.
const statisticsLive = 5000

// statisticsSubject is the function whose statistics are shown from here: the one of the
// run or the row under the cursor, else the chosen one.
func (a *App) statisticsSubject() (where invoke.TargetInfo, function string) {
	where = a.info()
	switch a.focus {
	case paneFunctions:
		if f := a.functions.under(); f != nil {
			return where, f.Name
		}
	case paneHistory:
		if r := a.history.under(); r != nil {
			return r.Target, r.Function
		}
	}
	return where, a.functions.chosen
}

// noStatistics is why there are no statistics to show.
func (a *App) noStatistics() string {
	if why := a.noHistory(); why != "" {
		return why
	}
	if _, function := a.statisticsSubject(); function == "" {
		return a.noFunction()
	}
	return ""
}

func (a *App) openStatistics() tea.Cmd {
	where, function := a.statisticsSubject()
	architecture := ""
	if f := a.functions.function(function); f != nil {
		architecture = f.Architecture
	}
	s := &statistics{key: history.KeyOf(where, function), where: placeOf(where), prices: a.opt.Prices.For(architecture)}
	a.push(s)
	return s.read(a)
}

// placeOf is a target in a few words.
func placeOf(t invoke.TargetInfo) string {
	words := []string{string(t.Kind), t.ProjectName}
	if t.Kind == invoke.AWS {
		words = []string{string(t.Kind), t.Profile, t.Region}
	}
	return strings.Join(nonEmpty(words), " · ")
}

// statisticsCame brings figures.
type statisticsCame struct {
	card  *statistics
	asked int
	got   history.Statistics
	err   error
}

// read works the figures out anew. A read that is still under way is given up.
func (s *statistics) read(a *App) tea.Cmd {
	s.closed(a)
	s.asked++
	s.loading = true
	ctx, stop := context.WithCancel(a.ctx)
	s.stop = stop
	asked, typed, key, prices, store := s.asked, s.input.String(), s.key, s.prices, a.store()
	return a.of(func() tea.Msg {
		query, err := history.ParseQuery(typed)
		if err != nil {
			return statisticsCame{s, asked, history.Statistics{}, err}
		}
		got, err := store.Statistics(ctx, key, query, prices)
		return statisticsCame{s, asked, got, err}
	})
}

func (m statisticsCame) apply(a *App) tea.Cmd {
	s := m.card
	if m.asked != s.asked {
		return nil
	}
	s.loading, s.wrong = false, ""
	switch {
	case errors.Is(m.err, context.Canceled):
		return nil
	case m.err != nil:
		s.wrong = m.err.Error() // what was read before stays
		return nil
	}
	under := s.version(s.list.cursor)
	s.got, s.known = m.got, true
	i := slices.IndexFunc(s.rows(), func(f *history.Figures) bool { return f.Version == under })
	s.list.to(max(i, 0), len(s.rows()), s.page(a))
	if s.beside != nil && s.laid() == nil {
		s.beside = nil
	}
	return nil
}

// rows are the figures of all runs, and of the versions, the newest first.
func (s *statistics) rows() []*history.Figures {
	rows := []*history.Figures{&s.got.All}
	for i := len(s.got.Versions) - 1; i >= 0; i-- {
		rows = append(rows, &s.got.Versions[i])
	}
	return rows
}

// under are the figures of the row under the cursor.
func (s *statistics) under() *history.Figures {
	rows := s.rows()
	return rows[min(s.list.cursor, len(rows)-1)]
}

func (s *statistics) version(row int) string {
	if rows := s.rows(); row < len(rows) {
		return rows[row].Version
	}
	return ""
}

// laid are the figures that are laid beside those under the cursor, nil for none.
func (s *statistics) laid() *history.Figures {
	if s.beside == nil {
		return nil
	}
	for _, f := range s.rows() {
		if f.Version == *s.beside {
			return f
		}
	}
	return nil
}

// newer says that this belongs at the right of that: the change from the older version
// to the newer one is what is read. All runs are at the left of any version.
func (s *statistics) newer(this, that *history.Figures) bool {
	rows := s.rows()
	x, y := slices.Index(rows, this), slices.Index(rows, that)
	return y == 0 || x != 0 && x < y
}

func (s *statistics) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	key := keyName(k)
	if s.typing {
		return s.pressField(a, k)
	}
	switch key {
	case "/":
		s.typing, s.before = true, s.input.String()
		return true, nil
	case "space", "=":
		s.lay(a)
		return true, nil
	case "f9":
		return true, s.read(a)
	}
	return s.list.move(key, len(s.rows()), s.page(a)), nil
}

// pressField gives a key to the query: enter keeps it, esc takes it back.
func (s *statistics) pressField(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	text := s.input.String()
	switch keyName(k) {
	case "enter":
		s.typing = false
		return true, nil
	case "esc":
		s.typing = false
		s.input.set(s.before)
	case "up", "down", "pgup", "pgdown":
		return s.list.move(keyName(k), len(s.rows()), s.page(a)), nil
	default:
		if !s.input.press(k) {
			return false, nil
		}
	}
	if s.input.String() == text {
		return true, nil
	}
	return true, s.read(a)
}

// lay marks the row under the cursor, to be beside those that the cursor goes to, and
// goes on; on the marked row it takes the mark away.
func (s *statistics) lay(a *App) {
	version := s.version(s.list.cursor)
	if s.beside != nil && *s.beside == version {
		s.beside = nil
		return
	}
	s.beside = &version
	if last := len(s.rows()) - 1; s.list.cursor < last {
		s.list.move("down", len(s.rows()), s.page(a))
	} else {
		s.list.move("up", len(s.rows()), s.page(a))
	}
}

func (s *statistics) insert(a *App, text string) tea.Cmd {
	if !s.typing {
		s.typing, s.before = true, s.input.String()
	}
	s.input.insert(text)
	return s.read(a)
}

func (s *statistics) point(a *App, row int, double bool) tea.Cmd {
	if row == 0 {
		s.typing, s.before = true, s.input.String()
		return nil
	}
	i := row - statisticsHead + s.list.top
	if row < statisticsHead || row >= statisticsHead+s.page(a) || i >= len(s.rows()) {
		return nil
	}
	s.list.to(i, len(s.rows()), s.page(a))
	if double {
		s.lay(a)
	}
	return nil
}

func (s *statistics) wheel(a *App, lines int) tea.Cmd {
	s.list.scroll(lines, len(s.rows()), s.page(a))
	return nil
}

// closed gives up what is being read.
func (s *statistics) closed(*App) {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// rereadStatistics reads the figures again when they are on screen: the store has changed.
func (a *App) rereadStatistics() tea.Cmd {
	for _, o := range a.overlays {
		if s, ok := o.(*statistics); ok && s.got.All.Runs <= statisticsLive {
			return s.read(a)
		}
	}
	return nil
}

var _ overlay = (*statistics)(nil)
