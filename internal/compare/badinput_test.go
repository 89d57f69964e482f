package compare_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mooringdev/mooring/internal/compare"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// environment is a stack whose root has a resource of type aws_s3_bucket for each name; live is what is there of it, the code when nil.
func environment(t *testing.T, name string, names []string, live func(string) map[string]drift.Value) compare.Stack {
	t.Helper()
	var code strings.Builder
	for _, n := range names {
		fmt.Fprintf(&code, "resource \"aws_s3_bucket\" %q {\n  versioned = true\n}\n", n)
	}
	path := "env/" + name
	tree, err := module.Load(fstest.MapFS{path + "/main.tf": {Data: []byte(code.String())}}, path, module.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := compare.Stack{ID: path, Path: path, Tree: tree}
	for _, n := range names {
		inst := compare.Instance{Address: "aws_s3_bucket." + n, Type: "aws_s3_bucket", Code: map[string]drift.Value{"versioned": true, "id": name + "-" + n}}
		inst.Live = inst.Code
		if live != nil && live(n) != nil {
			inst.Live = live(n)
			s.Findings = append(s.Findings, compare.Finding{Finding: drift.Finding{ID: "f_" + n, Address: inst.Address, Kind: drift.KindDrift, Changes: []drift.Change{{Path: "versioned", Kind: drift.KindDrift}}}})
		}
		s.Instances = append(s.Instances, inst)
	}
	return s
}

func declared(stacks ...compare.Stack) compare.Group {
	var outlines []compare.Outline
	for _, s := range stacks {
		outlines = append(outlines, compare.Outline{ID: s.ID, Path: s.Path})
	}
	return compare.Declare("web", outlines)
}

func run(stacks ...compare.Stack) *compare.Comparison {
	return compare.Run(declared(stacks...), stacks, compare.Options{Now: now})
}

func off(string) map[string]drift.Value { return map[string]drift.Value{"versioned": false} }

// A group of one has nothing to differ in.
func TestGroupOfOne(t *testing.T) {
	if c := run(environment(t, "dev", []string{"a", "b"}, off)); len(c.Differences) != 0 || c.Matched != 0 {
		t.Errorf("%s", show(c))
	}
}

// What cannot be planned is said, and the others are compared: it lacks nothing, and stands apart in nothing.
func TestStackThatFailsToPlan(t *testing.T) {
	dev, staging, prod := environment(t, "dev", []string{"a", "b"}, nil), environment(t, "staging", []string{"a", "b"}, nil), environment(t, "prod", []string{"a"}, off)
	staging.Problem, staging.Instances, staging.Findings = "no credentials", nil, nil
	c := run(dev, staging, prod)
	if c.Environments[1].Problem != "no credentials" {
		t.Errorf("environments %+v", c.Environments)
	}
	if c.Count(compare.Drift) != 1 || c.Count(compare.Missing) != 1 || len(c.Differences) != 2 {
		t.Fatalf("%s", show(c))
	}
	for _, d := range c.Differences {
		if d.Cells[1].State != compare.StateUnknown || slices.Contains(d.Apart, 1) {
			t.Errorf("the one that failed is said to be %q in %s %s", d.Cells[1].State, d.Address, d.Path)
		}
	}
}

// When all but one cannot be planned, nothing is compared, and nothing is missing.
func TestOnlyOneCouldBePlanned(t *testing.T) {
	dev, prod := environment(t, "dev", []string{"a"}, nil), environment(t, "prod", []string{"a"}, nil)
	prod.Problem, prod.Instances = "no credentials", nil
	if c := run(dev, prod); len(c.Differences) != 0 {
		t.Errorf("%s", show(c))
	}
}

func numbered(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("n%d", i))
	}
	return out
}

// Environments of very different size: what the small one has is compared, the rest is missing there, each once.
func TestVeryDifferentSizes(t *testing.T) {
	c := run(environment(t, "dev", []string{"n0"}, off), environment(t, "prod", numbered(800), nil))
	if c.Matched != 1 || c.Count(compare.Drift) != 1 || c.Count(compare.Missing) != 799 {
		t.Errorf("matched %d, drift %d, missing %d", c.Matched, c.Count(compare.Drift), c.Count(compare.Missing))
	}
}

// In thirty environments the one that was changed stands apart, alone.
func TestThirtyEnvironments(t *testing.T) {
	var stacks []compare.Stack
	for i := range 30 {
		var live func(string) map[string]drift.Value
		if i == 17 {
			live = off
		}
		stacks = append(stacks, environment(t, fmt.Sprintf("e%d", i), numbered(5), live))
	}
	c := run(stacks...)
	if len(c.Differences) != 5 || c.Matched != 5 {
		t.Fatalf("matched %d, %d differences", c.Matched, len(c.Differences))
	}
	for _, d := range c.Differences {
		if d.Class != compare.Drift || !slices.Equal(d.Apart, []int{17}) {
			t.Errorf("%s %s in %v", d.Class, d.Address, d.Apart)
		}
	}
}

// A stack in two groups is part of both, and a difference has an id of its own in each.
func TestSameStackInTwoGroups(t *testing.T) {
	dev, staging, prod := environment(t, "dev", []string{"a"}, nil), environment(t, "staging", []string{"a"}, nil), environment(t, "prod", []string{"a"}, off)
	one := compare.Run(compare.Declare("one", []compare.Outline{{ID: dev.ID, Path: dev.Path}, {ID: prod.ID, Path: prod.Path}}), []compare.Stack{dev, prod}, compare.Options{Now: now})
	two := compare.Run(compare.Declare("two", []compare.Outline{{ID: staging.ID, Path: staging.Path}, {ID: prod.ID, Path: prod.Path}}), []compare.Stack{staging, prod}, compare.Options{Now: now})
	if one.Count(compare.Drift) != 1 || two.Count(compare.Drift) != 1 || one.Differences[0].ID == two.Differences[0].ID {
		t.Errorf("one:\n%stwo:\n%s", show(one), show(two))
	}
}

// Two stacks whose paths say the same of them are called by their ids: a matrix with two columns "dev" says nothing.
func TestNamesAreTold(t *testing.T) {
	g := compare.Declare("web", []compare.Outline{{ID: "a/dev", Path: "a/dev"}, {ID: "b/dev", Path: "b/dev"}, {ID: "b/prod", Path: "b/prod"}})
	if !slices.Equal(g.Names, []string{"a/dev", "b/dev", "prod"}) {
		t.Errorf("%q", g.Names)
	}
}

// Hundreds of resources with random names: none is taken for another that looks like all the rest, none is lost, none is told twice.
func TestHundredsOfRandomNames(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := func(n int) []string {
		var out []string
		for range n {
			out = append(out, fmt.Sprintf("x%08x", r.Uint32()))
		}
		return out
	}
	a, b := random(300), random(350)
	shared := []string{"kept"}
	c := run(environment(t, "dev", append(shared, a...), nil), environment(t, "prod", append(shared, b...), off))
	if c.Matched != 1 || c.Count(compare.Drift) != 1 {
		t.Errorf("matched %d, drift %d: what has nothing in common but its type was matched", c.Matched, c.Count(compare.Drift))
	}
	told := map[string]int{}
	for _, d := range c.Differences {
		if d.Class == compare.Missing {
			told[d.Address]++
		}
	}
	for _, name := range append(a, b...) {
		if told["aws_s3_bucket."+name] != 1 {
			t.Fatalf("%s is told %d times", name, told["aws_s3_bucket."+name])
		}
	}
}

// Secrets that differ are said to differ; the values are in no text of the result that people read.
func TestSecretsThatDiffer(t *testing.T) {
	stacks := []compare.Stack{environment(t, "dev", []string{"a"}, nil), environment(t, "prod", []string{"a"}, nil)}
	for i, secret := range []string{"hunter2-x", "hunter2-y"} {
		inst := &stacks[i].Instances[0]
		inst.Code["token"], inst.Sensitive = secret, []string{"token"}
		inst.Live = inst.Code
	}
	for i := range stacks {
		tree, err := module.Load(fstest.MapFS{stacks[i].Path + "/main.tf": {Data: []byte("resource \"aws_s3_bucket\" \"a\" {\n  versioned = true\n  token = \"" + stacks[i].Instances[0].Code["token"].(string) + "\"\n}\n")}}, stacks[i].Path, module.Options{})
		if err != nil {
			t.Fatal(err)
		}
		stacks[i].Tree = tree
	}
	c := run(stacks...)
	if len(c.Differences) != 1 || !c.Differences[0].Sensitive || c.Differences[0].Path != "token" {
		t.Fatalf("%s", show(c))
	}
	if strings.Contains(show(c), "hunter2") {
		t.Errorf("a secret is told:\n%s", show(c))
	}
}
