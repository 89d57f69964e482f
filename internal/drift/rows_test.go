package drift

import "testing"

// One test for each row of the decision table.

func TestRow01_Clean(t *testing.T) {
	same := `{"name":"a","size":1,"tags":{"k":"v"},"groups":["x","y"],"disk":[{"port":1}]}`
	expect(t, classify(t, answers{}, Options{}, at(t, same, same, same)))
}

func TestRow02_Drift(t *testing.T) {
	inst := at(t, `{"name":"a","size":1}`, `{"name":"a","size":1}`, `{"name":"b","size":1}`)
	expect(t, classify(t, answers{}, Options{}, inst), "drift", "  name drift row 2")
	expect(t, classify(t, nil, Options{}, inst), "drift", "  name drift row 2")
}

func TestRow03_Converged(t *testing.T) {
	inst := at(t, `{"name":"a"}`, `{"name":"b"}`, `{"name":"b"}`)
	expect(t, classify(t, answers{}, Options{}, inst), "converged", "  name converged row 3")
	expect(t, classify(t, nil, Options{}, inst), "converged", "  name converged row 3")
}

func TestRow04_PendingOrAbsorbed(t *testing.T) {
	inst := at(t, `{"name":"a"}`, `{"name":"b"}`, `{"name":"a"}`)
	since := func(s SinceApply) Options {
		return Options{CodeChanged: func(address, path string) SinceApply {
			if address != "x_thing.a" || path != "name" {
				t.Errorf("asked for %s %s", address, path)
			}
			return s
		}}
	}
	expect(t, classify(t, answers{}, since(Changed), inst), "pending", "  name pending row 4")
	expect(t, classify(t, answers{}, since(Unclear), inst), "pending", "  name pending row 4")
	expect(t, classify(t, answers{}, Options{}, inst), "pending", "  name pending row 4")
	expect(t, classify(t, answers{}, since(Unchanged), inst), "drift absorbed", "  name drift row 4")
}

func TestRow04_NewDefaultOfProvider(t *testing.T) {
	inst := at(t, `{"name":"a","zone":"a"}`, `{"name":"a","zone":"b"}`, `{"name":"a","zone":"a"}`)
	opts := Options{Upgraded: []string{inst.Provider}, CodeChanged: func(string, string) SinceApply { return Unchanged }}
	expect(t, classify(t, answers{silent: []string{"zone"}}, opts, inst), "pending version_change", "  zone pending provider-default")
}

func TestRow05_Conflict(t *testing.T) {
	inst := at(t, `{"name":"a"}`, `{"name":"b"}`, `{"name":"c"}`)
	expect(t, classify(t, answers{}, Options{}, inst), "conflict", "  name conflict row 5")
}

func TestRow06_UnknownFollowsItsCause(t *testing.T) {
	cause := at(t, `{"name":"a"}`, `{"name":"a"}`, `{"name":"b"}`)
	follower := at(t, `{"name":"a","zone":"z"}`, `{"name":"?","zone":"?"}`, `{"name":"a","zone":"z"}`)
	follower.Address = "x_thing.b"
	code := answers{silent: []string{"zone"}, refs: map[string][]string{"name": {"x_thing.a"}}}
	want := []string{"drift", "  name drift row 2", "pending cascade", "  name pending row 6"}
	expect(t, classify(t, code, Options{}, cause, follower), want...)
	expect(t, classify(t, nil, Options{}, cause, follower), want...)
	// timestamp() and the like: unknown, and nothing upstream.
	expect(t, classify(t, answers{silent: []string{"zone"}}, Options{}, follower), "pending", "  name pending row 6")
}

func TestRow06_KnownValueFollowsItsCause(t *testing.T) {
	cause := at(t, `{"name":"a"}`, `{"name":"a"}`, `{"name":"b"}`)
	cause.Address = `module.m["k"].x_thing.a[0]`
	follower := at(t, `{"note":"a"}`, `{"note":"b"}`, `{"note":"a"}`)
	code := answers{refs: map[string][]string{"note": {"module.m.x_thing.a"}}}
	opts := Options{CodeChanged: func(string, string) SinceApply { return Unchanged }}
	expect(t, classify(t, code, opts, cause, follower), "drift", "  name drift row 2", "pending cascade", "  note pending row 4")
}

func TestRow07_IgnoreChanges(t *testing.T) {
	inst := at(t, `{"name":"a","size":1}`, `{"name":"b","size":1}`, `{"name":"b","size":1}`)
	expect(t, classify(t, answers{ignored: []string{"name"}}, Options{}, inst), "undeclared ignore_changes", "  name undeclared row 7")
}

func TestRow08_ComputedOnly(t *testing.T) {
	inst := at(t, `{"name":"a","etag":"1"}`, `{"name":"a","etag":"2"}`, `{"name":"a","etag":"2"}`)
	expect(t, classify(t, answers{}, Options{}, inst))
	inst = at(t, `{"etag":"1","disk":[{"port":1,"rule_id":"a"}],"options":{"mode":"m","seen":"1"}}`,
		`{"etag":"?","disk":[{"port":2,"rule_id":"?"}],"options":{"mode":"m","seen":"?"}}`,
		`{"etag":"2","disk":[{"port":1,"rule_id":"b"}],"options":{"mode":"m","seen":"2"}}`)
	expect(t, classify(t, answers{}, Options{}, inst), "pending", "  disk[0].port pending row 4")
}

func TestRow09_Undeclared(t *testing.T) {
	inst := at(t, `{"name":"a","zone":"a"}`, `{"name":"a","zone":"b"}`, `{"name":"a","zone":"b"}`)
	expect(t, classify(t, answers{silent: []string{"zone"}}, Options{}, inst), "undeclared", "  zone undeclared row 9")
	expect(t, classify(t, nil, Options{}, inst), "undeclared", "  zone undeclared row 9")
	// The same beside a replacement, which makes the provider's choice unknown.
	inst.Code = object(t, `{"name":"a","zone":"?"}`)
	expect(t, classify(t, answers{silent: []string{"zone"}}, Options{}, inst), "undeclared", "  zone undeclared row 9")
	// A block that the code does not have and the old SDK fills in.
	inst = at(t, `{"disk":[{"port":1}]}`, `{"disk":[{"port":2}]}`, `{"disk":[{"port":2}]}`)
	expect(t, classify(t, answers{silent: []string{"disk"}}, Options{}, inst), "undeclared", "  disk[0].port undeclared row 9")
}

func TestRow10_DeletedOutside(t *testing.T) {
	inst := at(t, `{"name":"a","id":"i-1"}`, `{"name":"a","id":"?"}`, ``)
	inst.Action = ActionCreate
	got := Classify(&Plan{Instances: []Instance{inst}}, answers{}, Options{})
	expect(t, lines(got), "deleted")
	if got[0].IDs[0] != "i-1" || got[0].Attributes["name"] != "a" {
		t.Errorf("a deleted object is known by its last applied values, got %v %v", got[0].IDs, got[0].Attributes)
	}
	inst.Code, inst.Action = nil, ActionNone // and the code no longer wants it
	expect(t, classify(t, answers{}, Options{}, inst), "converged code_removed")
}

// Row 11, unmanaged objects, is outside of plans: Classify never says so.
func TestRow11_Unmanaged(t *testing.T) {
	for _, f := range Classify(&Plan{Instances: []Instance{at(t, ``, `{"name":"a"}`, ``)}}, answers{}, Options{}) {
		if f.Kind == KindUnmanaged {
			t.Errorf("%+v", f)
		}
	}
}

func TestRow12_CodeRemoved(t *testing.T) {
	inst := at(t, `{"name":"a","etag":"1"}`, ``, `{"name":"a","etag":"2"}`)
	inst.Action = ActionDelete
	for _, reason := range []string{
		"delete_because_no_resource_config", "delete_because_no_module", "delete_because_each_key", "delete_because_count_index",
		"delete_because_enabled_false", "delete_because_wrong_repetition", "delete_because_no_move_target", "a_later_word",
	} {
		inst.ActionReason = reason
		expect(t, classify(t, answers{}, Options{}, inst), "pending code_removed")
	}
}

func TestRow12_CodeRemovedAndChangedOutside(t *testing.T) {
	inst := at(t, `{"name":"a","zone":"a"}`, ``, `{"name":"b","zone":"a"}`)
	inst.Action = ActionDelete
	expect(t, classify(t, answers{}, Options{}, inst), "conflict code_removed", "  name conflict row 5")
	inst.Live = object(t, `{"name":"a","zone":"b"}`)
	expect(t, classify(t, answers{}, Options{}, inst), "undeclared code_removed", "  zone undeclared row 9")
}

func TestRow13_CodeAdded(t *testing.T) {
	inst := at(t, ``, `{"name":"a","id":"?"}`, ``)
	inst.Action = ActionCreate
	expect(t, classify(t, answers{}, Options{}, inst), "pending code_added")
}

func TestRow14_Tainted(t *testing.T) {
	inst := at(t, `{"name":"a","zone":"z"}`, `{"name":"a","zone":"?"}`, `{"name":"a","zone":"z"}`)
	inst.Action, inst.ActionReason = ActionReplace, "replace_because_tainted"
	expect(t, classify(t, answers{}, Options{}, inst), "pending tainted")
	inst.ActionReason, inst.Tainted = "", true
	expect(t, classify(t, answers{}, Options{}, inst), "pending tainted")
	inst.Live = object(t, `{"name":"b","zone":"z"}`)
	expect(t, classify(t, answers{}, Options{}, inst), "drift tainted", "  name drift row 2")
}

func TestRow15_MustReplace(t *testing.T) {
	inst := at(t, `{"name":"a","size":1,"id":"i"}`, `{"name":"a","size":1,"id":"?"}`, `{"name":"b","size":2,"id":"i"}`)
	inst.Action, inst.ActionReason, inst.ReplacePaths = ActionReplace, "replace_because_cannot_update", []string{"name"}
	expect(t, classify(t, answers{}, Options{}, inst), "drift must_replace", "  name drift row 2", "  size drift row 2")
	inst.Live = object(t, `{"name":"a","size":1,"id":"i"}`)
	inst.Code = object(t, `{"name":"b","size":1,"id":"?"}`)
	expect(t, classify(t, answers{}, Options{}, inst), "pending must_replace", "  name pending row 4")
}

func TestRow16_ReplaceTriggeredBy(t *testing.T) {
	inst := at(t, `{"name":"a","id":"i"}`, `{"name":"a","id":"?"}`, `{"name":"a","id":"i"}`)
	inst.Action, inst.ActionReason = ActionReplace, "replace_by_triggers"
	expect(t, classify(t, answers{}, Options{}, inst), "pending triggered")
	inst.Live = object(t, `{"name":"b","id":"i"}`) // what a person changed is still what a person changed
	expect(t, classify(t, answers{}, Options{}, inst), "drift", "  name drift row 2")
}

func TestRow17_Deposed(t *testing.T) {
	inst := at(t, `{"name":"a"}`, ``, `{"name":"b"}`)
	inst.Action, inst.Deposed = ActionDelete, "deadbeef"
	current := at(t, `{"name":"a"}`, `{"name":"a"}`, `{"name":"b"}`)
	got := Classify(&Plan{Instances: []Instance{inst, current}}, answers{}, Options{})
	if len(got) != 2 || got[0].ID == got[1].ID {
		t.Fatalf("the deposed and the current object are two findings, got %+v", got)
	}
	for _, f := range got {
		if (f.Reason == ReasonDeposed) != (f.Kind == KindPending) || f.Reason == ReasonDeposed && len(f.Changes) > 0 {
			t.Errorf("%+v", f)
		}
	}
}

func TestRow18_Import(t *testing.T) {
	inst := at(t, ``, `{"name":"a","size":2}`, `{"name":"a","size":1}`)
	inst.Importing = true
	expect(t, classify(t, answers{}, Options{}, inst), "pending import", "  size pending row 4")
	inst.Base = object(t, `{"name":"a","size":1}`) // engines write the imported object into both states
	expect(t, classify(t, answers{}, Options{}, inst), "pending import", "  size pending row 4")
}

func TestRow19_MovedKeepsItsIdentity(t *testing.T) {
	inst := at(t, `{"name":"a"}`, `{"name":"a"}`, `{"name":"a"}`)
	inst.Address, inst.Previous = "x_thing.new", "x_thing.old"
	got := Classify(&Plan{Instances: []Instance{inst}}, answers{}, Options{Stack: "s"})
	expect(t, lines(got), "pending moved")
	if got[0].ID != FindingID("s", "x_thing.old", "") || got[0].Previous != "x_thing.old" {
		t.Errorf("%+v", got[0])
	}
	inst.Live, inst.Action = object(t, `{"name":"b"}`), ActionUpdate
	expect(t, classify(t, answers{}, Options{}, inst), "drift", "  name drift row 2")
}

func TestRow20_Forget(t *testing.T) {
	inst := at(t, `{"name":"a"}`, ``, `{"name":"a"}`)
	inst.Action = ActionForget
	expect(t, classify(t, answers{}, Options{}, inst), "pending forget")
}

func TestRow21_DataSource(t *testing.T) {
	inst := at(t, `{"name":"ami-1","size":1}`, `{"name":"ami-2","size":1}`, `{"name":"ami-1","size":1}`)
	p := &Plan{Instances: []Instance{inst}, Data: []DataChange{{Address: `module.m["a"].data.x_image.latest`}}}
	code := answers{refs: map[string][]string{"name": {"module.m.data.x_image.latest", "x_network.main"}}}
	expect(t, lines(Classify(p, code, Options{})), "pending data_source", "  name pending row 21")
	unchanged := Options{CodeChanged: func(string, string) SinceApply { return Unchanged }}
	expect(t, lines(Classify(p, code, unchanged)), "pending data_source", "  name pending row 21")
	changed := Options{CodeChanged: func(string, string) SinceApply { return Changed }}
	expect(t, lines(Classify(p, code, changed)), "pending", "  name pending row 4")
	p.Data = nil
	expect(t, lines(Classify(p, code, Options{})), "pending", "  name pending row 4")
}

func TestRow22_OnlyOutputs(t *testing.T) {
	p := &Plan{Outputs: []OutputChange{{Name: "o", Before: "a", After: "b"}}}
	if got := Classify(p, answers{}, Options{}); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestRow23_WriteOnly(t *testing.T) {
	inst := at(t, `{"token_wo":null,"version":1}`, `{"token_wo":"?","version":1}`, `{"token_wo":null,"version":2}`)
	expect(t, classify(t, answers{}, Options{}, inst), "drift", "  version drift row 2")
}

func TestRow24_Sensitive(t *testing.T) {
	inst := at(t, `{"password":"a","disk":[{"kind":"x"}],"free":{"k":"v"}}`,
		`{"password":"a","disk":[{"kind":"x"}],"free":{"k":"v"}}`, `{"password":"b","disk":[],"free":{"k":"w"}}`)
	inst.Sensitive = []string{"password", "disk[0].kind"}
	expect(t, classify(t, answers{}, Options{}, inst), "drift",
		"  disk drift row 2 sensitive", "  free.k drift row 2", "  password drift row 2 sensitive")
}

func TestRow25_Incomplete(t *testing.T) {
	p := &Plan{Incomplete: "the plan ended with an error", Instances: []Instance{at(t, `{"name":"a"}`, `{"name":"a"}`, `{"name":"b"}`)}}
	if got := Classify(p, answers{}, Options{}); got != nil {
		t.Errorf("an incomplete plan was classified: %+v", got)
	}
}

// A finding is never silent about an action that the engine plans, and its kind is the strongest of its changes.
func TestKindIsTheStrongest(t *testing.T) {
	inst := at(t, `{"name":"a","size":1,"note":"n","zone":"y"}`, `{"name":"a","size":2,"note":"p","zone":"z"}`, `{"name":"b","size":1,"note":"q","zone":"z"}`)
	expect(t, classify(t, answers{silent: []string{"zone"}}, Options{}, inst), "conflict",
		"  name drift row 2", "  note conflict row 5", "  size pending row 4", "  zone undeclared row 9")
	inst = at(t, `{"name":"a","etag":"1"}`, `{"name":"a","etag":"?"}`, `{"name":"a","etag":"1"}`)
	expect(t, classify(t, answers{}, Options{}, inst), "pending")
}
