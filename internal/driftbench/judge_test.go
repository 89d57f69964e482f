package driftbench

import (
	"testing"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

// TestStacksThatEditOneFileAreJudgedApart: taken together, the edits of one would be lost.
func TestStacksThatEditOneFileAreJudgedApart(t *testing.T) {
	result := func(id string, files ...string) report.StackResult {
		r := report.StackResult{Stack: stack.Stack{ID: id}}
		for _, name := range files {
			r.Files = append(r.Files, adopt.File{Path: name, After: []byte("by " + id)})
		}
		return r
	}
	apart := partsOf(&report.Results{Stacks: []report.StackResult{result("a", "m/x.tf", "a/x.tf"), result("b", "m/x.tf"), result("c")}})
	if len(apart) != 3 || !apart[1].stacks["b"] || string(apart[0].files["m/x.tf"]) != "by a" || string(apart[1].files["m/x.tf"]) != "by b" {
		t.Errorf("one file: %v", apart)
	}
	together := partsOf(&report.Results{Stacks: []report.StackResult{result("a", "a/x.tf"), result("b", "b/x.tf")}})
	if len(together) != 1 || len(together[0].files) != 2 || !together[0].stacks["a"] || !together[0].stacks["b"] {
		t.Errorf("files of their own: %v", together)
	}
}

func TestWithin(t *testing.T) {
	type m = map[string]any
	type l = []any
	for name, c := range map[string]struct {
		was, wasUnknown, now, nowUnknown any
		want                             bool
	}{
		"the same":                        {m{"a": "x"}, m{}, m{"a": "x"}, m{}, true},
		"another value":                   {m{"a": "x"}, m{}, m{"a": "y"}, m{}, false},
		"a value that was not known":      {m{}, m{"a": true}, m{"a": "y"}, m{}, true},
		"a value that is no more known":   {m{"a": "x"}, m{}, m{}, m{"a": true}, false},
		"one more":                        {m{}, m{}, m{"a": "y"}, m{}, false},
		"one less":                        {m{"a": "x"}, m{}, m{}, m{}, false},
		"an element that was not known":   {m{"a": l{"x", nil}}, m{"a": l{false, true}}, m{"a": l{"x", "y"}}, m{"a": l{false, false}}, true},
		"one element more":                {m{"a": l{"x"}}, m{}, m{"a": l{"x", "y"}}, m{}, false},
		"a list that was not known":       {m{}, m{"a": true}, m{"a": l{"x", "y"}}, m{}, true},
		"both not known":                  {m{}, m{"a": true}, m{}, m{"a": true}, true},
		"another value beside an unknown": {m{"b": "x"}, m{"a": true}, m{"a": "y", "b": "z"}, m{}, false},
	} {
		if got := within(c.was, c.wasUnknown, c.now, c.nowUnknown); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
