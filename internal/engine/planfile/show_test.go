package planfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/drift"
)

func shownPlan(t *testing.T, rest string) *drift.Plan {
	t.Helper()
	p, err := ParseShow(strings.NewReader(`{"format_version":"1.2",`+rest+`}`), syntheticSchemas(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func shownThing(change string) string {
	return fmt.Sprintf(`"resource_changes":[{"address":"x_thing.a","mode":"managed","type":"x_thing","provider_name":%q,"change":%s}]`, syntheticProvider, change)
}

// The actions of both engines. Create and forget is OpenTofu's in one order and Terraform's in the other.
func TestShownActions(t *testing.T) {
	for actions, want := range map[string]drift.Action{
		`["create"]`: drift.ActionCreate, `["update"]`: drift.ActionUpdate, `["delete"]`: drift.ActionDelete, `["forget"]`: drift.ActionForget,
		`["delete","create"]`: drift.ActionReplace, `["create","delete"]`: drift.ActionReplace,
		`["create","forget"]`: drift.ActionReplace, `["forget","create"]`: drift.ActionReplace,
	} {
		p := shownPlan(t, shownThing(`{"actions":`+actions+`,"before":{"id":"i"},"after":{"id":"i"}}`))
		if len(p.Instances) != 1 || p.Instances[0].Action != want {
			t.Errorf("%s: %+v", actions, p.Instances)
		}
	}
}

// Values known after apply are left out of objects and are null in arrays; after_unknown tells where.
func TestShownUnknown(t *testing.T) {
	p := shownPlan(t, shownThing(`{"actions":["update"],"before":{},
		"after":{"id":"i","groups":["a",null],"disk":[{"any":1}],"tags":{"b":"c"}},
		"after_unknown":{"arn":true,"id":false,"groups":[false,true],"disk":[{"key":true}],"tags":{"a":true},"rule":true,"any":{"deep":{"er":false}}}}`))
	u := drift.Unknown{}
	want := map[string]drift.Value{
		"id": "i", "arn": u, "groups": []drift.Value{"a", u}, "rule": u,
		"disk": []drift.Value{map[string]drift.Value{"any": p.Instances[0].Code["disk"].([]drift.Value)[0].(map[string]drift.Value)["any"], "key": u}},
		"tags": map[string]drift.Value{"a": u, "b": "c"},
	}
	if d := cmp.Diff(want, p.Instances[0].Code); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Marks: whole values, parts, and elements of sets, which have no path of their own. The whole object marks each attribute.
func TestShownMarks(t *testing.T) {
	for mark, want := range map[string][]string{
		`{"id":true}`: {"id", "secret"},
		`{"tags":{"k":true},"disk":[{},{"any":true}]}`: {"disk[1].any", "secret", `tags["k"]`},
		`{"groups":[false,true]}`:                      {"groups", "secret"},
		`{"tags":true}`:                                {"secret", "tags"},
		`false`:                                        {"secret"},
	} {
		p := shownPlan(t, shownThing(`{"actions":["update"],"before":{"id":"i"},"after":{"id":"j"},"before_sensitive":`+mark+`,"after_sensitive":{}}`))
		if d := cmp.Diff(want, p.Instances[0].Sensitive); d != "" {
			t.Errorf("%s (-want +got):\n%s", mark, d)
		}
	}
	p := shownPlan(t, shownThing(`{"actions":["update"],"before":{"id":"i"},"after":{"id":"j"},"before_sensitive":true}`))
	if got := p.Instances[0].Sensitive; len(got) < 30 {
		t.Errorf("the whole object is sensitive, marked: %q", got)
	}
}

// What only one of the engines writes, or a later one, changes nothing else.
func TestShownFieldsOfOneEngine(t *testing.T) {
	p := shownPlan(t, `"applyable":true,"complete":true,"action_invocations":[{"address":"action.x"}],"relevant_attributes":[{}],"later":{"a":[1]},
		"resource_drift":[{"address":"x_thing.gone","mode":"managed","type":"x_thing","change":{"actions":["delete"],"before":{"id":"g"},"after":null}}],
		"resource_changes":[
		 {"address":"ephemeral.x_secret.s","mode":"ephemeral","type":"x_secret","change":{"actions":["read"],"before":null,"after":null}},
		 {"address":"data.x_image.i","mode":"data","type":"x_image","change":{"actions":["read"],"before":null,"after":{}}},
		 {"address":"x_thing.i","mode":"managed","type":"x_thing","change":{"actions":["no-op"],"before":{"id":"i"},"after":{"id":"i"},"importing":{"id":"i","unknown":false,"identity":{"id":"i"}},"before_identity":{"id":"i"},"after_identity":{"id":"i"}}},
		 {"address":"x_thing.c","mode":"managed","type":"x_thing","change":{"actions":["no-op"],"before":{"id":"c"},"after":{"id":"c"}}}]`)
	var got []string
	for _, i := range p.Instances {
		got = append(got, fmt.Sprint(i.Address, " ", i.Action, " ", i.Importing, " ", i.Live != nil))
	}
	if d := cmp.Diff([]string{"x_thing.gone  false false", "x_thing.i no-op true true"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if p.Clean != 1 || p.Incomplete != "" {
		t.Errorf("%+v", p)
	}
}

func FuzzParseShow(f *testing.F) {
	f.Add(`{"format_version":"1.2",` + shownThing(`{"actions":["update"],"before":{"a":[1]},"after":{},"after_unknown":{"a":[true]},"replace_paths":[["a",0]]}`) + `}`)
	schemas := syntheticSchemas(f)
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := ParseShow(strings.NewReader(text), schemas); err == nil {
			drift.Classify(p, nil, drift.Options{})
		}
	})
}

func FuzzReadState(f *testing.F) {
	f.Add(state(`{"module":"module.m","mode":"managed","type":"x_thing","name":"a","provider":"provider[\"h/n/t\"]","instances":[{"index_key":0,"attributes":{"any":{"type":"string","value":"x"}},"sensitive_attributes":[[{"type":"get_attr","value":"any"}]]}]}`))
	_, typ := syntheticSchemas(f).lookup(syntheticProvider, "x_thing", "managed")
	f.Fuzz(func(t *testing.T, text string) {
		for i, err := range readState(strings.NewReader(text)) {
			if err != nil {
				return
			}
			_, _ = i.object(typ)
			_, _ = i.sensitivePaths()
		}
	})
}
