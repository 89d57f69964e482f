package scan

import (
	"context"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
	"github.com/mooringdev/mooring/internal/stack"
)

// TestIdentityFollowsTheResource: a resource that moves, within a module, into one, under a key or with its whole module, keeps the id of its
// finding before the move is applied and after it, and a new resource under the old address has an id of its own.
func TestIdentityFollowsTheResource(t *testing.T) {
	const drifted = "aws_instance"
	object := func(address, previous string) drift.Instance {
		base := map[string]drift.Value{"id": "i-1", "monitoring": true}
		return drift.Instance{Address: address, Previous: previous, Type: drifted, Base: base, Code: base, Live: map[string]drift.Value{"id": "i-1", "monitoring": false}, Action: drift.ActionUpdate}
	}
	id := func(code string, inst drift.Instance) string {
		t.Helper()
		tree, err := module.Load(fstest.MapFS{"main.tf": {Data: []byte(code)}, "web/main.tf": {Data: []byte(`resource "aws_instance" "this" {}`)}}, ".", module.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := &scan{Options: Options{Now: func() time.Time { return time.Time{} }}}
		j := &job{stack: stack.Stack{ID: "infra"}, tree: tree, plan: &drift.Plan{Instances: []drift.Instance{inst}}}
		s.classify(context.Background(), j)
		if len(j.result.Findings) != 1 {
			t.Fatalf("%d findings", len(j.result.Findings))
		}
		return j.result.Findings[0].ID
	}
	first := id(`resource "aws_instance" "a" {}`, object("aws_instance.a", ""))
	moved := `moved {
  from = aws_instance.a
  to   = aws_instance.b
}
`
	chain := moved + `moved {
  from = aws_instance.b
  to   = module.web.aws_instance.this
}
module "web" {
  source = "./web"
}
`
	same := map[string]string{
		"the move is pending":      id(moved+`resource "aws_instance" "b" {}`, object("aws_instance.b", "aws_instance.a")),
		"the move was applied":     id(moved+`resource "aws_instance" "b" {}`, object("aws_instance.b", "")),
		"a second move is pending": id(chain, object("module.web.aws_instance.this", "aws_instance.b")),
		"both were applied":        id(chain, object("module.web.aws_instance.this", "")),
		"it got a key": id(`moved {
  from = aws_instance.a
  to   = aws_instance.a["x"]
}
resource "aws_instance" "a" {
  for_each = toset(["x"])
}
`, object(`aws_instance.a["x"]`, "")),
	}
	for when, got := range same {
		if got != first {
			t.Errorf("%s: the finding has another id", when)
		}
	}
	other := map[string]string{
		"another key": id(`moved {
  from = aws_instance.a
  to   = aws_instance.a["x"]
}
resource "aws_instance" "a" {
  for_each = toset(["x", "y"])
}
`, object(`aws_instance.a["y"]`, "")),
		"the old address is in use again": id(moved+"resource \"aws_instance\" \"b\" {}\nresource \"aws_instance\" \"a\" {}\n", object("aws_instance.b", "")),
		"no moved block":                  id(`resource "aws_instance" "b" {}`, object("aws_instance.b", "")),
	}
	for when, got := range other {
		if got == first {
			t.Errorf("%s: two resources share an id", when)
		}
	}
}
