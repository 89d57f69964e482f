package drift

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each case is one attribute with two values. A rule means that they mean the same and that the rule says so; no rule means that they differ.
func TestNormalisers(t *testing.T) {
	policy := func(statement string) string {
		return quoted(`{"Version":"2012-10-17","Statement":[` + statement + `]}`)
	}
	for _, c := range []struct{ name, attribute, a, b, rule string }{
		{"null and empty text", "note", `null`, `""`, "null-empty"},
		{"null and zero", "size", `null`, `0`, "null-empty"},
		{"null and false", "on", `null`, `false`, "null-empty"},
		{"null and empty map", "tags", `null`, `{}`, "null-empty"},
		{"null and empty list", "steps", `null`, `[]`, "null-empty"},
		{"null and empty set", "groups", `null`, `[]`, "null-empty"},
		{"no block and an empty list of blocks", "disk", `null`, `[]`, "null-empty"},
		{"false is not true", "on", `false`, `true`, ""},
		{"zero is not one", "size", `0`, `1`, ""},
		{"an empty tag is a tag", "tags", `{}`, `{"a":""}`, ""},
		{"an empty element is an element", "steps", `["a"]`, `[""]`, ""},
		{"numbers", "size", `1`, `1.0`, "number"},
		{"numbers with exponent", "size", `1500`, `1.5e3`, "number"},
		{"large numbers", "size", `12345678901234567890123`, `12345678901234567890123.0`, "number"},
		{"large numbers that differ in the last digit", "size", `12345678901234567890123`, `12345678901234567890124`, ""},
		{"a number as text", "size", `8080`, `"8080"`, "number"},
		{"a huge exponent", "size", `1e999999999`, `1e999999998`, ""},
		{"texts that look like numbers", "note", `"1"`, `"1.0"`, ""},
		{"order of a set", "groups", `["a","b","c"]`, `["c","a","b"]`, "set-order"},
		{"order of a list", "steps", `["a","b"]`, `["b","a"]`, ""},
		{"a set is a multiset", "groups", `["a","a","b"]`, `["a","b","b"]`, ""},
		{"order of a set of blocks", "rule", `[{"port":1},{"port":2,"cidr":["a","b"]}]`, `[{"port":2,"cidr":["b","a"]},{"port":1}]`, "set-order"},
		{"json text", "policy", `"{\"a\":1,\"b\":[true]}"`, `"{ \"b\": [true],\n \"a\": 1.0 }"`, "json"},
		{"json text that differs", "policy", `"{\"a\":1}"`, `"{\"a\":2}"`, ""},
		{"order of a json array", "policy", `"[1,2]"`, `"[2,1]"`, ""},
		{"json with text after it", "policy", `"{} x"`, `"{}  x"`, ""},
		{"policy: one action and a list of one", "policy",
			policy(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`),
			policy(`{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["*"]}`), "iam-policy"},
		{"policy: order and case of actions", "policy",
			policy(`{"Effect":"Allow","Action":["s3:PutObject","s3:GetObject"],"Resource":"*"}`),
			policy(`{"Effect":"Allow","Action":["s3:getobject","s3:putobject"],"Resource":"*"}`), "iam-policy"},
		{"policy: order of statements, one as object", "policy",
			policy(`{"Sid":"a","Effect":"Allow","Action":"a:b"},{"Sid":"b","Effect":"Deny","Action":"a:b"}`),
			policy(`{"Sid":"b","Effect":"Deny","Action":"a:b"},{"Sid":"a","Effect":"Allow","Action":"a:b"}`), "iam-policy"},
		{"policy: account and its root, empty sid", "policy",
			policy(`{"Sid":"","Effect":"Allow","Action":"a:b","Principal":{"AWS":"111122223333"}}`),
			policy(`{"Effect":"Allow","Action":"a:b","Principal":{"AWS":["arn:aws:iam::111122223333:root"]}}`), "iam-policy"},
		{"policy: everyone", "policy",
			policy(`{"Effect":"Allow","Action":"a:b","Principal":"*"}`), policy(`{"Effect":"Allow","Action":"a:b","Principal":{"AWS":"*"}}`), "iam-policy"},
		{"policy: conditions", "policy",
			policy(`{"Effect":"Allow","Action":"a:b","Condition":{"Bool":{"aws:SecureTransport":true}}}`),
			policy(`{"Effect":"Allow","Action":"a:b","Condition":{"bool":{"AWS:SecureTransport":["true"]}}}`), "iam-policy"},
		{"policy: another effect", "policy",
			policy(`{"Effect":"Allow","Action":"a:b"}`), policy(`{"Effect":"Deny","Action":"a:b"}`), ""},
		{"policy: case of resources", "policy",
			policy(`{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::A"}`), policy(`{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::a"}`), ""},
		{"policy: a deleted principal", "policy",
			policy(`{"Effect":"Allow","Action":"a:b","Principal":{"AWS":"AIDAEXAMPLE"}}`),
			policy(`{"Effect":"Allow","Action":"a:b","Principal":{"AWS":"arn:aws:iam::111122223333:user/a"}}`), ""},
		{"policy: statement order is kept for what is no policy", "policy",
			`"{\"Statement\":[{\"x\":1},{\"x\":2}]}"`, `"{\"Statement\":[{\"x\":2},{\"x\":1}]}"`, ""},
		{"newlines", "user_data", `"a\r\nb\r\n"`, `"a\nb"`, "newline"},
		{"newlines are content of a file", "content", `"a\n"`, `"a"`, ""},
		{"text", "note", `"a"`, `"A"`, ""},
		{"spaces", "note", `"a"`, `"a "`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := `{"`+c.attribute+`":`+c.a+`}`, `{"`+c.attribute+`":`+c.b+`}`
			want := "drift\n  " + c.attribute + " drift row 2\n"
			if c.rule != "" {
				want = "noise\n  " + c.attribute + " noise " + c.rule + "\n"
			}
			got := classify(t, answers{}, Options{}, at(t, a, a, b))
			if c.rule == "" { // where below the attribute it differs is not the point here
				got, want = strings.Fields(got)[0], "drift"
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestNormalisersOfProviders(t *testing.T) {
	const id = "/subscriptions/S/resourceGroups/RG"
	for _, c := range []struct{ name, provider, typ, a, b, kind string }{
		{"azure ids", "registry.opentofu.org/hashicorp/azurerm", "azurerm_thing", id, strings.ToLower(id), "noise"},
		{"the same elsewhere", "registry.opentofu.org/hashicorp/aws", "aws_thing", id, strings.ToLower(id), "drift"},
		{"other text in azure", "registry.opentofu.org/hashicorp/azurerm", "azurerm_thing", "Name", "name", "drift"},
		{"dns", "registry.opentofu.org/hashicorp/google", "google_dns_record_set", "a.example.com.", "a.example.com", "noise"},
		{"a sentence in dns", "registry.opentofu.org/hashicorp/google", "google_dns_record_set", "the end.", "the end", "drift"},
		{"a dot elsewhere", "registry.opentofu.org/hashicorp/google", "google_thing", "a.example.com.", "a.example.com", "drift"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inst := at(t, `{"note":`+quoted(c.a)+`}`, `{"note":`+quoted(c.a)+`}`, `{"note":`+quoted(c.b)+`}`)
			inst.Provider, inst.Type = c.provider, c.typ
			if got := classify(t, answers{}, Options{}, inst); !strings.HasPrefix(got, c.kind) {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestYAMLOnlyWhereItIsYAML(t *testing.T) {
	opts := Options{DecodeYAML: func(text string) (Value, error) { // JSON is YAML enough to tell whether the hook is asked
		var v Value
		err := json.Unmarshal([]byte(strings.TrimPrefix(text, "---\n")), &v)
		return v, err
	}}
	b := &Block{Attributes: map[string]*Attribute{"manifest": {Type: str, Optional: true}, "note": {Type: str, Optional: true}}}
	for attribute, kind := range map[string]string{"manifest": "noise\n  manifest noise yaml\n", "note": "drift\n  note drift row 2\n"} {
		inst := at(t, `{"`+attribute+`":"{\"a\": 1}"}`, `{"`+attribute+`":"{\"a\": 1}"}`, `{"`+attribute+`":"---\n{\"a\": 1}"}`)
		inst.Schema = b
		if d := cmp.Diff(kind, classify(t, answers{}, opts, inst)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
}

// tags_all repeats tags and adds the provider's default tags: only what tags do not explain is a change of its own.
func TestTagsAll(t *testing.T) {
	all := func(tags, tagsAll string) string { return `{"tags":` + tags + `,"tags_all":` + tagsAll + `}` }
	code := answers{silent: []string{"tags_all"}}
	for _, c := range []struct {
		name             string
		base, code, live string
		want             []string
	}{
		{"a tag drifts", all(`{"a":"1"}`, `{"a":"1","d":"x"}`), all(`{"a":"1"}`, `{"a":"1","d":"x"}`), all(`{"a":"2"}`, `{"a":"2","d":"x"}`),
			[]string{"drift", `  tags["a"] drift row 2`}},
		{"a tag is added outside", all(`null`, `{"d":"x"}`), all(`null`, `{"d":"x"}`), all(`{"a":"2"}`, `{"a":"2","d":"x"}`),
			[]string{"drift", `  tags["a"] drift row 2`}},
		{"a default tag is removed outside", all(`{"a":"1"}`, `{"a":"1","d":"x"}`), all(`{"a":"1"}`, `{"a":"1","d":"x"}`), all(`{"a":"1"}`, `{"a":"1"}`),
			[]string{"drift", `  tags_all["d"] drift row 2`}},
		{"the default tags change in code", all(`{}`, `{"d":"x"}`), all(`{}`, `{"d":"y"}`), all(`{}`, `{"d":"x"}`),
			[]string{"pending", `  tags_all["d"] pending row 4`}},
		{"tags known after apply", all(`{"a":"1"}`, `{"a":"1"}`), all(`"?"`, `"?"`), all(`{"a":"2"}`, `{"a":"2"}`),
			[]string{"pending", `  tags pending row 6`}},
	} {
		t.Run(c.name, func(t *testing.T) { expect(t, classify(t, code, Options{}, at(t, c.base, c.code, c.live)), c.want...) })
	}
}

// Where a change is reported: at the leaf, at the set, or at the list whose length differs.
func TestPaths(t *testing.T) {
	for _, c := range []struct{ name, base, live, want string }{
		{"attribute", `{"name":"a"}`, `{"name":"b"}`, "name"},
		{"map value", `{"tags":{"a.b":"1","c":"2"}}`, `{"tags":{"a.b":"1","c":"3"}}`, `tags["c"]`},
		{"map key with a quote", `{"tags":{}}`, `{"tags":{"a\"b":"1"}}`, `tags["a\"b"]`},
		{"set", `{"groups":["a","b"]}`, `{"groups":["b","c"]}`, `groups`},
		{"list element", `{"steps":["a","b"]}`, `{"steps":["a","c"]}`, `steps[1]`},
		{"list of another length", `{"steps":["a","b"]}`, `{"steps":["a"]}`, `steps`},
		{"block", `{"disk":[{"port":1},{"port":2}]}`, `{"disk":[{"port":1},{"port":3}]}`, `disk[1].port`},
		{"block added", `{"disk":[]}`, `{"disk":[{"port":3}]}`, `disk`},
		{"set in a block", `{"disk":[{"cidr":["a"]}]}`, `{"disk":[{"cidr":["b"]}]}`, `disk[0].cidr`},
		{"set of blocks", `{"rule":[{"port":1}]}`, `{"rule":[{"port":2}]}`, `rule`},
		{"map of blocks", `{"by_key":{"k":{"port":1}}}`, `{"by_key":{"k":{"port":2}}}`, `by_key["k"].port`},
		{"single block", `{"timeouts":null}`, `{"timeouts":{"create":"5m"}}`, `timeouts.create`},
		{"object attribute", `{"options":{"mode":"a"}}`, `{"options":{"mode":"b"}}`, `options.mode`},
		{"dynamic value", `{"free":{"a":[{"b c":1}]}}`, `{"free":{"a":[{"b c":2}]}}`, `free.a[0]["b c"]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Classify(&Plan{Instances: []Instance{at(t, c.base, c.base, c.live)}}, answers{}, Options{})
			if len(got) != 1 || len(got[0].Changes) != 1 || got[0].Changes[0].Path != c.want {
				t.Fatalf("want one change at %s, got:\n%s", c.want, lines(got))
			}
			if _, err := ParsePath(got[0].Changes[0].Path); err != nil {
				t.Error(err)
			}
		})
	}
}

// Without a schema, objects at the top are maps and those inside lists are blocks.
func TestPathsWithoutSchema(t *testing.T) {
	inst := at(t, `{"tags":{"a":"1"},"disk":[{"port":1}]}`, `{"tags":{"a":"1"},"disk":[{"port":1}]}`, `{"tags":{"a":"2"},"disk":[{"port":2}]}`)
	inst.Schema = nil
	expect(t, classify(t, answers{}, Options{}, inst), "drift", "  disk[0].port drift row 2", `  tags["a"] drift row 2`)
}

// A set element that is partly unknown may turn out to be the live one: then only the cause says anything.
func TestSetWithUnknownParts(t *testing.T) {
	base := `{"rule":[{"port":1,"cidr":["a"]},{"port":2,"cidr":["b"]}]}`
	open := `{"rule":[{"port":2,"cidr":"?"},{"port":1,"cidr":["a"]}]}`
	expect(t, classify(t, answers{}, Options{}, at(t, base, open, base)), "pending", "  rule pending row 6")
	live := `{"rule":[{"port":3,"cidr":["a"]},{"port":2,"cidr":["b"]}]}`
	expect(t, classify(t, answers{}, Options{}, at(t, base, open, live)), "drift", "  rule drift row 2")
	// Each known element can be used once: two open elements, and only one live element that fits them.
	open = `{"rule":[{"port":2,"cidr":"?"},{"port":2,"cidr":["?"]}]}`
	expect(t, classify(t, answers{}, Options{}, at(t, base, open, base)), "pending", "  rule pending row 4")
}

func TestUpgradeFillsInAnAttribute(t *testing.T) {
	filled := func(address, base string) Instance {
		inst := at(t, `{"name":"a","zone":`+base+`}`, `{"name":"a","zone":"b"}`, `{"name":"a","zone":"b"}`)
		inst.Address = address
		return inst
	}
	a, b := filled("x_thing.a", "null"), filled("x_thing.b", "null")
	code := answers{silent: []string{"zone"}}
	upgraded := Options{Upgraded: []string{a.Provider}}
	noise := []string{"noise version_change", "  zone noise provider-version"}
	expect(t, classify(t, code, upgraded, a, b), append(noise, noise...)...)
	undeclared := []string{"undeclared", "  zone undeclared row 9"}
	expect(t, classify(t, code, Options{}, a, b), append(undeclared, undeclared...)...)
	// One that was clean tells that the upgrade is not the reason.
	p := &Plan{Instances: []Instance{a, b}, Clean: 1, CleanTypes: map[string]int{"x_thing": 1}}
	expect(t, lines(Classify(p, code, upgraded)), append(undeclared, undeclared...)...)
}

func TestUpgradeMovesWhatTheCodeSays(t *testing.T) {
	moved := func(address, live string) Instance {
		inst := at(t, `{"note":"a"}`, `{"note":"a"}`, `{"note":`+quoted(live)+`}`)
		inst.Address = address
		return inst
	}
	upgraded := Options{Upgraded: []string{"registry.opentofu.org/acme/x"}}
	alike := []string{"drift version_change", "  note drift row 2"}
	expect(t, classify(t, answers{}, upgraded, moved("x_thing.a", "b"), moved("x_thing.b", "b")), append(alike, alike...)...)
	drift := []string{"drift", "  note drift row 2"}
	expect(t, classify(t, answers{}, upgraded, moved("x_thing.a", "b"), moved("x_thing.b", "c")), append(drift, drift...)...)
	expect(t, classify(t, answers{}, upgraded, moved("x_thing.a", "b")), drift...)
}
