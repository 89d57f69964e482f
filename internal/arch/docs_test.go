package arch_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/rhysd/actionlint"
	"go.yaml.in/yaml/v3"

	"github.com/mooringdev/mooring/internal/config"
)

// fences finds the fenced blocks of a document: language and text.
var fences = regexp.MustCompile("(?ms)^ *```([a-z]+)\n(.*?)^ *```$")

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
		checkAnchors(t, file, string(text))
	}
}

// code is what tells Terraform's language from .mooring.hcl.
var code = regexp.MustCompile(`(?m)^(resource|data|module|variable|output|locals|provider|terraform) ["{]`)

func checkSample(t *testing.T, file, language, text string) {
	t.Helper()
	switch language {
	case "hcl":
		if code.MatchString(text) { // not ours, but the engine's
			if _, diags := hclsyntax.ParseConfig([]byte(text), file, hcl.InitialPos); diags.HasErrors() {
				t.Errorf("%s: a sample of code: %v", file, diags)
			}
			return
		}
		if _, err := config.Parse([]byte(text), config.Name); err != nil {
			t.Errorf("%s: a configuration sample does not load:\n%v", file, err)
		}
	case "json":
		checkJSON(t, file, text)
	case "yaml":
		var any any
		if err := yaml.Unmarshal([]byte(text), &any); err != nil {
			t.Errorf("%s: a YAML sample: %v", file, err)
		}
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

// checkJSON reads a sample. A policy must grant single actions, to read, on named things where the action has any.
func checkJSON(t *testing.T, file, text string) {
	t.Helper()
	var sample any
	if err := json.Unmarshal([]byte(text), &sample); err != nil {
		t.Errorf("%s: a JSON sample: %v\n%s", file, err, text)
		return
	}
	var policy struct {
		Statement []struct{ Action, Resource any }
	}
	if json.Unmarshal([]byte(text), &policy) != nil {
		return
	}
	for _, s := range policy.Statement {
		actions, ok := s.Action.([]any)
		if !ok {
			actions = []any{s.Action}
		}
		for _, a := range actions {
			action := fmt.Sprint(a)
			if strings.Contains(action, "*") || s.Resource == "*" && !strings.HasPrefix(action, "cloudtrail:") {
				t.Errorf("%s: a policy grants %s on %v: more than is needed", file, action, s.Resource)
			}
		}
	}
}

// TestEveryAuditLogIsDescribed: a log that a configuration can name has a sample.
func TestEveryAuditLogIsDescribed(t *testing.T) {
	text, err := os.ReadFile("../../docs/audit-logs.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range config.Reference() {
		log, ok := strings.CutPrefix(s.Name, `audit "`)
		if !ok {
			continue
		}
		log, _, _ = strings.Cut(log, `"`)
		if !strings.Contains(string(text), "\naudit \""+log+"\" \"") {
			t.Errorf("docs/audit-logs.md has no sample of audit %q", log)
		}
	}
}

var (
	headings = regexp.MustCompile(`(?m)^#+ (.*)$`)
	anchors  = regexp.MustCompile(`\]\(#([^)]*)\)`)
	dropped  = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// checkAnchors makes sure that links within a document lead to one of its headings, as GitHub names them.
func checkAnchors(t *testing.T, file, text string) {
	t.Helper()
	have := map[string]bool{}
	for _, m := range headings.FindAllStringSubmatch(text, -1) {
		have[strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	for _, m := range anchors.FindAllStringSubmatch(text, -1) {
		if !have[m[1]] {
			t.Errorf("%s links to #%s, and has no such heading", file, m[1])
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
