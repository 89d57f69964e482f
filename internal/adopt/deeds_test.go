package adopt_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/trail"
)

var byHand = simcloud.By{Actor: trail.Pipeline("hand", "session"), Via: audit.ViaConsole, At: time.Date(2026, 11, 20, 17, 0, 0, 0, time.UTC)}

// remove lets a person delete the objects of a type that have one of the names.
func (l *lab) remove(typ string, names ...string) {
	l.t.Helper()
	for _, o := range l.cloud.Objects() {
		if o.Type != typ || !slices.Contains(names, fmt.Sprint(o.Attributes()["name"])) {
			continue
		}
		if _, err := l.cloud.Delete(byHand, typ, o.ID); err != nil {
			l.t.Fatal(err)
		}
		names = slices.DeleteFunc(names, func(n string) bool { return n == o.Attributes()["name"] })
	}
	if len(names) > 0 {
		l.t.Fatalf("there is no %s called %v", typ, names)
	}
}

// golden reads a case: its files, and what is expected of it.
func golden(t *testing.T, name string) (file string, a, code *txtar.Archive, expected map[string]string) {
	t.Helper()
	file = filepath.Join("testdata", "deeds", name)
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	code, expected = &txtar.Archive{Comment: a.Comment}, map[string]string{}
	for _, f := range a.Files {
		if rest, ok := cutPrefix(f.Name, "expected/"); ok {
			expected[rest] = string(f.Data)
			continue
		}
		code.Files = append(code.Files, f)
	}
	return file, a, code, expected
}

func cutPrefix(s, prefix string) (string, bool) {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):], true
	}
	return s, false
}

// settle compares with what is expected, or writes it with -update.
func settle(t *testing.T, file string, code *txtar.Archive, expected, got map[string]string) {
	t.Helper()
	if !*update {
		if d := cmp.Diff(expected, got); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
		return
	}
	out := &txtar.Archive{Comment: code.Comment, Files: slices.Clone(code.Files)}
	for _, name := range []string{"patch", "outcomes", "notes"} {
		if text, ok := got[name]; ok {
			out.Files = append(out.Files, txtar.File{Name: "expected/" + name, Data: []byte(text)})
		}
	}
	if err := os.WriteFile(file, txtar.Format(out), 0o644); err != nil {
		t.Fatal(err)
	}
}

func notes(findings []drift.Finding, r *adopt.Result) string {
	out := ""
	for i, o := range r.Outcomes {
		for _, n := range o.Notes {
			out += findings[i].Address + ": " + n + "\n"
		}
	}
	return out
}

func TestDropFromTheCode(t *testing.T) {
	file, _, code, expected := golden(t, "drop.txtar")
	l := newLab(t, "stack", code)
	l.remove("aws_sqs_queue", "alone", "worker-b", "refunds", "pool-2", "line-0", "used", "pair-a", "pair-b", "once", "twice-first", "json")

	findings, r := l.solve()
	for i, o := range r.Outcomes {
		if o.Status != adopt.StatusRefused || len(o.Refusals) != 1 || o.Refusals[0].Code != adopt.CodeDeleted {
			t.Errorf("%s is not asked for: %+v", findings[i].Address, o)
		}
	}
	if len(r.Files) > 0 || r.Proof != nil {
		t.Error("something was edited that nobody asked for")
	}

	var all []string
	for _, f := range findings {
		all = append(all, f.Address)
	}
	findings, r = l.solve(all...)
	settle(t, file, code, expected, map[string]string{"patch": diff(r), "outcomes": outcomes(findings, r), "notes": notes(findings, r)})
	for _, f := range r.Files {
		l.write(f.Path, f.After)
	}
	left := map[string]bool{"aws_sqs_queue.line[0]": true, "aws_sqs_queue.used": true, "module.first.aws_sqs_queue.this": true}
	_, after := l.plan()
	for _, i := range after.Instances {
		acts := i.Action != drift.ActionNoOp && i.Action != drift.ActionNone && i.Action != drift.ActionForget
		if acts != left[i.Address] {
			t.Errorf("with the edit the plan would %q %s", i.Action, i.Address)
		}
	}
	if err := l.engine.Apply(t.Context(), l.workdir()); err != nil {
		t.Fatal(describe(err))
	}
}
