package ui_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/ui/uitest"
)

// many is a target of AWS with n functions, which are listed in pages of 50 a second.
func many(n int) func(*uitest.Setup) {
	return func(s *uitest.Setup) {
		s.Target = func(t *uitest.Target) {
			t.Label(prod)
			t.Clear()
			t.PageSize, t.PageTakes = 50, time.Second
			for i := range n {
				f := invoke.Function{Name: fmt.Sprintf("orders-%05d", i), Runtime: "nodejs22.x", Timeout: 3 * time.Second}
				switch i % 4 {
				case 1:
					f.Name, f.Runtime, f.Description = fmt.Sprintf("payments-%05d", i), "python3.13", "bills customers"
				case 2:
					f.Name, f.Description = fmt.Sprintf("reports-%05d", i), "the nightly report of sales"
				}
				t.Add(f, answers(fmt.Sprint(i)))
			}
		}
	}
}

// under is the row of a list that the cursor is on: what is behind its marker, and where it
// is on the screen.
func under(t *testing.T, s *uitest.Shop, marker string) (text string, y int) {
	t.Helper()
	for y, row := range s.Rows() {
		for _, edge := range []string{"┃ ", "│ "} {
			if _, rest, found := strings.Cut(row, edge+marker+" "); found {
				return strings.Fields(rest)[0], y
			}
		}
	}
	t.Fatalf("nothing is marked by %q:\n%s", marker, s.Screen())
	return "", 0
}

func TestTheFirstFunctionsCanBeUsedWhileMoreCome(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, many(10_000))
	s.Want("▌ orders-00000", "payments-00001", "1 of 50 · reading…", "No result yet for orders-00000", "valid JSON")
	s.Press("ctrl+a")
	s.Type("[1]")
	s.Press("f5")
	s.Advance(30 * time.Millisecond)
	s.Want("✓ 200")
	s.Advance(3 * time.Second)
	s.Want("1 of 200 · reading…", "✓ 200", "[1]")
	s.Advance(time.Hour)
	s.Want("1 of 10,000 ─")
}

// Whatever comes while one looks at a function: it stays where it is on the screen, and chosen.
func TestNothingJumpsWhenPagesArrive(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, many(400))
	s.Press("alt+1", "pgdown", "pgdown", "down")
	name, y := under(t, s, "›")
	s.Advance(2 * time.Second)
	if n, at := under(t, s, "›"); n != name || at != y {
		t.Errorf("the cursor was on %s in row %d, and is on %s in row %d", name, y, n, at)
	}
	s.Press("/")
	s.Type("rep05") // letters in reports-0…5…, of which better ones come later
	s.Press("down", "down", "down")
	name, y = under(t, s, "›")
	before := s.Screen()
	s.Advance(3 * time.Second)
	if n, at := under(t, s, "›"); n != name || at != y {
		t.Errorf("the cursor was on %s in row %d, and is on %s in row %d", name, y, n, at)
	}
	if s.Screen() == before {
		t.Error("nothing came")
	}
	s.Press("enter")
	s.Want("No result yet for " + name)

	s.Press("ctrl+g")
	s.Want("of 300") // as many as there are
	s.Type("payments")
	s.Press("down", "down")
	name, y = under(t, s, "▌")
	s.Advance(time.Minute)
	if n, at := under(t, s, "▌"); n != name || at != y {
		t.Errorf("the cursor was on %s in row %d, and is on %s in row %d", name, y, n, at)
	}
	s.Want("3 of 100")
}

// An older list is replaced when the new one is whole: functions that are gone or new above
// the cursor do not move it.
func TestNothingJumpsWhenAnOlderListIsReplaced(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, many(100), func(s *uitest.Setup) {
		fill := s.Target
		s.Target = func(t *uitest.Target) {
			fill(t)
			t.Slow = time.Second
			t.Kept = []invoke.Function{{Name: "gone-1"}, {Name: "gone-2"}, {Name: "reports-00010"}, {Name: "orders-00012"}, {Name: "gone-3"}}
		}
	})
	s.Want("▌ gone-1", "of 5 · refreshing…")
	s.Press("alt+1", "down", "down", "down")
	if name, _ := under(t, s, "›"); name != "orders-00012" {
		t.Fatalf("the cursor is on %s", name)
	}
	s.Advance(5 * time.Second)
	s.Want("13 of 100")
	s.Without("gone", "refreshing")
	if name, _ := under(t, s, "›"); name != "orders-00012" {
		t.Errorf("the cursor is on %s", name)
	}
}

// A long list takes a moment to be read from the disk, in which the first page may come.
func TestAnOlderListComesAfterTheFirstPage(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, many(200), func(s *uitest.Setup) {
		fill := s.Target
		s.Target = func(t *uitest.Target) {
			fill(t)
			t.KeptTakes = 100 * time.Millisecond
			for i := range 150 {
				t.Kept = append(t.Kept, invoke.Function{Name: fmt.Sprintf("kept-%05d", i)})
			}
		}
	})
	s.Want("▌ orders-00000", "1 of 50 · reading…")
	s.Press("ctrl+a")
	s.Type("[7]")
	s.Advance(200 * time.Millisecond)
	s.Want("▌ orders-00000", "151 of 200 …", "[7]")
	s.Advance(time.Minute)
	s.Want("▌ orders-00000", "1 of 200 ─", "[7]")
	s.Without("kept")
}

// The function of the last start is there at once, on whatever page it comes.
func TestTheLastFunctionIsNotWaitedFor(t *testing.T) {
	dir := t.TempDir()
	kept := func(s *uitest.Setup) { s.DataDir = dir }
	s := uitest.NewShop(t, 120, 36, many(1000), kept)
	s.Advance(time.Minute)
	chosen(s, "reports-00998")
	s.Close()
	_ = s.Store.Close()
	s = uitest.NewShop(t, 120, 36, many(1000), kept)
	s.Want("▌ reports-00998", "orders-00048", "51 of 51 · reading…", "No result yet for reports-00998")
	s.Advance(time.Minute)
	s.Want("▌ reports-00998", "999 of 1,000 ─")

	_ = s.Store.Close()
	gone := uitest.NewShop(t, 120, 36, many(60), kept) // it is no more
	gone.Want("▌ orders-00000", "1 of 50 · reading…")
}

func TestFilteringFunctions(t *testing.T) {
	s := uitest.NewShop(t, 200, 50, many(200))
	s.Advance(time.Minute)
	s.Press("alt+1")
	for typed, want := range map[string]struct {
		first string
		n     string
	}{
		"pay":           {"payments-00001", "1 of 50"},
		"PAY":           {"payments-00001", "1 of 50"},
		"pymnts":        {"payments-00001", "1 of 50"},
		"00120":         {"orders-00120", "1 of 1"},
		"pay 17":        {"payments-00017", "1 of "},
		"python":        {"payments-00001", "1 of 50"},
		"nightly":       {"reports-00002", "1 of 50"},
		"nghtly":        {"reports-00002", "1 of 50"},
		"sales 18":      {"reports-00018", "1 of "},
		"node 00120":    {"orders-00120", "1 of 1"},
		"orders-00003x": {"", "nothing matches"},
	} {
		s.Press("/")
		s.Type(typed)
		s.Want(want.n)
		if want.first != "" {
			if name, _ := under(t, s, "›"); name != want.first && !(want.first == "orders-00120") {
				t.Errorf("%q: %s is first, not %s", typed, name, want.first)
			}
			s.Want(want.first)
		}
		s.Press("esc")
	}
}

// What has matched is marked, also where a narrow list would cut it off.
func TestWhatAFilterHasMatchedIsShown(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, func(s *uitest.Setup) {
		s.Target = func(t *uitest.Target) {
			t.Clear()
			t.Add(invoke.Function{Name: "mycompany-production-shop-OrdersCreate-1A2B3C", Runtime: "nodejs22.x", Description: "takes orders"}, answers("1"))
			t.Add(invoke.Function{Name: "mycompany-production-report", Runtime: "python3.13", Description: "sends the nightly über-report"}, answers("1"))
		}
	})
	s.Press("alt+1", "/")
	s.Type("create")
	s.Want("…n-shop-OrdersCreate…")
	s.Press("ctrl+u")
	s.Type("nightly")
	s.Want("mycompany-…", "nightly", "1 of 1")
	s.Press("ctrl+u")
	s.Type("python")
	s.Want("python3.13")
	row := s.Styled()[slices.IndexFunc(s.Rows(), func(r string) bool { return strings.Contains(r, "python3.13") })]
	if !strings.Contains(row, ";4m") && !strings.Contains(row, "\x1b[4m") {
		t.Errorf("nothing is underlined: %q", row)
	}
}
