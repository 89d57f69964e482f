package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/report"
)

func roundTrip(t interface{ Fatalf(string, ...any) }, r *report.Results) *report.Results {
	var b bytes.Buffer
	if err := report.WriteJSON(&b, r); err != nil {
		t.Fatalf("write: %v", err)
	}
	back, err := report.ReadJSON(&b)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return back
}

func TestReadIsTheInverseOfWrite(t *testing.T) {
	same := func(t interface{ Fatalf(string, ...any) }, r *report.Results) {
		if d := cmp.Diff(report.Redact(r), roundTrip(t, r), cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("what was read differs from what was written (-written +read):\n%s", d)
		}
	}
	same(t, sample())
	rapid.Check(t, func(t *rapid.T) { same(t, withoutLookalikes(anyResults().Draw(t, "results"))) })
}

// withoutLookalikes takes texts from the code side that read like a value which is not known yet: they come back as one.
func withoutLookalikes(r *report.Results) *report.Results {
	var fix func(v drift.Value) drift.Value
	fix = func(v drift.Value) drift.Value {
		switch v := v.(type) {
		case string:
			return strings.ReplaceAll(v, "(known after apply)", "(known)")
		case []any:
			for i := range v {
				v[i] = fix(v[i])
			}
		case map[string]any:
			for k := range v {
				v[k] = fix(v[k])
			}
		}
		return v
	}
	for _, s := range r.Stacks {
		for _, f := range s.Findings {
			for i := range f.Changes {
				f.Changes[i].Code = fix(f.Changes[i].Code)
			}
		}
	}
	for _, g := range r.Groups {
		for _, d := range g.Differences {
			for i := range d.Cells {
				d.Cells[i].Code = fix(d.Cells[i].Code)
			}
		}
	}
	return r
}

func TestRedactingTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := report.Redact(anyResults().Draw(t, "results"))
		if d := cmp.Diff(once, report.Redact(once), cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("once against twice:\n%s", d)
		}
	})
}

// TestReadsWhatPeopleWrite guards input that no program wrote: the smallest document, other forms of paths, fields of later versions.
func TestReadsWhatPeopleWrite(t *testing.T) {
	r, err := report.ReadJSON(strings.NewReader(`{"version":1,"later":true,"stacks":[{"id":"a","status":"drifted","findings":[{"address":"aws_x.y","kind":"drift",
		"changes":[{"path":"block.0.attr","kind":"drift","base":1,"code":1.50,"live":12345678901234567890}],
		"attribution":[{"paths":["tags.Name","list.2"],"verdict":"confirmed","actor":{"name":"a"}}],"adoption":{"status":"refused","reason":"because"},
		"window":{"from":"2026-11-20T09:00:00+01:00","to":null},"decision":null}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	f := r.Stacks[0].Findings[0]
	if got := f.Changes[0].Path; got != "block[0].attr" {
		t.Errorf("path is %q", got)
	}
	if got := f.Changes[0].Live; got != n("12345678901234567890") {
		t.Errorf("live is %v", got)
	}
	if got := strings.Join(f.Attribution[0].Paths, " "); got != "tags.Name list[2]" {
		t.Errorf("paths are %q", got)
	}
	if got := f.Window.From; !got.Equal(at("2026-11-20 08:00")) || !f.Window.To.IsZero() {
		t.Errorf("window is %v", f.Window)
	}
	if got := f.Adoption.Refusals; len(got) != 1 || got[0].Detail != "because" {
		t.Errorf("refusals are %v", got)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ doc, want string }{
		"nothing":          {"", "line 1: the findings document ends too early: was writing it interrupted?"},
		"half a document":  {"{\"version\":1,\n\"stacks\":[{", "line 2: the findings document ends too early: was writing it interrupted?"},
		"not JSON":         {"{\n\n<html>", "line 3: not valid JSON: invalid character '<' looking for beginning of object key string"},
		"no version":       {`{"stacks":[]}`, `this is not a findings document: it has no "version"; write one with: mooring scan --format json`},
		"later version":    {`{"version":2}`, "findings have version 2, this program reads version 1: use the version of mooring that wrote them, or scan again"},
		"two documents":    {`{"version":1}{"version":1}`, "line 1: the findings document ends here, and more text follows"},
		"text for a list":  {"{\"version\":1,\n\"stacks\":\"x\"}", "line 2: stacks: expected a list, found string"},
		"bad time":         {`{"version":1,"scanned_at":"yesterday"}`, `line 1: "yesterday" is not a time: write it like 2026-11-21T09:00:00Z`},
		"stack without id": {`{"version":1,"stacks":[{}]}`, "stacks[0]: the stack has no id"},
		"stack twice":      {`{"version":1,"stacks":[{"id":"a"},{"id":"a"}]}`, "stacks[1]: the stack a is there twice"},
		"odd status":       {`{"version":1,"stacks":[{"id":"a","status":"bad"}]}`, `stacks[0] (a): status is "bad": expected clean, drifted, pending, failed or skipped`},
		"no address":       {`{"version":1,"stacks":[{"id":"a","findings":[{}]}]}`, "stacks[0] (a): findings[0] (): the finding has no address"},
		"file outside":     {`{"version":1,"stacks":[{"id":"a","files":[{"path":"../x","before":null,"after":""}]}]}`, `stacks[0] (a): files[0]: the path "../x" does not name a file inside the repository`},
		"file in .git":     {`{"version":1,"stacks":[{"id":"a","files":[{"path":".git/hooks/x","before":null,"after":""}]}]}`, `stacks[0] (a): files[0]: the path ".git/hooks/x" does not name a file inside the repository`},
		"encoding":         {`{"version":1,"stacks":[{"id":"a","files":[{"path":"x","encoding":"rot13","before":null,"after":"x"}]}]}`, `stacks[0] (a): files[0]: x: after: the encoding "rot13" is not known`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := report.ReadJSON(strings.NewReader(c.doc))
			if err == nil {
				t.Fatal("no error")
			}
			if err.Error() != c.want {
				t.Errorf("\n got %s\nwant %s", err, c.want)
			}
		})
	}
}

func FuzzReadJSON(f *testing.F) {
	var b bytes.Buffer
	if err := report.WriteJSON(&b, sample()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"version":1,"stacks":[{"id":"a","findings":[{"address":"x","changes":[{"path":"[\"","live":[{}]}]}]}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		r, err := report.ReadJSON(bytes.NewReader(doc))
		if err != nil {
			return
		}
		for _, s := range r.Stacks {
			report.IssueBody(s, report.BodyOptions{})
			report.PullBody(s, report.BodyOptions{})
		}
		if err := report.WriteText(&bytes.Buffer{}, r, report.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		roundTrip(t, r)
	})
}
