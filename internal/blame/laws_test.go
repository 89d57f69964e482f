package blame_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
	"github.com/mooringdev/mooring/internal/blame"
)

// A world is one case of testdata/explain.
type world struct {
	name     string
	subjects []blame.Subject
	events   []audit.Event
	now      time.Time
}

func worlds(t *testing.T) []world {
	t.Helper()
	names, err := filepath.Glob("testdata/explain/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var out []world
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		w := world{name: filepath.Base(name)}
		w.subjects, w.now = readFindings(t, section(archive, "findings.json"))
		if w.events, _ = readEvents(t, section(archive, "events.jsonl")); len(w.events) > 0 {
			out = append(out, w)
		}
	}
	return out
}

func (w world) explain(events []audit.Event) string {
	return render(explain(w.subjects, events, w.now))
}

// eve is in no case the right answer: whatever she adds must not bring her name in.
func eve(e audit.Event, i int) audit.Event {
	e.ID = fmt.Sprintf("eve-%d", i)
	e.Actor = audit.Actor{Name: "eve", Type: audit.ActorHuman, Principal: "arn:aws:iam::111122223333:user/eve"}
	return e
}

// TestOrderDoesNotMatter: a log is not an ordered stream, and one record may come twice.
func TestOrderDoesNotMatter(t *testing.T) {
	for _, w := range worlds(t) {
		want := w.explain(w.events)
		rapid.Check(t, func(t *rapid.T) {
			events := rapid.Permutation(w.events).Draw(t, "events")
			for range rapid.IntRange(0, 3).Draw(t, "copies") {
				events = append(events, rapid.SampledFrom(w.events).Draw(t, "copy"))
			}
			if got := w.explain(events); got != want {
				t.Fatalf("%s: got\n%s\nwant\n%s", w.name, got, want)
			}
		})
	}
}

// TestNoiseDoesNotMatter: reads, failures, dry runs, other accounts, other clouds and other times change no verdict.
func TestNoiseDoesNotMatter(t *testing.T) {
	spoil := map[string]func(*audit.Event){
		"read":         func(e *audit.Event) { e.Activity = audit.ActivityRead },
		"failure":      func(e *audit.Event) { e.Status, e.Error, e.Correlation = audit.StatusFailure, "AccessDenied", "" },
		"dry run":      func(e *audit.Event) { e.DryRun = true },
		"before":       func(e *audit.Event) { e.Time = e.Time.AddDate(0, -2, 0) },
		"after":        func(e *audit.Event) { e.Time = e.Time.AddDate(0, 1, 0) },
		"without time": func(e *audit.Event) { e.Time = time.Time{} },
		"other cloud":  func(e *audit.Event) { e.Provider = "other" },
		"other account": func(e *audit.Event) {
			if e.Provider == "aws" {
				e.Account = "999999999999"
			} else {
				e.Status = audit.StatusFailure
				e.Correlation = ""
			}
		},
	}
	kinds := make([]string, 0, len(spoil))
	for kind := range spoil {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, w := range worlds(t) {
		want := verdicts(w.explain(w.events))
		rapid.Check(t, func(t *rapid.T) {
			events := append([]audit.Event(nil), w.events...)
			for i := range rapid.IntRange(1, 6).Draw(t, "noise") {
				e := eve(rapid.SampledFrom(w.events).Draw(t, "twin"), i)
				if e.Service == "sts.amazonaws.com" {
					continue // a key is handed out once
				}
				kind := rapid.SampledFrom(kinds).Draw(t, "kind")
				spoil[kind](&e)
				events = append(events, e)
			}
			if got := verdicts(w.explain(events)); got != want {
				t.Fatalf("%s: got\n%s\nwant\n%s", w.name, got, want)
			}
		})
	}
}

// verdicts drops the reasons of none, which may well learn from events that explain nothing.
func verdicts(s string) string {
	var out []string
	for _, line := range strings.Split(s, "\n") {
		if i := strings.Index(line, " reason="); i >= 0 {
			line = line[:i]
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// TestNoNameBelowLikely: possible, ambiguous and none carry no actor, however events are cut, mixed and repeated by others.
func TestNoNameBelowLikely(t *testing.T) {
	for _, w := range worlds(t) {
		rapid.Check(t, func(t *rapid.T) {
			var events []audit.Event
			for i, e := range w.events {
				switch rapid.IntRange(0, 3).Draw(t, "fate") {
				case 0:
				case 1:
					events = append(events, e, eve(e, i))
				case 2:
					e.Request = nil
					events = append(events, e)
				default:
					events = append(events, e)
				}
			}
			for id, list := range explain(w.subjects, events, w.now) {
				for _, a := range list {
					switch a.Verdict {
					case blame.Confirmed, blame.Likely, blame.Automation, blame.OwnApply:
						continue
					}
					if a.Actor != (audit.Actor{}) {
						t.Fatalf("%s: %s is %s and names %q", w.name, id, a.Verdict, a.Actor.Name)
					}
				}
			}
		})
	}
}

// TestLaterContradictionLowers: when somebody wrote something else afterwards, the earlier writer is not named any more.
func TestLaterContradictionLowers(t *testing.T) {
	for _, w := range worlds(t) {
		if w.name != "value.txtar" && w.name != "volume.txtar" && w.name != "records.txtar" {
			continue
		}
		for _, e := range w.events {
			other := eve(e, 1)
			other.Time = e.Time.Add(time.Hour)
			other.Request = rewrite(e.Request)
			got := explain(w.subjects, append([]audit.Event{other}, w.events...), w.now)
			for id, list := range got {
				for _, a := range list {
					if a.Verdict == blame.Confirmed && a.At.Before(other.Time) && w.name != "records.txtar" {
						t.Errorf("%s: %s still confirmed for %s", w.name, id, a.Actor.Name)
					}
					if a.Actor.Name == "eve" {
						t.Errorf("%s: eve is named for a value that she did not write", w.name)
					}
				}
			}
		}
	}
}

// rewrite changes every value of a request that is not an id.
func rewrite(v any) any {
	switch t := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range t {
			out[key] = rewrite(value)
			if strings.Contains(strings.ToLower(key), "id") || key == "name" || key == "type" || key == "action" {
				out[key] = value
			}
		}
		return out
	case []any:
		out := make([]any, len(t))
		for i, e := range t {
			out[i] = rewrite(e)
		}
		return out
	case string:
		return t + "9"
	}
	return "77"
}

// TestHostileEventsAreHarmless: whatever a record holds in place of names and values, it breaks nothing, and no answer below likely names anybody.
func TestHostileEventsAreHarmless(t *testing.T) {
	names := rapid.SampledFrom([]string{"", "---", "\x00", "日本", "\u202e", "a.b[0]", `["x"]`, "value", "items", "add", "$patch", "name", strings.Repeat("k", 300)})
	var trees func(depth int) *rapid.Generator[any]
	trees = func(depth int) *rapid.Generator[any] {
		leaf := rapid.OneOf(rapid.Just[any](nil), rapid.Map(rapid.Bool(), func(b bool) any { return b }), rapid.Map(names, func(s string) any { return s }),
			rapid.Just[any](json.Number("1e999")), rapid.Just[any]("{\"Statement\":[[]]}"))
		if depth == 0 {
			return leaf
		}
		return rapid.OneOf(leaf, rapid.Map(rapid.SliceOfN(trees(depth-1), 0, 3), func(l []any) any { return l }),
			rapid.Map(rapid.MapOfN(names, trees(depth-1), 0, 4), func(m map[string]any) any { return m }))
	}
	all := worlds(t)
	rapid.Check(t, func(t *rapid.T) {
		for range 5 {
			w := all[rapid.IntRange(0, len(all)-1).Draw(t, "case")]
			e := eve(rapid.SampledFrom(w.events).Draw(t, "event"), 1)
			request := map[string]any{"hostile": trees(3).Draw(t, "request")}
			for key, value := range tree.Map(e.Request) { // so that it still names what it is about
				if _, isText := value.(string); isText && strings.HasSuffix(strings.ToLower(key), "id") {
					request[key] = value
				}
			}
			e.Request, e.Response, e.Changes = request, trees(2).Draw(t, "response"), nil
			e.Operation = rapid.SampledFrom([]string{e.Operation, "", ".", "20150331v2", "update "}).Draw(t, "operation")
			for id, list := range explain(w.subjects, append([]audit.Event{e}, w.events...), w.now) {
				for _, a := range list {
					if (a.Verdict == blame.Possible || a.Verdict == blame.Ambiguous || a.Verdict == blame.None) && a.Actor != (audit.Actor{}) {
						t.Fatalf("%s: %s is %s and names %q", w.name, id, a.Verdict, a.Actor.Name)
					}
				}
			}
		}
	})
}
