package drift

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParsePath(t *testing.T) {
	for text, want := range map[string]string{
		"name":                 "name",
		"block[0].attr":        "block[0].attr",
		"block.0.attr":         "block[0].attr",
		`tags["Name"]`:         `tags["Name"]`,
		"tags.Name":            "tags.Name",
		`tags["a.b/c d"]`:      `tags["a.b/c d"]`,
		`tags["a\"b"].x`:       `tags["a\"b"].x`,
		`a["x"][1]["0"]`:       `a["x"][1]["0"]`,
		"by_key.k.0.list.12.x": "by_key.k[0].list[12].x",
	} {
		p, err := ParsePath(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if p.String() != want {
			t.Errorf("%s is %s, want %s", text, p, want)
		}
	}
	for _, text := range []string{"", ".", "a.", "a..b", "[", "a[", "a[]", "a[x]", "a[-1]", `a["x]`, `a["x"`, "[0]b", "a[0]b"} {
		if p, err := ParsePath(text); err == nil {
			t.Errorf("%q was read as %s", text, p)
		}
	}
}

func TestSamePathAndCovers(t *testing.T) {
	for _, c := range []struct {
		a, b         string
		same, covers bool
	}{
		{"tags.Name", `tags["Name"]`, true, true},
		{"block.0.attr", "block[0].attr", true, true},
		{`m["0"]`, "m.0", true, true},
		{"tags", `tags["Name"]`, false, true},
		{`tags["Name"]`, "tags", false, false},
		{"tags", "tags_all", false, false},
		{"disk[1]", "disk[10].port", false, false},
		{"disk", "disk[10].port", false, true},
		{"[", "[", true, true},
		{"[", "[x", false, false},
	} {
		if got := SamePath(c.a, c.b); got != c.same {
			t.Errorf("SamePath(%s, %s) = %v", c.a, c.b, got)
		}
		if got := PathCovers(c.a, c.b); got != c.covers {
			t.Errorf("PathCovers(%s, %s) = %v", c.a, c.b, got)
		}
	}
}

// What is built is read back, whatever the keys are.
func TestLawPathsRoundTrip(t *testing.T) {
	step := rapid.Custom(func(t *rapid.T) Step {
		switch k := StepKind(rapid.IntRange(0, 2).Draw(t, "kind")); k {
		case StepIndex:
			return Step{Kind: k, Index: rapid.IntRange(0, 1000).Draw(t, "index")}
		case StepKey:
			return Step{Kind: k, Name: rapid.String().Draw(t, "key")}
		default:
			return Step{Kind: k, Name: rapid.StringMatching(`[a-z_][a-z0-9_-]*`).Draw(t, "name")}
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		p := append(Path{{Kind: StepName, Name: "attr"}}, rapid.SliceOf(step).Draw(t, "steps")...)
		q, err := ParsePath(p.String())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(p, q); d != "" {
			t.Fatal(d)
		}
	})
}

func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{"a[0].b", `t["k"]`, "a.0", `a["\u0000"]`, "a[99999999999999999999]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePath(text)
		if err != nil {
			return
		}
		q, err := ParsePath(p.String())
		if err != nil || !p.Equal(q) {
			t.Errorf("%q is %q, which is read as %v (%v)", text, p, q, err)
		}
	})
}

func TestConfigAddress(t *testing.T) {
	for address, want := range map[string]string{
		"x.a":                             "x.a",
		"x.a[0]":                          "x.a",
		`module.m["a.b[0]\"]"].x.a["k]"]`: "module.m.x.a",
		"module.m[1].data.x.a":            "module.m.data.x.a",
	} {
		if got := ConfigAddress(address); got != want {
			t.Errorf("%s is %s, want %s", address, got, want)
		}
	}
}
