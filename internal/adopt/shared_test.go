package adopt_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/fstest"

	"github.com/mooringdev/mooring/internal/adopt"
	"github.com/mooringdev/mooring/internal/adopt/solve"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// A judge plans one stack by evaluating it: the instance would be updated unless the code says x as it is live.
type judge struct {
	tree *module.Tree
	live json.Number
}

const sharedAddress = "module.m.a_b.c"

func (j judge) plan(files map[string][]byte) (*drift.Plan, error) {
	tree, err := j.tree.With(files)
	if err != nil {
		return nil, err
	}
	p := &drift.Plan{Engine: "tofu"}
	w := solve.NewWorld(tree, solve.NewObjects(nil, nil))
	if !w.Check(solve.Target{Address: sharedAddress, Path: "x", Want: j.live}) {
		p.Instances = append(p.Instances, drift.Instance{Address: sharedAddress, Type: "a_b", Action: drift.ActionUpdate,
			Live: map[string]drift.Value{"x": j.live}, Code: map[string]drift.Value{"x": json.Number("1")}})
	}
	return p, nil
}

func (j judge) Replan(_ context.Context, files map[string][]byte) (*drift.Plan, string, error) {
	p, err := j.plan(files)
	return p, "offline", err
}

// TestASharedModuleGetsAnArgument: a literal in a module that another stack calls too cannot be changed in place; this stack passes its
// own value instead.
func TestASharedModuleGetsAnArgument(t *testing.T) {
	call := "module \"m\" {\n  source = \"../modules/m\"\n}\n"
	fsys := fstest.MapFS{
		"one/main.tf":       {Data: []byte(call)},
		"two/main.tf":       {Data: []byte(call)},
		"modules/m/main.tf": {Data: []byte("resource \"a_b\" \"c\" {\n  x = 1\n}\n")},
	}
	stack := func(dir string, live json.Number) judge {
		tree, err := module.Load(fsys, dir, module.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return judge{tree, live}
	}
	one, two := stack("one", "2"), stack("two", "1")
	before, err := one.plan(nil)
	if err != nil {
		t.Fatal(err)
	}
	undrifted, err := two.plan(nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := adopt.Solve(context.Background(), adopt.Input{
		Stack: "one", Tree: one.tree, Before: before, Planner: one,
		Findings: []drift.Finding{{ID: "f", Address: sharedAddress, Type: "a_b", Kind: drift.KindDrift,
			Changes: []drift.Change{{Path: "x", Kind: drift.KindDrift, Base: json.Number("1"), Code: json.Number("1"), Live: json.Number("2")}}}},
		Others: func(context.Context, []string) ([]adopt.Other, error) {
			return []adopt.Other{{Stack: "two", Before: undrifted, Planner: two}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Outcomes[0].Status != adopt.StatusReady || r.Proof == nil || len(r.Proof.AlsoChecked) != 1 {
		t.Fatalf("%+v", r)
	}
	want := map[string]string{
		"modules/m/main.tf": "resource \"a_b\" \"c\" {\n  x = var.c_x\n}\n\nvariable \"c_x\" {\n  type     = number\n  default  = 1\n  nullable = false\n}\n",
		"one/main.tf":       "module \"m\" {\n  source = \"../modules/m\"\n  c_x    = 2\n}\n",
	}
	for _, f := range r.Files {
		if want[f.Path] != string(f.After) {
			t.Errorf("%s:\n%s", f.Path, f.After)
		}
		delete(want, f.Path)
	}
	if len(want) > 0 {
		t.Errorf("not edited: %v", want)
	}
}
