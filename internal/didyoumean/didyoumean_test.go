package didyoumean

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"engine", "stacks", "stack", "max_open_issues", "max_open_pull_requests", "labels", "type", "tofu", "ignore"}
	for got, want := range map[string]string{
		"engin": "engine", "Stack": "stack", "stcak": "stack", "max_issues": "max_open_issues", "pull_requests": "max_open_pull_requests", "labells": "labels",
		"tpye": "type", "opentofu": "tofu", "ignroe": "ignore", "webhooks": "", "": "", "x": "", "of": "",
	} {
		if near := Nearest(got, names); near != want {
			t.Errorf("Nearest(%q) = %q, want %q", got, near, want)
		}
	}
	if got, want := Sentence("zzz", []string{"a", "b"}), "Known here: a, b."; got != want {
		t.Errorf("Sentence = %q, want %q", got, want)
	}
}
