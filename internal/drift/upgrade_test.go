package drift

import (
	"testing"
)

// TestMarkUpgrade: what is planned with an upgrade and not without it is the upgrade's, and nothing else is.
func TestMarkUpgrade(t *testing.T) {
	change := func(path, rule string, kind Kind, code Value) Change {
		return Change{Path: path, Rule: rule, Kind: kind, Base: "old", Live: "old", Code: code}
	}
	finding := func(address, action string, kind Kind, reason string, changes ...Change) Finding {
		return Finding{Address: address, Type: "x", Provider: "p", Action: action, Kind: kind, Reason: reason, Changes: changes}
	}
	for _, c := range []struct {
		name   string
		with   Finding
		before []Finding
		kind   Kind
		reason string
	}{
		{"a default moved", finding("x.a", "update", KindPending, "", change("tier", "row 4", KindPending, "new")), nil, KindPending, ReasonVersionChange},
		{"a declared value is written otherwise, which looked absorbed", finding("x.a", "update", KindDrift, ReasonAbsorbed, change("tier", "row 4", KindDrift, "new")), nil, KindPending, ReasonVersionChange},
		{"the code changed as well", finding("x.a", "update", KindPending, "", change("tier", "row 4", KindPending, "new"), change("size", "row 4", KindPending, "big")),
			[]Finding{finding("x.a", "update", KindPending, "", change("size", "row 4", KindPending, "big"))}, KindPending, ""},
		{"the same without it", finding("x.a", "update", KindPending, "", change("size", "row 4", KindPending, "big")),
			[]Finding{finding("x.a", "update", KindPending, "", change("size", "row 4", KindPending, "big"))}, KindPending, ""},
		{"the same without it, which looked like the upgrade's", finding("x.a", "update", KindPending, ReasonVersionChange, change("size", DefaultRule, KindPending, "big")),
			[]Finding{finding("x.a", "update", KindPending, "", change("size", "row 4", KindPending, "big"))}, KindPending, ""},
		{"another value without it", finding("x.a", "update", KindPending, "", change("size", "row 4", KindPending, "big")),
			[]Finding{finding("x.a", "update", KindPending, "", change("size", "row 4", KindPending, "small"))}, KindPending, ReasonVersionChange},
		{"somebody changed another attribute", finding("x.a", "update", KindDrift, "", change("name", "row 2", KindDrift, "old"), change("tier", "row 4", KindPending, "new")), nil, KindDrift, ""},
		{"a new resource of a module", finding("module.m.x.a", "create", KindPending, ReasonCodeAdded), nil, KindPending, ReasonVersionChange},
		{"a new resource either way", finding("x.a", "create", KindPending, ReasonCodeAdded), []Finding{finding("x.a", "create", KindPending, ReasonCodeAdded)}, KindPending, ReasonCodeAdded},
		{"an import", finding("x.a", "no-op", KindPending, ReasonImport), nil, KindPending, ReasonImport},
		{"deleted outside", finding("x.a", "create", KindDeleted, ""), nil, KindDeleted, ""},
	} {
		f := c.with
		MarkUpgrade([]*Finding{&f}, c.before, "provider p", func(*Finding) bool { return true })
		if f.Kind != c.kind || f.Reason != c.reason {
			t.Errorf("%s: %s %q, want %s %q", c.name, f.Kind, f.Reason, c.kind, c.reason)
		}
	}
}

// TestMarkModule: what is planned inside a module whose version is another goes to that, what is outside does not.
func TestMarkModule(t *testing.T) {
	for address, want := range map[string]string{`module.web[0].x.a["k"]`: ReasonVersionChange, "module.web.module.in.x.a": ReasonVersionChange, "module.website.x.a": "", "x.a": ""} {
		f := Finding{Address: address, Kind: KindPending, Changes: []Change{{Path: "tier", Rule: "row 4", Kind: KindPending}}}
		MarkModule([]*Finding{&f}, "module.web")
		if f.Reason != want {
			t.Errorf("%s: %q, want %q", address, f.Reason, want)
		}
	}
}
