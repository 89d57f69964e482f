package arch_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var codes = regexp.MustCompile(`(?m)^\t(?:Code|Reason)?[A-Z]\w+\s+= "([a-z_]+)"`)

// TestTroubleshooting: every code that a report can show has its line in docs/troubleshooting.md.
func TestTroubleshooting(t *testing.T) {
	page, err := os.ReadFile("../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	for file, after := range map[string]string{
		"../adopt/refusal.go": "// The codes of refusals.", "../adopt/solve/candidate.go": "// The codes of reasons", "../blame/attribution.go": "ReasonDeliveryLag",
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, ok := strings.Cut(string(text), after)
		if !ok {
			t.Fatalf("%s has no codes after %q", file, after)
		}
		rest, _, _ = strings.Cut("\t"+after+rest, "\n)")
		found := codes.FindAllStringSubmatch(rest, -1)
		if len(found) < 5 {
			t.Fatalf("%s: only %d codes were found", file, len(found))
		}
		for _, m := range found {
			if !strings.Contains(string(page), "| `"+m[1]+"` |") {
				t.Errorf("docs/troubleshooting.md says nothing of the code %s of %s", m[1], file)
			}
		}
	}
}
