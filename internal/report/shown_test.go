package report

import (
	"bytes"
	"testing"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/stack"
)

// TestShown: the name of what a reader is shown changes with what is shown, outlives JSON, and has nothing of a secret in it.
func TestShown(t *testing.T) {
	finding := func(live drift.Value) Finding {
		f := Finding{}
		f.ID, f.Address, f.Type, f.Kind, f.Action = "f_1", "aws_instance.web", "aws_instance", drift.KindDrift, string(drift.ActionUpdate)
		f.Changes = []drift.Change{{Path: "instance_type", Kind: drift.KindDrift, Base: "t3.micro", Code: "t3.micro", Live: live}}
		return f
	}
	first := Shown(finding("t3.large"))
	if first == "" || Shown(finding("t3.large")) != first || Shown(finding("t3.small")) == first {
		t.Error("the name does not follow the live value")
	}
	other := finding("t3.large")
	other.Action = string(drift.ActionReplace)
	if Shown(other) == first {
		t.Error("an update and a replace have one name")
	}
	secret := func(live string) Finding {
		f := finding(live)
		f.Changes[0].Sensitive = true
		return f
	}
	if Shown(secret("one")) != Shown(secret("two")) || len(Seen(secret("one"))) != 0 {
		t.Error("a secret is in the name, where it could be guessed")
	}
	if seen := Seen(finding("t3.large")); len(seen) != 1 || seen["instance_type"] == Seen(finding("t3.small"))["instance_type"] {
		t.Errorf("seen: %v", seen)
	}
	r := &Results{Stacks: []StackResult{{Stack: stack.Stack{ID: "infra/prod", Path: "infra/prod", Workspace: "default"}, Status: StatusDrifted, Findings: []Finding{finding("t3.large")}}}}
	var b bytes.Buffer
	if err := WriteJSON(&b, r); err != nil {
		t.Fatal(err)
	}
	back, err := ReadJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	if got := Shown(back.Stacks[0].Findings[0]); got != first {
		t.Errorf("after JSON the name is %s, before %s", got, first)
	}
}
