package edit

import (
	"bytes"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"lambent/invoke/jsondoc"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

func lines5000() []byte {
	return []byte("{\n" + strings.Repeat("  \"orderId\": \"o-1042\", \"total\": 129.90,\n", 4998) + "  \"last\": 1\n}")
}

func megabytes(oneLine bool) []byte {
	part := `{"orderId": "o-1042", "total": 129.90, "note": "für Zoë"},`
	if !oneLine {
		part += "\n"
	}
	return []byte("[" + strings.Repeat(part, 6<<20/len(part)) + "0]")
}

// P9: from a key to the painted rows of 80x50. The floor is what any editor has to
// do: insert a byte into a slice and paint rows of plain text.
func BenchmarkKey(b *testing.B) {
	for _, doc := range []struct {
		name string
		text []byte
	}{{"5000 lines", lines5000()}, {"6 MB", megabytes(false)}, {"6 MB in one line", megabytes(true)}} {
		for _, place := range []struct {
			name string
			m    Motion
		}{{"start", TextStart}, {"middle", PageUp}, {"end", TextEnd}} {
			b.Run(doc.name+"/"+place.name, func(b *testing.B) {
				e := New(doc.text)
				e.SetSize(80, 50)
				if place.m == PageUp {
					e.GoToOffset(len(doc.text) / 2)
				} else {
					e.Move(place.m, false)
				}
				keys := []tea.KeyPressMsg{{Code: 'x', Text: "x"}, {Code: tea.KeyBackspace}}
				i := 0
				for b.Loop() {
					e.Key(keys[i&1])
					e.Rows(80, 50, &styles)
					e.Cursor(80, 50)
					i++
				}
			})
		}
	}
	b.Run("floor", func(b *testing.B) {
		text := lines5000()
		var row frame.Row
		for b.Loop() {
			text = append(text[:0], append([]byte("x"), text[:len(text)-1]...)...)
			rows := 0
			for line := range bytes.SplitSeq(text, newline) {
				if rows++; rows > 50 {
					break
				}
				row.Reset(80)
				row.Add("", safetext.FromBytes(line))
				_ = row.String()
			}
		}
	})
}

// What a large text costs when its turn comes in the background.
func BenchmarkCheck(b *testing.B) {
	text := megabytes(false)
	b.Run("floor-jsondoc", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			jsondoc.Check(text)
		}
	})
	b.Run("Check", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			Check(text)
		}
	})
}

func BenchmarkMegabytes(b *testing.B) {
	text := megabytes(false)
	b.Run("paste", func(b *testing.B) {
		paste := string(text)
		for b.Loop() {
			e := New(nil)
			e.SetSize(80, 50)
			e.Paste(paste)
			e.Rows(80, 50, &styles)
		}
	})
	b.Run("search to the end", func(b *testing.B) {
		e := New(append(text[:len(text):len(text)], "the end"...))
		e.SetSize(80, 50)
		for b.Loop() {
			e.Move(TextStart, false)
			e.Find("the end")
			e.Rows(80, 50, &styles)
		}
	})
	b.Run("bracket across the text", func(b *testing.B) {
		e := New(text)
		e.SetSize(80, 50)
		for b.Loop() {
			e.version++
			e.Rows(80, 50, &styles)
		}
	})
}
