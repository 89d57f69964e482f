package forge_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"context"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/forge"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// fake is a forge in memory that does what it is told.
type fake struct {
	state forge.State
	fail  map[string]error // by the words of [forge.Action.String] up to the colon
	done  []string
}

func newFake() *fake { return &fake{state: forge.State{Now: now, Branches: map[string]forge.Branch{}}} }

func (f *fake) Read(context.Context, []forge.Publication) (forge.State, error) {
	s := f.state
	s.Objects = slices.Clone(s.Objects)
	s.Branches = map[string]forge.Branch{}
	for k, v := range f.state.Branches {
		s.Branches[k] = v
	}
	return s, nil
}

func (f *fake) Do(_ context.Context, a forge.Action) (forge.Effect, error) {
	what, _, _ := strings.Cut(a.String(), ":")
	what, _, _ = strings.Cut(what, " (")
	if err := f.fail[what]; err != nil {
		return forge.Effect{}, err
	}
	f.done = append(f.done, what)
	switch a.Op {
	case forge.OpPush:
		b := forge.Branch{Head: "c-" + a.Commit.Content(), Owner: forge.OwnerUs, Content: a.Commit.Content()}
		f.state.Branches[a.Branch] = b
		return forge.Effect{Branch: &b}, nil
	case forge.OpDeleteBranch:
		delete(f.state.Branches, a.Branch)
		return forge.Effect{}, nil
	case forge.OpComment:
		return forge.Effect{}, nil
	}
	i := a.Number - 1
	if a.Number == 0 {
		i = len(f.state.Objects)
		f.state.Objects = append(f.state.Objects, forge.Object{Number: i + 1, Ref: "#n", Kind: a.Kind, Open: true, Created: now, Title: a.Title, Labels: a.Labels})
	}
	o := &f.state.Objects[i]
	if a.Op == forge.OpLabel {
		o.Labels = append(o.Labels, a.Labels...)
		return forge.Effect{Object: o}, nil
	}
	o.Body = forge.Merge(o.Body, a.Marker, a.Body, a.Handled)
	o.Marker, _ = forge.ParseMarker(o.Body)
	o.Open = a.Op != forge.OpClose
	if a.Title != "" {
		o.Title = a.Title
	}
	return forge.Effect{Object: o}, nil
}

func issue(stack string) forge.Publication {
	return forge.Publication{Kind: forge.KindIssue, Stack: stack, Fingerprint: "f", Title: "Drift in " + stack, Body: "b"}
}

func pull(stack string) forge.Publication {
	return forge.Publication{Kind: forge.KindPull, Stack: stack, Fingerprint: "f", Title: "Adopt " + stack, Body: "b",
		Commit: &forge.Commit{Base: "base", Message: "m", Files: []forge.File{{Path: stack + "/main.tf", Content: []byte("x")}}}}
}

// Law: from any world, publishing ends in one that needs nothing more, and what it did is what Plan said.
func TestB04_SyncConverges(t *testing.T) {
	stacks := []string{"a", "b", "c/d"}
	publications := rapid.Custom(func(t *rapid.T) []forge.Publication {
		var pubs []forge.Publication
		for _, s := range stacks {
			for _, p := range []forge.Publication{issue(s), pull(s), {Kind: forge.KindGroup, Item: s, Title: "Environments of " + s}} {
				p.Fingerprint = rapid.SampledFrom([]string{"f", "g"}).Draw(t, "fingerprint")
				p.Body = rapid.SampledFrom([]string{"b", "c " + forge.Link(forge.KindPull, s, "it"), "d " + forge.Link(forge.KindGroup, s, "it")}).Draw(t, "body")
				p.Note = rapid.SampledFrom([]string{"", "note"}).Draw(t, "note")
				p.Urgent = rapid.Bool().Draw(t, "urgent")
				if p.Commit != nil {
					p.Commit.Files[0].Content = []byte(rapid.SampledFrom([]string{"x", "y"}).Draw(t, "content"))
				}
				switch rapid.IntRange(0, 5).Draw(t, "state") {
				case 0:
					continue
				case 1:
					p.Unknown = true
				case 2:
					p.Resolved, p.Commit = "gone", nil
				}
				pubs = append(pubs, p)
			}
		}
		if rapid.Bool().Draw(t, "dashboard") {
			pubs = append(pubs, forge.Publication{Kind: forge.KindDashboard, Title: "Dashboard", Body: rapid.SampledFrom([]string{"one", "two"}).Draw(t, "board")})
		}
		return pubs
	})
	rapid.Check(t, func(t *rapid.T) {
		f := newFake()
		limits := forge.Limits{
			MaxOpenIssues: rapid.IntRange(-1, 3).Draw(t, "issues"), MaxOpenPulls: rapid.IntRange(-1, 3).Draw(t, "pulls"),
			PullsPerHour: rapid.IntRange(-1, 3).Draw(t, "an hour"), Quiet: rapid.Bool().Draw(t, "quiet"),
		}
		for range rapid.IntRange(1, 4).Draw(t, "runs") {
			want := publications.Draw(t, "want")
			for i := range f.state.Objects {
				// People meddle in between.
				switch o := &f.state.Objects[i]; rapid.IntRange(0, 6).Draw(t, "meddling") {
				case 0:
					o.Open, o.NotPlanned, o.ClosedByOther = false, true, true
				case 1:
					o.Open, o.NotPlanned, o.ClosedByOther = false, false, true
				case 2:
					o.Open = !o.Merged
				case 3:
					o.Labels = []string{forge.HoldLabel}
				case 4:
					o.Body += "\nhuman"
				}
			}
			f.done = nil
			if _, err := forge.Sync(t.Context(), f, want, limits, false); err != nil {
				t.Fatal(err)
			}
			f.done = nil
			again, err := forge.Sync(t.Context(), f, want, limits, false)
			if err != nil {
				t.Fatal(err)
			}
			if len(f.done) > 0 {
				t.Fatalf("a second run does %v", f.done)
			}
			for _, a := range forge.Plan(want, f.state, limits) {
				if a.Mutates() {
					t.Fatalf("Plan has left %v, Sync did %v", a, again.Done)
				}
			}
			open := map[string]int{}
			for _, o := range f.state.Objects {
				if o.Open {
					open[string(o.Kind)+o.Marker.Stack+o.Marker.Item]++
				}
			}
			for what, n := range open {
				if n > 1 && !f.meddled() {
					t.Fatalf("%d open objects of %s", n, what)
				}
			}
		}
	})
}

// meddled tells whether a held object keeps a duplicate open.
func (f *fake) meddled() bool {
	return slices.ContainsFunc(f.state.Objects, func(o forge.Object) bool { return slices.Contains(o.Labels, forge.HoldLabel) })
}

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name     string
		fail     map[string]error
		done     []string
		problems []string
	}{
		{
			"what builds on a failure is left", map[string]error{"push 1 file to mooring/adopt/a for the pull request of a": errors.New("no")},
			[]string{"open issue of a", "open issue of b", "push 1 file to mooring/adopt/b for the pull request of b", "open pull request of b"},
			[]string{"push 1 file to mooring/adopt/a for the pull request of a: no"},
		},
		{
			"a missing permission is tried once", map[string]error{"open issue of a": &forge.Refusal{Sentence: "no issues", Scope: "issues"}},
			[]string{"push 1 file to mooring/adopt/a for the pull request of a", "open pull request of a", "push 1 file to mooring/adopt/b for the pull request of b", "open pull request of b"},
			[]string{"no issues"},
		},
		{
			"a spent budget ends the run", map[string]error{"open issue of b": forge.ErrBudget},
			[]string{"open issue of a"}, []string{"the forge takes no more requests for now"},
		},
		{
			"somebody was faster", map[string]error{"push 1 file to mooring/adopt/b for the pull request of b": forge.ErrMoved},
			[]string{"open issue of a", "open issue of b", "push 1 file to mooring/adopt/a for the pull request of a", "open pull request of a"}, nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake()
			f.fail = c.fail
			want := []forge.Publication{issue("a"), issue("b"), pull("a"), pull("b")}
			report, err := forge.Sync(t.Context(), f, want, forge.NoLimits(), false)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.done, f.done); diff != "" {
				t.Errorf("done (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.problems, report.Problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if len(report.Left) == 0 {
				t.Error("nothing is reported as left")
			}
			f.fail, f.done = nil, nil
			if _, err := forge.Sync(t.Context(), f, want, forge.NoLimits(), false); err != nil {
				t.Fatal(err)
			}
			if len(f.state.Objects) != 4 {
				t.Errorf("after the next run there are %d objects, want 4", len(f.state.Objects))
			}
		})
	}
}

func TestPlanIsPure(t *testing.T) {
	have := forge.State{Now: now}
	want := []forge.Publication{pull("b"), issue("a")}
	first := forge.Plan(want, have, forge.NoLimits())
	second := forge.Plan(want, have, forge.NoLimits())
	var a, b []string
	for i := range first {
		a, b = append(a, first[i].Key()), append(b, second[i].Key())
	}
	if diff := cmp.Diff(a, b); diff != "" || len(a) != 3 {
		t.Errorf("the same question has two answers:\n%s", diff)
	}
	if want[0].Stack != "b" || want[0].Branch != "" {
		t.Error("Plan changed what it was given")
	}
}
