package driftbench

import "testing"

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
