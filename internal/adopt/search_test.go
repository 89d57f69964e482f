package adopt_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// A sketch is a stack for a planner that knows one thing only: what `x = N` says in each resource block of main.tf.
type sketch struct {
	code string
	live map[string]int // x of every instance
	// moves makes the plan of some codes show more than x: an instance that would change.
	moves func(code string) string
	plans int
	files fstest.MapFS // other files of the stack, in which nothing drifts
}

var assignment = regexp.MustCompile(`(?s)resource "a_b" "(\w+)" \{[^}]*?x\s*=\s*(\d+)`)

func (s *sketch) plan(code string) *drift.Plan {
	p := &drift.Plan{Engine: "tofu", Version: "1"}
	for _, m := range assignment.FindAllStringSubmatch(code, -1) {
		address := "a_b." + m[1]
		if live := fmt.Sprint(s.live[address]); live != m[2] {
			p.Instances = append(p.Instances, drift.Instance{Address: address, Type: "a_b", Action: drift.ActionUpdate,
				Base: map[string]drift.Value{"x": json.Number(m[2])}, Live: map[string]drift.Value{"x": json.Number(live)}, Code: map[string]drift.Value{"x": json.Number(m[2])}})
		}
	}
	if s.moves != nil {
		if address := s.moves(code); address != "" {
			p.Instances = append(p.Instances, drift.Instance{Address: address, Type: "a_b", Action: drift.ActionReplace,
				Live: map[string]drift.Value{"y": "a"}, Code: map[string]drift.Value{"y": "b"}})
		}
	}
	return p
}

func (s *sketch) Replan(_ context.Context, files map[string][]byte) (*drift.Plan, string, error) {
	s.plans++
	code, ok := files["main.tf"]
	if !ok {
		code = []byte(s.code)
	}
	if strings.Contains(string(code), "x = 666") {
		return nil, "offline", errors.New("the provider does not like 666")
	}
	return s.plan(string(code)), "offline", nil
}

// blocks writes a resource block for each name, x = 1.
func blocks(names ...string) string {
	var b strings.Builder
	for _, n := range names {
		fmt.Fprintf(&b, "resource \"a_b\" %q {\n  x = 1\n}\n\n", n)
	}
	return b.String()
}

func (s *sketch) solve(t testing.TB, change func(*adopt.Input)) *adopt.Result {
	t.Helper()
	fsys := fstest.MapFS{"main.tf": {Data: []byte(s.code)}}
	maps.Copy(fsys, s.files)
	tree, err := module.Load(fsys, ".", module.Options{})
	if err != nil {
		t.Fatal(err)
	}
	before := s.plan(s.code)
	in := adopt.Input{Stack: "s", Tree: tree, Before: before, Planner: s}
	for _, i := range before.Instances {
		if i.Action != drift.ActionUpdate {
			continue
		}
		in.Findings = append(in.Findings, drift.Finding{ID: "f_" + i.Address, Address: i.Address, Type: i.Type, Kind: drift.KindDrift, Action: "update",
			Changes: []drift.Change{{Path: "x", Kind: drift.KindDrift, Base: i.Base["x"], Code: i.Code["x"], Live: i.Live["x"]}}})
	}
	live := map[string]map[string]drift.Value{}
	for address, x := range s.live {
		live[address] = map[string]drift.Value{"x": json.Number(fmt.Sprint(x))}
	}
	in.Live = maps.All(live)
	if change != nil {
		change(&in)
	}
	r, err := adopt.Solve(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func statuses(r *adopt.Result) string {
	var out []string
	for _, o := range r.Outcomes {
		s := strings.TrimPrefix(o.FindingID, "f_a_b.") + "=" + string(o.Status)
		for _, ref := range o.Refusals {
			s += "(" + ref.Code + ")"
			if ref.Hint == "" || ref.Detail == "" {
				s += "!no words"
			}
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestOnePlanWhenAllIsWell(t *testing.T) {
	s := &sketch{code: blocks("a", "b", "c"), live: map[string]int{"a_b.a": 2, "a_b.b": 3, "a_b.c": 1}}
	r := s.solve(t, nil)
	if got := statuses(r); got != "a=ready b=ready" {
		t.Error(got)
	}
	if s.plans != 1 || r.Proof.Plans != 1 || !slices.Equal(r.Proof.Gone, []string{"a_b.a", "a_b.b"}) || r.Proof.Before.Update != 2 || r.Proof.After.Update != 0 {
		t.Errorf("%d plans, proof %+v", s.plans, r.Proof)
	}
	if e := r.Outcomes[1].Edits; len(e) != 1 || e[0].File != "main.tf" || e[0].Line != 6 || e[0].Path != "x" {
		t.Errorf("places: %+v", e)
	}
}

func TestBisectFindsTheEditThatMovesSomethingElse(t *testing.T) {
	s := &sketch{code: blocks("a", "b", "c", "d", "e"), live: map[string]int{"a_b.a": 2, "a_b.b": 3, "a_b.c": 4, "a_b.d": 5, "a_b.e": 6}}
	s.moves = func(code string) string {
		if strings.Contains(code, "x = 4") {
			return "a_b.elsewhere"
		}
		return ""
	}
	if got, want := statuses(s.solve(t, nil)), "a=ready b=ready c=refused(moves_something_else) d=ready e=ready"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if s.plans > 12 {
		t.Errorf("%d plans", s.plans)
	}
}

func TestAPlanThatFailsIsARefusalOfItsCauseAlone(t *testing.T) {
	s := &sketch{code: blocks("a", "b", "c"), live: map[string]int{"a_b.a": 2, "a_b.b": 666, "a_b.c": 4}}
	if got, want := statuses(s.solve(t, nil)), "a=ready b=refused(plan_failed) c=ready"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAStackThatReadsTheFileIsPlannedToo(t *testing.T) {
	s := &sketch{code: blocks("a", "b"), live: map[string]int{"a_b.a": 2, "a_b.b": 3}}
	other := &sketch{code: s.code, live: map[string]int{"a_b.a": 1, "a_b.b": 3}}
	asked := 0
	r := s.solve(t, func(in *adopt.Input) {
		in.Others = func(_ context.Context, files []string) ([]adopt.Other, error) {
			asked++
			if !slices.Equal(files, []string{"main.tf"}) {
				t.Errorf("asked for %v", files)
			}
			return []adopt.Other{{Stack: "other", Before: other.plan(other.code), Planner: other}}, nil
		}
	})
	if got, want := statuses(r), "a=refused(moves_another_stack) b=ready"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if asked == 0 || !slices.Equal(r.Proof.AlsoChecked, []string{"other"}) {
		t.Errorf("asked %d times, proof %+v", asked, r.Proof)
	}
}

// TestOtherStacksNameTheirCausesAtOnce: the plan of another stack that reads the file tells which edits moved it, all of them, without a plan
// for each.
func TestOtherStacksNameTheirCausesAtOnce(t *testing.T) {
	names := strings.Split("abcdefghijkl", "")
	s := &sketch{code: blocks(names...), live: map[string]int{}}
	other := &sketch{code: s.code, live: map[string]int{}}
	var want []string
	for i, n := range names {
		s.live["a_b."+n], other.live["a_b."+n] = 10+i, 10+i
		status := n + "=ready"
		if i%2 == 0 {
			other.live["a_b."+n], status = 1, n+"=refused(moves_another_stack)"
		}
		want = append(want, status)
	}
	tree, err := module.Load(fstest.MapFS{"main.tf": {Data: []byte(s.code)}}, ".", module.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := s.solve(t, func(in *adopt.Input) {
		in.Others = func(context.Context, []string) ([]adopt.Other, error) {
			return []adopt.Other{{Stack: "other", Tree: tree, Before: other.plan(other.code), Planner: other}}, nil
		}
	})
	if got := statuses(r); got != strings.Join(want, " ") {
		t.Errorf("got %s, want %s", got, strings.Join(want, " "))
	}
	if s.plans > 3 || other.plans > 3 {
		t.Errorf("%d and %d plans for six edits that move the other stack", s.plans, other.plans)
	}
}

// TestWhatWasProvedIsKeptWhenTriesRunOut: a search that would take a plan for each of many edits ends, and keeps those that it proved.
func TestWhatWasProvedIsKeptWhenTriesRunOut(t *testing.T) {
	s := &sketch{live: map[string]int{}}
	var names []string
	for i := range 32 {
		n := fmt.Sprintf("r%02d", i)
		names, s.live["a_b."+n] = append(names, n), 100+i
	}
	s.code = blocks(names...)
	bad := regexp.MustCompile(`x = 1\d[13579]\b`)
	s.moves = func(code string) string {
		if bad.MatchString(code) {
			return "a_b.elsewhere"
		}
		return ""
	}
	r := s.solve(t, nil)
	if s.plans > 45 {
		t.Errorf("%d plans", s.plans)
	}
	ready := 0
	for i, o := range r.Outcomes {
		switch {
		case o.Status == adopt.StatusReady && i%2 == 0:
			ready++
		case o.Status == adopt.StatusReady:
			t.Errorf("%s moves something else and is ready", names[i])
		case len(o.Refusals) != 1 || o.Refusals[0].Code != adopt.CodeUnproved && o.Refusals[0].Code != adopt.CodeCollateral:
			t.Errorf("%s: %+v", names[i], o.Refusals)
		}
	}
	if ready == 0 || r.Proof == nil {
		t.Errorf("%d ready, proof %v", ready, r.Proof)
	}
}

func TestWhatIsNotAdoptedByItself(t *testing.T) {
	s := &sketch{code: blocks("a", "b"), live: map[string]int{"a_b.a": 2, "a_b.b": 3}}
	kinds := func(k drift.Kind) func(*adopt.Input) {
		return func(in *adopt.Input) { in.Findings[0].Kind, in.Findings[0].Changes[0].Kind = k, k }
	}
	for kind, want := range map[drift.Kind]string{
		drift.KindConflict:   "a=refused(conflict) b=ready",
		drift.KindPending:    "a=none b=ready",
		drift.KindNoise:      "a=none b=ready",
		drift.KindUndeclared: "a=none b=ready",
		drift.KindDeleted:    "a=refused(deleted) b=ready",
		drift.KindUnmanaged:  "a=refused(unmanaged) b=ready",
	} {
		if got := statuses(s.solve(t, kinds(kind))); got != want {
			t.Errorf("%s: got %s, want %s", kind, got, want)
		}
	}
	named := s.solve(t, func(in *adopt.Input) {
		kinds(drift.KindConflict)(in)
		in.Only = []string{"a_b.a"}
	})
	if got := statuses(named); got != "a=ready b=none" {
		t.Errorf("by name: %s", got)
	}
	if got := statuses(s.solve(t, func(in *adopt.Input) { in.Planner = nil })); got != "a=refused(cannot_plan) b=refused(cannot_plan)" {
		t.Errorf("without a planner: %s", got)
	}
}

// TestSecretsNeverEnterCode puts canaries wherever a live value can stand and looks for them in everything that comes out.
func TestSecretsNeverEnterCode(t *testing.T) {
	for name, change := range map[string]drift.Change{
		"marked":         {Path: "x", Live: "canary-marked", Sensitive: true},
		"by name":        {Path: "admin_password", Live: "canary-by-name"},
		"in a map":       {Path: `env["API_KEY"]`, Live: "canary-in-a-map"},
		"inside a value": {Path: "settings", Live: map[string]drift.Value{"client_secret": "canary-inside"}},
		"private key":    {Path: "note", Live: "-----BEGIN RSA PRIVATE KEY-----\ncanary"},
		"access key":     {Path: "note", Live: "canary AKIAIOSFODNN7EXAMPLE"},
		"token":          {Path: "note", Live: "canary ghp_abcdefghijklmnopqrstuvwxyz0123456789"},
		"url":            {Path: "note", Live: "postgres://user:canary@host/db"},
		"in a document":  {Path: "policy", Live: `{"http":{"password":"canary-in-json"}}`, Code: `{"http":{"password":"other"}}`},
		"in a pair":      {Path: "env", Live: []drift.Value{map[string]drift.Value{"name": "DB_PASSWORD", "value": "canary-in-a-pair"}}},
		"in a script":    {Path: "user_data", Live: "export API_TOKEN=canary-in-a-script\n"},
		"in a list":      {Path: "args", Live: []drift.Value{"--token", "canary xoxb-123456789012-abcdef"}},
	} {
		s := &sketch{code: blocks("a"), live: map[string]int{"a_b.a": 2}}
		r := s.solve(t, func(in *adopt.Input) {
			change.Kind = drift.KindDrift
			in.Findings[0].Changes = []drift.Change{change}
		})
		if got := statuses(r); got != "a=refused(sensitive)" {
			t.Errorf("%s: %s", name, got)
		}
		if out := fmt.Sprintf("%+v", r); strings.Contains(out, "canary") {
			t.Errorf("%s: %s", name, out)
		}
	}
}

func TestPartlyAdoptedSaysWhatIsLeft(t *testing.T) {
	s := &sketch{code: blocks("a"), live: map[string]int{"a_b.a": 2}}
	r := s.solve(t, func(in *adopt.Input) {
		in.Findings[0].Changes = append(in.Findings[0].Changes, drift.Change{Path: "password", Kind: drift.KindDrift, Live: "hunter2", Sensitive: true})
	})
	if got := statuses(r); got != "a=partial(sensitive)" {
		t.Error(got)
	}
}

// A stubborn planner plans the same whatever the code says.
type stubborn struct{ plan *drift.Plan }

func (s stubborn) Replan(context.Context, map[string][]byte) (*drift.Plan, string, error) {
	return s.plan, "offline", nil
}

func TestAPlanThatStillHasTheChangeProvesNothing(t *testing.T) {
	s := &sketch{code: blocks("a"), live: map[string]int{"a_b.a": 2}}
	r := s.solve(t, func(in *adopt.Input) { in.Planner = stubborn{in.Before} })
	if got := statuses(r); got != "a=refused("+adopt.CodeUnproved+")" || len(r.Files) > 0 || r.Proof != nil {
		t.Errorf("%s: %+v", got, r)
	}
}
