package report

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestPaintKeepsTheLine: colours are laid over the text, and take or add nothing.
func TestPaintKeepsTheLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := strings.ToValidUTF8(rapid.StringMatching(`[ a-z="#/${}<\[\]0-9.é\\-]{0,60}`).Draw(t, "line"), "?")
		var b strings.Builder
		for _, p := range paint("main.tf", line) {
			b.WriteString(p.Text)
		}
		if b.String() != line {
			t.Fatalf("painted %q as %q", line, b.String())
		}
	})
}

func TestPaint(t *testing.T) {
	want := []htmlPart{{"name", "instance_type"}, {"", " = "}, {"text", `"t3.large"`}, {"", " "}, {"comment", "# as it is"}}
	got := paint("main.tf", `instance_type = "t3.large" # as it is`)
	if len(got) != len(want) {
		t.Fatalf("painted %q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("part %d is %q, want %q", i, got[i], want[i])
		}
	}
	if got := paint("data.json", `{"a": 1}`); len(got) != 1 {
		t.Errorf("JSON is painted as configuration: %q", got)
	}
}
