package solve

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

const googlePolicy = "google_iam_policy"

func init() { rendered[googlePolicy] = renderedRule{render: renderBindings, invert: invertBindings} }

// googleBinding is the schema of a binding block, from the provider's documentation.
var googleBinding = func() *drift.Block {
	text := func(required bool) *drift.Attribute {
		return &drift.Attribute{Type: &drift.Type{Kind: "string"}, Required: required, Optional: !required}
	}
	return &drift.Block{
		Attributes: map[string]*drift.Attribute{
			"role": text(true), "members": {Type: &drift.Type{Kind: "set", Elem: &drift.Type{Kind: "string"}}, Required: true},
		},
		Blocks: map[string]*drift.NestedBlock{"condition": {Nesting: drift.NestingList, MaxItems: 1, Block: &drift.Block{
			Attributes: map[string]*drift.Attribute{"title": text(true), "description": text(false), "expression": text(true)},
		}}},
	}
}()

// A bindingText is a binding as the provider writes it in the document.
type bindingText struct {
	Condition *conditionText `json:"condition,omitempty"`
	Members   []string       `json:"members,omitempty"`
	Role      string         `json:"role,omitempty"`
}

type conditionText struct {
	Description string `json:"description,omitempty"`
	Expression  string `json:"expression,omitempty"`
	Title       string `json:"title,omitempty"`
}

// plainBindings tells whether the document is made of bindings alone.
func plainBindings(body *hclsyntax.Body) bool {
	for name := range body.Attributes {
		if !slices.Contains(meta, name) {
			return false
		}
	}
	return !slices.ContainsFunc(body.Blocks, func(b *hclsyntax.Block) bool { return b.Type == "audit_config" })
}

// bindingSite is the body of a document, with the schema of its bindings.
func bindingSite(sc *Scope, r *module.Resource) site {
	return site{sc: sc, body: r.Block.Body, schema: &drift.Block{Blocks: map[string]*drift.NestedBlock{"binding": {Nesting: drift.NestingSet, Block: googleBinding}}}}
}

// renderBindings renders the document that the block describes, in the provider's order; false when a part of it is not known.
func renderBindings(sc *Scope, r *module.Resource) (map[string]cty.Value, bool) {
	if !plainBindings(r.Block.Body) {
		return nil, false
	}
	s := &solver{w: sc.w}
	occ, ok := s.occurrences(bindingSite(sc, r), "binding")
	if !ok {
		return nil, false
	}
	doc := struct {
		Bindings []bindingText `json:"bindings,omitempty"`
	}{}
	for _, o := range occ {
		role, ok := text(o.values["role"])
		members, set := o.values["members"]
		if !ok || !set || !known(members) {
			return nil, false
		}
		b := bindingText{Role: role}
		for _, m := range elements(members) {
			t, ok := text(m)
			if !ok {
				return nil, false
			}
			b.Members = append(b.Members, t)
		}
		slices.Sort(b.Members)
		conditions, ok := s.occurrences(site{sc: o.sc, body: o.body, schema: googleBinding}, "condition")
		if !ok {
			return nil, false
		}
		for _, c := range conditions {
			b.Condition = &conditionText{}
			for name, to := range map[string]*string{"title": &b.Condition.Title, "description": &b.Condition.Description, "expression": &b.Condition.Expression} {
				v, set := c.values[name]
				if !set || known(v) && v.IsNull() {
					continue
				}
				if *to, ok = text(v); !ok {
					return nil, false
				}
			}
		}
		doc.Bindings = append(doc.Bindings, b)
	}
	slices.SortStableFunc(doc.Bindings, func(a, b bindingText) int { return strings.Compare(a.Role, b.Role) })
	out, err := json.Marshal(doc)
	if err != nil {
		return nil, false
	}
	return map[string]cty.Value{"policy_data": cty.StringVal(string(out))}, true
}

// invertBindings edits the binding blocks so that they render the wanted document.
func invertBindings(s *solver, sc *Scope, r *module.Resource, steps []any, _, want cty.Value) []Candidate {
	if name, _ := first(steps); len(steps) != 1 || name != "policy_data" || !isString(want) {
		return nil
	}
	if !plainBindings(r.Block.Body) {
		return s.because(DataSource, "data.%s.%s says more than bindings", r.Type, r.Name)
	}
	to, ok := decodeJSON(want.AsString())
	if !ok || !isMap(to) {
		return nil
	}
	for name := range entries(to) {
		if name != "bindings" {
			return s.because(Unwritable, "%s of the policy cannot be written as a binding", name)
		}
	}
	var wanted []cty.Value
	for _, b := range elements(entries(to)["bindings"]) {
		block := map[string]cty.Value{}
		for name, v := range entries(b) {
			switch name {
			case "role":
				block[name] = v
			case "members":
				block[name] = typed(v, cty.Set(cty.String))
			case "condition":
				block[name] = cty.TupleVal([]cty.Value{v})
			default:
				return s.because(Unwritable, "%s of a binding cannot be written as a block", name)
			}
		}
		wanted = append(wanted, cty.ObjectVal(block))
	}
	here := bindingSite(sc, r)
	occ, ok := s.occurrences(here, "binding")
	if !ok {
		return nil
	}
	return s.alignWith(here, "binding", here.nested("binding"), googleBinding, occ, wanted, false, nil)
}
