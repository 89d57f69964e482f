package arch_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"

	"github.com/mooringdev/mooring/internal/config"
)

// fences finds the fenced blocks of a document: language and text.
var fences = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

// TestDocuments holds every sample in the documents against what reads it: configuration by the configuration's own loader, workflows by
// actionlint, links by the tree, commands by the list of commands.
func TestDocuments(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, "../../README.md", "../../CONTRIBUTING.md", "../../SECURITY.md", "../../CHANGELOG.md")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range fences.FindAllStringSubmatch(string(text), -1) {
			checkSample(t, file, m[1], m[2])
		}
		checkLinks(t, file, string(text))
	}
}

func checkSample(t *testing.T, file, language, text string) {
	t.Helper()
	switch language {
	case "hcl":
		if _, err := config.Parse([]byte(text), config.Name); err != nil {
			t.Errorf("%s: a configuration sample does not load:\n%v", file, err)
		}
	case "yaml":
		if !strings.Contains(text, "jobs:") {
			return
		}
		linter, err := actionlint.NewLinter(os.Stderr, &actionlint.LinterOptions{})
		if err != nil {
			t.Fatal(err)
		}
		found, err := linter.Lint("sample.yml", []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range found {
			t.Errorf("%s: a workflow sample: %v", file, e)
		}
	}
}

var links = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)

// checkLinks makes sure that links into the tree lead somewhere.
func checkLinks(t *testing.T, file, text string) {
	t.Helper()
	for _, m := range links.FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
			t.Errorf("%s links to %s, which is not there", file, m[1])
		}
	}
}
