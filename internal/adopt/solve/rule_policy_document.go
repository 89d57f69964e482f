package solve

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

const policyDocument = "aws_iam_policy_document"

func init() { rendered[policyDocument] = renderedRule{render: renderPolicy, invert: invertPolicy} }

// policyStatement is the schema of a statement block, from the provider's documentation: every argument may be left out.
var policyStatement = func() *drift.Block {
	text := func() *drift.Attribute { return &drift.Attribute{Type: &drift.Type{Kind: "string"}, Optional: true} }
	set := func() *drift.Attribute {
		return &drift.Attribute{Type: &drift.Type{Kind: "set", Elem: &drift.Type{Kind: "string"}}, Optional: true}
	}
	inside := func(attrs map[string]*drift.Attribute) *drift.NestedBlock {
		return &drift.NestedBlock{Nesting: drift.NestingSet, Block: &drift.Block{Attributes: attrs}}
	}
	list := func() *drift.Attribute {
		return &drift.Attribute{Type: &drift.Type{Kind: "list", Elem: &drift.Type{Kind: "string"}}, Optional: true}
	}
	return &drift.Block{
		Attributes: map[string]*drift.Attribute{"sid": text(), "effect": text(), "actions": set(), "not_actions": set(), "resources": set(), "not_resources": set()},
		Blocks: map[string]*drift.NestedBlock{
			"principals":     inside(map[string]*drift.Attribute{"type": text(), "identifiers": set()}),
			"not_principals": inside(map[string]*drift.Attribute{"type": text(), "identifiers": set()}),
			"condition":      inside(map[string]*drift.Attribute{"test": text(), "variable": text(), "values": list()}),
		},
	}
}()

// policyLists pairs the arguments that are lists with their names in the document.
var policyLists = map[string]string{"actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource"}

var policyPrincipals = map[string]string{"principals": "Principal", "not_principals": "NotPrincipal"}

// policyDefaults are what arguments mean that are left out.
var policyDefaults = map[string]cty.Value{"effect": cty.StringVal("Allow"), "sid": cty.StringVal("")}

// plainPolicy tells whether the document is made of its own statements alone.
func plainPolicy(body *hclsyntax.Body) bool {
	for name := range body.Attributes {
		if !slices.Contains([]string{"version", "policy_id"}, name) && !slices.Contains(meta, name) {
			return false
		}
	}
	return true
}

// policySite is the body of a document, with the schema of its statements.
func policySite(sc *Scope, r *module.Resource) site {
	return site{sc: sc, body: r.Block.Body, schema: &drift.Block{Blocks: map[string]*drift.NestedBlock{"statement": {Nesting: drift.NestingList, Block: policyStatement}}}}
}

// renderPolicy renders the document that the block describes; false when a part of it is not known.
func renderPolicy(sc *Scope, r *module.Resource) (map[string]cty.Value, bool) {
	if !plainPolicy(r.Block.Body) {
		return nil, false
	}
	s := &solver{w: sc.w}
	occ, ok := s.occurrences(policySite(sc, r), "statement")
	if !ok {
		return nil, false
	}
	doc := map[string]any{"Version": "2012-10-17"}
	for name, key := range map[string]string{"version": "Version", "policy_id": "Id"} {
		if a := r.Block.Body.Attributes[name]; a != nil {
			v, ok := text(sc.Eval(a.Expr))
			if !ok {
				return nil, false
			}
			doc[key] = v
		}
	}
	statements := []any{}
	for _, o := range occ {
		st, ok := s.renderStatement(o)
		if !ok {
			return nil, false
		}
		statements = append(statements, st)
	}
	doc["Statement"] = statements
	b, err := json.Marshal(doc)
	if err != nil {
		return nil, false
	}
	return map[string]cty.Value{"json": cty.StringVal(string(b)), "minified_json": cty.StringVal(string(b))}, true
}

func (s *solver) renderStatement(o occurrence) (map[string]any, bool) {
	out := map[string]any{"Effect": "Allow"}
	for name, v := range o.values {
		switch key, isList := policyLists[name]; {
		case !known(v):
			return nil, false
		case v.IsNull():
		case isList:
			if list := textsOf(v); len(list) > 0 {
				out[key] = list
			}
		default:
			t, _ := text(v)
			if t != "" {
				out[strings.ToUpper(name[:1])+name[1:]] = t
			}
		}
	}
	inside := site{sc: o.sc, body: o.body, schema: policyStatement}
	for name, key := range policyPrincipals {
		occ, ok := s.occurrences(inside, name)
		if !ok {
			return nil, false
		}
		byType := map[string][]string{}
		for _, p := range occ {
			typ, ok := text(p.values["type"])
			if !ok || !known(p.values["identifiers"]) {
				return nil, false
			}
			byType[typ] = append(byType[typ], textsOf(p.values["identifiers"])...)
		}
		switch {
		case len(byType["*"]) == 1 && len(byType) == 1:
			out[key] = "*"
		case len(byType) > 0:
			out[key] = byType
		}
	}
	occ, ok := s.occurrences(inside, "condition")
	conditions := map[string]map[string][]string{}
	for _, c := range occ {
		test, ok1 := text(c.values["test"])
		variable, ok2 := text(c.values["variable"])
		if !ok1 || !ok2 || !known(c.values["values"]) {
			return nil, false
		}
		if conditions[test] == nil {
			conditions[test] = map[string][]string{}
		}
		conditions[test][variable] = append(conditions[test][variable], textsOf(c.values["values"])...)
	}
	if len(conditions) > 0 {
		out["Condition"] = conditions
	}
	return out, ok
}

// textsOf lists the texts of a list, with the document's way of writing variables.
func textsOf(v cty.Value) []string {
	var out []string
	for _, e := range elements(v) {
		if t, ok := text(e); ok {
			out = append(out, strings.ReplaceAll(t, "&{", "${"))
		}
	}
	return out
}

// invertPolicy edits the statement blocks so that they render the wanted document.
func invertPolicy(s *solver, sc *Scope, r *module.Resource, steps []any, have, want cty.Value) []Candidate {
	if name, _ := first(steps); len(steps) != 1 || name != "json" && name != "minified_json" || !isString(want) || !isString(have) {
		return nil
	}
	if !plainPolicy(r.Block.Body) {
		return s.because(DataSource, "data.%s.%s is put together from other documents", r.Type, r.Name)
	}
	to, ok := decodeJSON(want.AsString())
	from, ok2 := decodeJSON(have.AsString())
	if !ok || !ok2 {
		return nil
	}
	to = policyLike(from, to)
	for k, v := range entries(to) { // Version and Id are the block's own arguments, and rarely moved by hand
		if old := entries(from)[k]; k != "Statement" && (old == cty.NilVal || !same(old, v)) {
			return s.because(NoInverse, "%s of the policy has changed", k)
		}
	}
	var statements []cty.Value
	list := entries(to)["Statement"]
	if isMap(list) {
		list = cty.TupleVal([]cty.Value{list})
	}
	for _, st := range elements(list) {
		b, ok := statementBlock(st)
		if !ok {
			return s.because(Unwritable, "a statement of the policy cannot be written as a block")
		}
		statements = append(statements, b)
	}
	here := policySite(sc, r)
	occ, ok := s.occurrences(here, "statement")
	if !ok {
		return nil
	}
	return s.alignWith(here, "statement", here.nested("statement"), policyStatement, occ, statements, true, policyDefaults)
}

// statementBlock turns a statement of a document into the arguments of a block.
func statementBlock(st cty.Value) (cty.Value, bool) {
	out := map[string]cty.Value{}
	for k, v := range entries(st) {
		switch k {
		case "Sid", "Effect":
			out[strings.ToLower(k)] = v
		case "Action", "NotAction", "Resource", "NotResource":
			for name, key := range policyLists {
				if key == k {
					out[name] = textSet(v)
				}
			}
		case "Principal", "NotPrincipal":
			for name, key := range policyPrincipals {
				if key == k {
					out[name] = principalBlocks(v)
				}
			}
		case "Condition":
			var blocks []cty.Value
			for _, test := range slices.Sorted(maps.Keys(entries(v))) {
				vars := entries(entries(v)[test])
				for _, variable := range slices.Sorted(maps.Keys(vars)) {
					blocks = append(blocks, cty.ObjectVal(map[string]cty.Value{
						"test": cty.StringVal(test), "variable": cty.StringVal(variable), "values": textList(vars[variable])}))
				}
			}
			out["condition"] = cty.TupleVal(blocks)
		default:
			return cty.NilVal, false
		}
	}
	return cty.ObjectVal(out), true
}

func principalBlocks(v cty.Value) cty.Value {
	if t, ok := text(v); ok {
		return cty.TupleVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{"type": cty.StringVal(t), "identifiers": textSet(v)})})
	}
	var blocks []cty.Value
	for _, typ := range slices.Sorted(maps.Keys(entries(v))) {
		blocks = append(blocks, cty.ObjectVal(map[string]cty.Value{"type": cty.StringVal(typ), "identifiers": textSet(entries(v)[typ])}))
	}
	return cty.TupleVal(blocks)
}

// textList is a scalar or list of a document as a list of texts, with the block's way of writing variables.
func textList(v cty.Value) cty.Value {
	list := elements(v)
	if !isList(v) {
		list = []cty.Value{v}
	}
	var out []cty.Value
	for _, e := range list {
		if t, ok := text(e); ok {
			out = append(out, cty.StringVal(strings.ReplaceAll(t, "${", "&{")))
		}
	}
	if len(out) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	return cty.ListVal(out)
}

func textSet(v cty.Value) cty.Value { return typed(textList(v), cty.Set(cty.String)) }
