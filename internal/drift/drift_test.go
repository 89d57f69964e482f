package drift

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// value parses JSON; the text "?" stands for a value known only after apply.
func value(t testing.TB, text string) Value {
	t.Helper()
	if text == "" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var v Value
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return unknowns(v)
}

func unknowns(v Value) Value {
	switch x := v.(type) {
	case string:
		if x == "?" {
			return Unknown{}
		}
	case []Value:
		for i := range x {
			x[i] = unknowns(x[i])
		}
	case map[string]Value:
		for k := range x {
			x[k] = unknowns(x[k])
		}
	}
	return v
}

func object(t testing.TB, text string) map[string]Value {
	t.Helper()
	o, _ := value(t, text).(map[string]Value)
	return o
}

// schema is one resource type with an attribute of each sort.
var schema = &Block{
	Attributes: map[string]*Attribute{
		"id":        {Type: str, Computed: true},
		"arn":       {Type: str, Computed: true},
		"etag":      {Type: str, Computed: true},
		"name":      {Type: str, Required: true},
		"note":      {Type: str, Optional: true},
		"size":      {Type: num, Optional: true},
		"on":        {Type: boolean, Optional: true},
		"zone":      {Type: str, Optional: true, Computed: true},
		"policy":    {Type: str, Optional: true},
		"user_data": {Type: str, Optional: true},
		"content":   {Type: str, Optional: true},
		"password":  {Type: str, Optional: true, Sensitive: true},
		"token_wo":  {Type: str, Optional: true, WriteOnly: true},
		"version":   {Type: num, Optional: true},
		"tags":      {Type: &Type{Kind: "map", Elem: str}, Optional: true},
		"tags_all":  {Type: &Type{Kind: "map", Elem: str}, Optional: true, Computed: true},
		"groups":    {Type: &Type{Kind: "set", Elem: str}, Optional: true},
		"steps":     {Type: &Type{Kind: "list", Elem: str}, Optional: true},
		"free":      {Type: &Type{Kind: "dynamic"}, Optional: true},
		"options": {Nested: &NestedObject{Nesting: NestingSingle, Attributes: map[string]*Attribute{
			"mode": {Type: str, Optional: true}, "seen": {Type: str, Computed: true},
		}}, Optional: true},
	},
	Blocks: map[string]*NestedBlock{
		"disk":     {Nesting: NestingList, Block: inner},
		"rule":     {Nesting: NestingSet, Block: inner},
		"by_key":   {Nesting: NestingMap, Block: inner},
		"timeouts": {Nesting: NestingSingle, Block: &Block{Attributes: map[string]*Attribute{"create": {Type: str, Optional: true}}}},
	},
}

var (
	str     = &Type{Kind: "string"}
	num     = &Type{Kind: "number"}
	boolean = &Type{Kind: "bool"}
	inner   = &Block{Attributes: map[string]*Attribute{
		"port": {Type: num, Optional: true}, "cidr": {Type: &Type{Kind: "set", Elem: str}, Optional: true},
		"kind": {Type: str, Optional: true, Computed: true}, "rule_id": {Type: str, Computed: true},
	}}
)

// at makes an updated instance with the three values; "" for one that is not there.
func at(t testing.TB, base, code, live string) Instance {
	t.Helper()
	inst := Instance{
		Address: "x_thing.a", Type: "x_thing", Provider: "registry.opentofu.org/acme/x", Schema: schema,
		Base: object(t, base), Code: object(t, code), Live: object(t, live), Action: ActionUpdate,
	}
	if identical(inst.Code, inst.Live) {
		inst.Action = ActionNoOp
	}
	return inst
}

// answers is a configuration by its answers.
type answers struct {
	silent, ignored []string // paths, what is below included
	unspecified     bool
	refs            map[string][]string // path to references
}

func (a answers) Declares(_, path string) Declaration {
	if a.unspecified {
		return Unspecified
	}
	for _, p := range a.silent {
		if PathCovers(p, path) {
			return Silent
		}
	}
	return Declared
}

func (a answers) Ignores(_, path string) bool {
	for _, p := range a.ignored {
		if PathCovers(p, path) {
			return true
		}
	}
	return false
}

func (a answers) References(_, path string) []string { return a.refs[path] }

// classify runs Classify and writes each finding as one line "kind reason" and each change as "  path kind rule [sensitive]".
func classify(t testing.TB, code Code, opts Options, instances ...Instance) string {
	t.Helper()
	return lines(Classify(&Plan{Instances: instances}, code, opts))
}

func lines(findings []Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s %s\n", f.Kind, f.Reason)
		for _, c := range f.Changes {
			fmt.Fprintf(&b, "  %s %s %s", c.Path, c.Kind, c.Rule)
			if c.Sensitive {
				b.WriteString(" sensitive")
			}
			b.WriteByte('\n')
		}
	}
	return strings.ReplaceAll(b.String(), " \n", "\n")
}

func expect(t testing.TB, got string, want ...string) {
	t.Helper()
	w := strings.Join(want, "\n")
	if w != "" {
		w += "\n"
	}
	if d := cmp.Diff(w, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
