package adopt_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/git"
)

// generated are the parts of the document that are made from the code and its test cases: <!-- case NAME --> or <!-- refusals -->, a blank line,
// what is made, a blank line, <!-- end -->.
var generated = regexp.MustCompile(`(?s)<!-- (case [a-z-]+/[a-z-]+|case deeds/[a-z]+ [a-z/.]+|refusals) -->\n.*?<!-- end -->`)

// TestAdoptionDocument holds docs/adoption.md against the code: every before and after is that of a test case, every refusal is listed with what
// a person can do.
func TestAdoptionDocument(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "adoption.md")
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	want := generated.ReplaceAllFunc(have, func(part []byte) []byte {
		name := string(generated.FindSubmatch(part)[1])
		var text string
		if name == "refusals" {
			text = refusalTable()
		} else {
			cases++
			text = "```diff\n" + sample(t, strings.Fields(name)[1:]) + "```\n"
		}
		return []byte("<!-- " + name + " -->\n\n" + text + "\n<!-- end -->")
	})
	if cases < 20 {
		t.Errorf("only %d cases are shown", cases)
	}
	if bytes.Equal(have, want) {
		return
	}
	if !*update {
		t.Fatalf("%s does not say what the code does: run go test ./internal/adopt -run %s -update", file, t.Name())
	}
	if err := os.WriteFile(file, want, 0o644); err != nil {
		t.Fatal(err)
	}
}

func refusalTable() string {
	hints := adopt.Hints()
	var b strings.Builder
	b.WriteString("| code | what a person can do |\n|---|---|\n")
	for _, code := range slices.Sorted(maps.Keys(hints)) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", code, hints[code])
	}
	return b.String()
}

// sample is what a case of a solver rule changes, or one file of the patch of a case with a real engine.
func sample(t *testing.T, args []string) string {
	t.Helper()
	if len(args) == 2 {
		_, _, _, expected := golden(t, filepath.Base(args[0])+".txtar")
		for _, part := range strings.SplitAfter("\n"+expected["patch"], "\n--- ") {
			if rest, ok := strings.CutPrefix(part, args[1]+"\n"); ok {
				_, rest, _ = strings.Cut(rest, "\n") // the +++ line
				return strings.TrimSuffix(rest, "--- ")
			}
		}
		t.Fatalf("the case %s edits no file %s", args[0], args[1])
	}
	a, err := txtar.ParseFile(filepath.Join("solve", "testdata", filepath.FromSlash(args[0])+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	before := map[string][]byte{}
	for _, f := range a.Files {
		before[f.Name] = f.Data
	}
	var out strings.Builder
	for _, f := range a.Files {
		name, ok := cutPrefix(f.Name, "after/")
		if !ok || bytes.Equal(before[name], f.Data) {
			continue
		}
		patch := string(git.Patch([]git.FileDiff{{Path: name, Before: before[name], After: f.Data}}))
		_, patch, _ = strings.Cut(patch, "\n")
		for _, line := range strings.SplitAfter(patch, "\n") {
			if !strings.HasPrefix(line, "@@") && !strings.HasPrefix(line, "--- ") {
				out.WriteString(strings.Replace(line, "+++ b/", "# ", 1))
			}
		}
	}
	if out.Len() == 0 {
		t.Fatalf("the case %s edits nothing", args[0])
	}
	return out.String()
}

// TestEveryRefusalIsKnown: the code of every refusal that this package and the solver can give is in the closed list, and each has a hint that says
// what to do in words of its own.
func TestEveryRefusalIsKnown(t *testing.T) {
	hints := adopt.Hints()
	declared := regexp.MustCompile(`(?m)^\t(?:Code)?[A-Z]\w+ += "([a-z_]+)"`)
	found := 0
	for _, file := range []string{"refusal.go", filepath.Join("solve", "candidate.go")} {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range declared.FindAllStringSubmatch(string(src), -1) {
			found++
			if len(hints[m[1]]) < 20 {
				t.Errorf("the refusal %s says nothing of what to do", m[1])
			}
		}
	}
	if found != len(hints) {
		t.Errorf("%d codes are declared, %d have a hint", found, len(hints))
	}
	// Each code is given by a test: the sources of the tests name it, by its constant or its text.
	var tests strings.Builder
	for _, glob := range []string{"*_test.go", "testdata/*.txtar", "testdata/*/*.txtar", "solve/*_test.go", "solve/testdata/*/*.txtar", "../scan/*_test.go", "../cli/*_test.go", "../cli/testdata/script/*.txtar"} {
		files, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tests.Write(src)
		}
	}
	for code, constant := range adopt.Constants() {
		if !strings.Contains(tests.String(), code) && !strings.Contains(tests.String(), "adopt."+constant) {
			t.Errorf("no test is about the refusal %s (%s)", code, constant)
		}
	}
}
