package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
	"github.com/mooringdev/mooring/internal/drift"
)

func changed(address, by string, minute int, paths ...string) *Finding {
	return &Finding{Finding: drift.Finding{Address: address}, Attribution: []blame.Attribution{{
		Paths: paths, Verdict: blame.Confirmed, Via: audit.ViaConsole,
		Actor: audit.Actor{Name: by, Type: audit.ActorHuman}, At: time.Date(2026, 11, 20, 17, minute, 0, 0, time.UTC),
	}}}
}

func TestMermaidTimeline(t *testing.T) {
	if rows := mermaidTimeline([]*Finding{changed("aws_x.a", "ann", 3), changed("aws_x.b", "ann", 4)}); rows != nil {
		t.Errorf("one person needs no diagram: %q", rows)
	}
	got := mermaidTimeline([]*Finding{
		changed("aws_x.late", "bob", 9, "size"), changed(`aws_x.a["k"]`, "ann", 3, "port"), changed("aws_x.b", "ann", 3), changed("aws_x.c", "ann", 3), changed("aws_x.d", "ann", 3),
		changed("aws_x.e", "ann", 3),
	})
	want := []string{strings.Join([]string{
		"```mermaid", "timeline",
		"    20 Nov 2026 17.03 UTC : ann, console : aws_x.a['k'] port : aws_x.b : aws_x.c : and more",
		"    20 Nov 2026 17.09 UTC : bob, console : aws_x.late size",
		"```",
	}, "\n")}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	var many []*Finding
	for i := range 15 {
		many = append(many, changed(fmt.Sprintf("aws_x.n%d", i), fmt.Sprintf("user-%d", i), i))
	}
	if got := mermaidTimeline(many)[0]; !strings.HasSuffix(got, "\n    later : 5 more changes\n```") || strings.Count(got, "\n") != maxPeriods+3 {
		t.Errorf("%s", got)
	}
}

// TestMermaidTimelineIsPlain: whatever people and resources are called, a diagram has the lines it should have and no character that means something.
func TestMermaidTimelineIsPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var findings []*Finding
		for i := range rapid.IntRange(2, 4).Draw(t, "n") {
			findings = append(findings, changed(rapid.String().Draw(t, "address"), "x"+rapid.String().Draw(t, "name"), i, rapid.String().Draw(t, "path")))
		}
		for _, text := range mermaidTimeline(findings) {
			lines := strings.Split(text, "\n")
			if len(lines) != len(findings)+3 || lines[0] != "```mermaid" || lines[len(lines)-1] != "```" {
				t.Fatalf("%q", text)
			}
			for _, line := range lines[2 : len(lines)-1] {
				if strings.Count(line, ":") != 2 || strings.Count(line, " : ") != 2 || strings.ContainsAny(line, "`#;<>{}%&|\"\\") {
					t.Fatalf("%q", line)
				}
			}
		}
	})
}
