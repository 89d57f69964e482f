package chatops_test

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/chatops"
)

var update = flag.Bool("update", false, "rewrite the table of verbs in docs/commands.md")

// TestDocumentedCommands: the table of docs/commands.md is the grammar, and every sample is a comment that the parser takes whole.
func TestDocumentedCommands(t *testing.T) {
	const path = "../../docs/commands.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- verbs -->\n", "<!-- verbs end -->"
	before, rest, ok := strings.Cut(string(text), begin)
	have, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the verbs", path)
	}
	if want := chatops.HelpText(); have != want {
		if !*update {
			t.Fatalf("%s does not have the verbs of the grammar: go test ./internal/chatops -run DocumentedCommands -update", path)
		}
		if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for _, m := range regexp.MustCompile("(?ms)^```text\n(.*?)^```$").FindAllStringSubmatch(before+chatops.HelpText()+after, -1) {
		commands, problems := chatops.Parse(m[1], time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC))
		if len(problems) > 0 || len(commands) != strings.Count(m[1], "\n") {
			t.Errorf("%d commands are read of\n%s\nproblems: %+v", len(commands), m[1], problems)
		}
		n += len(commands)
	}
	if n < 10 {
		t.Errorf("only %d samples", n)
	}
}
