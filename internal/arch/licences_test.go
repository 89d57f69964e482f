package arch_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestThirdParties: every module in the program is in THIRD_PARTY.md, under a licence that asks for a notice at most, or for changes of its own
// files (MPL).
func TestThirdParties(t *testing.T) {
	text, err := os.ReadFile("../../THIRD_PARTY.md")
	if err != nil {
		t.Fatal(err)
	}
	licences := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) == 4 {
			licences[strings.TrimSpace(cells[1])] = strings.TrimSpace(cells[2])
		}
	}
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "./cmd/mooring")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := strings.Fields(string(out))
	slices.Sort(modules)
	modules = slices.Compact(modules)
	if len(modules) < 20 {
		t.Fatalf("only %d modules were found", len(modules))
	}
	allowed := []string{"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MPL-2.0", "CC0-1.0", "Unlicense"}
	for _, m := range modules {
		if !slices.Contains(allowed, licences[m]) {
			t.Errorf("THIRD_PARTY.md gives %s the licence %q; run scripts/licences.sh", m, licences[m])
		}
	}
}
