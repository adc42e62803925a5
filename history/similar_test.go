package history

import (
	"context"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
)

func TestSimilar(t *testing.T) {
	for _, c := range []struct{ text, word, want string }{
		{"orders", "ordrs", "[ord]e[rs]"},
		{"paymentdeclined", "paydec", "[pay]ment[dec]lined"},
		{"timeout", "tmout", "[t]i[m]e[out]"},
		{"orders", "orders", "[orders]"},
		{"oooorders", "ordrs", "ooo[ord]e[rs]"},
		{"o-r-d orders", "ordrs", "o-r-d [ord]e[rs]"},
		{"grüße", "grße", "[gr]ü[ße]"},
		{"orders", "sredro", ""},
		{"o......rders", "orders", ""},
		{"", "abc", ""},
		{"ab", "abc", ""},
	} {
		pieces, _, ok := similar(c.text, c.word)
		got := ""
		if ok {
			at := 0
			for _, p := range pieces {
				got += c.text[at:p[0]] + "[" + c.text[p[0]:p[1]] + "]"
				at = p[1]
			}
			got += c.text[at:]
		}
		if got != c.want {
			t.Errorf("%q in %q: %q, want %q", c.word, c.text, got, c.want)
		}
	}
}

// The place that is found is the closest of all, as looking from every character tells.
func TestSimilarIsTheClosest(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	letters := []rune("abcdü")
	text := func(n int) string {
		out := make([]rune, n)
		for i := range out {
			out[i] = letters[r.Intn(len(letters))]
		}
		return string(out)
	}
	found := 0
	for range 20_000 {
		in, word := text(r.Intn(30)), text(3+r.Intn(5))
		best := -1
		for start := range in {
			if end := lastOf(in, word, start); end >= 0 && (best < 0 || end-start-len(word) < best) {
				best = end - start - len(word)
			}
		}
		if best > len([]rune(word))*3/4 {
			best = -1
		}
		pieces, gap, ok := similar(in, word)
		if !ok {
			gap = -1
		}
		if gap != best {
			t.Fatalf("%q in %q: %d bytes in between, want %d", word, in, gap, best)
		}
		if ok {
			found++
			joined := ""
			for _, p := range pieces {
				joined += in[p[0]:p[1]]
			}
			if joined != word {
				t.Fatalf("%q in %q: the pieces are %q", word, in, joined)
			}
		}
	}
	if found < 1000 {
		t.Errorf("only %d of the words were there", found)
	}
}

func TestSimilarRuns(t *testing.T) {
	s := open(t, t.TempDir())
	run := func(info invoke.TargetInfo, function, payload, event string, fail bool) {
		target := ok(info, "{}")
		if fail {
			target.answer = func(context.Context, invoke.Request) (invoke.Result, error) {
				return invoke.Result{StatusCode: 200, FunctionError: "Unhandled",
					Failure: &invoke.Failure{Kind: invoke.FunctionFailure, Name: "PaymentDeclined", Ran: invoke.RanYes}}, nil
			}
		}
		invokeOne(t, s, target, invoke.Request{Function: function, Payload: []byte(payload), SavedEvent: event})
	}
	run(localInfo, "orders", `{"sku":"A-77"}`, "", false)            // 1
	run(localInfo, "payments", `{}`, "", true)                       // 2
	run(awsInfo, "Orders-API", `{"id":1}`, "", false)                // 3
	run(localInfo, "echo", `{"a":"\xff\u0000"}`, "big-order", false) // 4
	run(localInfo, "orders", `{}`, "", false)                        // 5
	for text, want := range map[string]string{
		"ordrs":              "5 3 1",
		"ORDRS":              "5 3 1",
		"paydec":             "2",
		"fn:pyments":         "2",
		"error:pymt":         "2",
		"ordrs target:aws":   "3",
		"ordrs sku":          "1", // one as it is, one similar
		"bigordr":            "4",
		"ordrs is:error":     "",
		"qualifier:ordrs":    "",
		"or":                 "", // too short to be similar to anything
		"is:ok":              "",
		"xyzzy":              "",
		"\xff\xfe\xfd":       "",
		"\ufffd\ufffd\ufffd": "",
	} {
		q, err := ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := s.Similar(context.Background(), q, nil, 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range rows {
			got = append(got, fmt.Sprint(row.ID))
			for _, m := range row.Matches {
				for _, p := range m.Pieces {
					if p[0] < m.Start || p[1] > m.End || p[0] >= p[1] || m.End > len(m.Text) {
						t.Errorf("%q: %+v", text, m)
					}
				}
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q finds %v, want %s", text, got, want)
		}
	}
	q, _ := ParseQuery("ordrs")
	first, err := s.Similar(context.Background(), q, nil, 1)
	if err != nil || len(first) != 1 {
		t.Fatal(first, err)
	}
	rest, err := s.Similar(context.Background(), q, first, 10)
	if err != nil || slices.ContainsFunc(rest, func(r Summary) bool { return r.ID == first[0].ID }) || len(rest) != 2 {
		t.Errorf("beside %v: %v, %v", first, rest, err)
	}
	// What was written and deleted since is seen.
	run(localInfo, "orders", `{}`, "", false) // 6
	if err := s.Delete(context.Background(), 5); err != nil {
		t.Fatal(err)
	}
	rows, err := s.Similar(context.Background(), q, nil, 1)
	if err != nil || len(rows) != 1 || rows[0].ID != 6 {
		t.Errorf("then %v, %v", rows, err)
	}
}

// BenchmarkSimilar is what a key press adds where List has found few: over as many
// runs as are looked at, and over a plain loop over the same texts (strings.Contains).
func BenchmarkSimilar(b *testing.B) {
	s := open(b, b.TempDir())
	fill(b, s, 0, recentRuns)
	typed := []string{"ordrs", "c-00ab", "functn3", "wrhouse", "zzzz", "paydec"}
	ctx := context.Background()
	var ours, floor []time.Duration
	for i := 0; b.Loop(); i++ {
		text := typed[i%len(typed)]
		q, err := ParseQuery(text)
		if err != nil {
			b.Fatal(err)
		}
		ours = timed(ours, func() {
			if _, err := s.Similar(ctx, q, nil, 50); err != nil {
				b.Fatal(err)
			}
		})
		runs := s.recent.runs
		floor = timed(floor, func() {
			for i := range runs {
				for _, t := range runs[i].texts {
					if strings.Contains(t, text) {
						break
					}
				}
			}
		})
	}
	report(b, "similar", ours)
	b.ReportMetric(float64(median(ours))/float64(median(floor)), "similar/contains")
}
