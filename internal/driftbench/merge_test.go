package driftbench

import (
	"strings"
	"testing"
)

func TestMerge(t *testing.T) {
	one := &Result{Seed: 3, Stacks: []Measure{{Project: "a/a"}}, Cases: []*Case{{Project: "a/a", Adoptable: true, Verdict: Adopted}}, Elapsed: 1}
	two := &Result{Seed: 3, Stacks: []Measure{{Project: "b/b"}}, Cases: []*Case{{Project: "b/b", Adoptable: true, Verdict: Refused}}, Elapsed: 2}
	got, err := Merge(one, two)
	if err != nil {
		t.Fatal(err)
	}
	if adoptable, adopted, _, _ := got.Total(); adoptable != 2 || adopted != 1 || got.Elapsed != 3 || len(got.Stacks) != 2 {
		t.Errorf("merged: %d adoptable, %d adopted, %v s, %d stacks", adoptable, adopted, got.Elapsed, len(got.Stacks))
	}
	if _, err := Merge(one, one); err == nil || !strings.Contains(err.Error(), "a/a was measured twice") {
		t.Errorf("the same project twice: %v", err)
	}
	if _, err := Merge(one, &Result{Seed: 4}); err == nil {
		t.Error("two seeds were merged")
	}
}
