package solve

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// A Target is a place of a resource instance and the value that the code shall say there.
type Target struct {
	Address string
	Path    string                 // change path, see module.SplitPath
	Want    drift.Value            // nil: the code shall say nothing there
	Code    map[string]drift.Value // what the code plans now, used where an expression cannot be evaluated; may be nil
	Schema  *drift.Block           // of the resource type; may be nil
}

// An Answer is what could be found for a target.
type Answer struct {
	Satisfied  bool        // the code says it already, as far as evaluation can tell
	Candidates []Candidate // edits, cheapest first; some may be left when it is satisfied, for a plan that says otherwise
	Reason     Reason      // why there are none, or none that evaluates right
}

// Change finds the edits that make the code say what is wanted.
func (w *World) Change(t Target) Answer {
	s := &solver{w: w, label: label(t)}
	a, err := module.ParseAddress(t.Address)
	if err != nil {
		return Answer{Reason: Reason{NotInCode, err.Error()}}
	}
	sc, r := w.instance(a)
	if r == nil {
		return Answer{Reason: Reason{NotInCode, fmt.Sprintf("no block for %s in the code", a.Resource())}}
	}
	code := cty.NullVal(cty.DynamicPseudoType)
	if t.Code != nil {
		code = FromDrift(t.Code)
	}
	b := site{sc: sc, body: r.Block.Body, schema: t.Schema, code: code}
	out := Answer{Candidates: best(s.inBody(b, module.SplitPath(t.Path), FromDrift(t.Want))), Reason: worst(s.reasons)}
	out.Satisfied = len(out.Candidates) > 0 && len(out.Candidates[0].Edits) == 0
	out.Candidates = slices.DeleteFunc(out.Candidates, func(c Candidate) bool { return len(c.Edits) == 0 })
	return out
}

// label names a target in one word: the resource and the argument.
func label(t Target) string {
	a, err := module.ParseAddress(t.Address)
	if err != nil {
		return "value"
	}
	out := a.Name
	for _, step := range module.SplitPath(t.Path) {
		if name, ok := step.(string); ok {
			out += "_" + name
		}
	}
	return out
}

// Check tells whether the code says what the target wants.
func (w *World) Check(t Target) bool { return w.Change(t).Satisfied }

// A site is a body of configuration with what is known of it.
type site struct {
	sc     *Scope
	body   *hclsyntax.Body
	schema *drift.Block // nil when not known
	code   cty.Value    // what the code plans for it
	inner  bool         // a block inside a resource, where the language's own arguments mean nothing
}

// meta are the arguments that the language gives every resource: never edited for a value.
var meta = []string{"count", "for_each", "provider", "depends_on", "lifecycle", "connection", "provisioner"}

// inBody inverts what a body says at a path.
func (s *solver) inBody(b site, steps []any, want cty.Value) []Candidate {
	name, ok := first(steps)
	if !ok || !b.inner && slices.Contains(meta, name) {
		return s.because(NotSettable, "no attribute at this path")
	}
	nested := b.nested(name)
	if a := b.body.Attributes[name]; a != nil && nested == nil {
		return s.inAttribute(b, a, steps[1:], want)
	}
	if len(module.Blocks(b.body, name)) > 0 || nested != nil || jsonDynamic(b.body, name) {
		return s.inBlocks(b, name, nested, steps[1:], want)
	}
	return s.newAttribute(b, name, steps[1:], want)
}

// nested is the schema of a nested block, or nil.
func (b site) nested(name string) *drift.NestedBlock {
	if b.schema == nil {
		return nil
	}
	return b.schema.Blocks[name]
}

func (b site) attribute(name string) *drift.Attribute {
	if b.schema == nil {
		return nil
	}
	return b.schema.Attributes[name]
}

// inAttribute inverts an attribute that the code has.
func (s *solver) inAttribute(b site, a *hclsyntax.Attribute, steps []any, want cty.Value) []Candidate {
	schema := b.attribute(a.Name)
	typ := AttributeType(schema)
	planned, _ := at(b.code, []any{a.Name})
	have := typed(fill(b.sc.Eval(a.Expr), planned), typ)
	if b.sc.sensitive(a.Expr) {
		return s.because(OutsideCode, "the code marks the value of %s sensitive", a.Name)
	}
	full := want
	if len(steps) > 0 {
		var ok bool
		if full, ok = put(have, steps, want); !ok {
			return s.because(Unevaluable, "the present value of %s is not known", a.Name)
		}
	}
	full = typed(full, typ)
	if same(have, full) {
		return []Candidate{{}}
	}
	cands := slices.DeleteFunc(s.invert(b.sc, a.Expr, have, full), func(c Candidate) bool { return len(c.Edits)+len(c.notes) == 0 })
	if full.IsNull() && (schema == nil || !schema.Required) {
		if t, ok := s.text(a.SrcRange); ok {
			cost := 0
			if len(hclsyntax.Variables(a.Expr)) > 0 {
				cost = costDetach
			}
			cands = append([]Candidate{{Edits: t.RemoveAttribute(b.body, a), Cost: cost, Detached: cost > 0}}, cands...)
		}
	}
	if s.mayReplace(a.Expr) {
		whole := *s
		whole.label = strings.TrimSuffix(s.label, keysOnly(steps))
		cands = append(cands, whole.override(b.sc, a.Expr, have, full)...)
		cands = append(cands, s.detach(a.Expr, full)...)
	}
	return best(cands)
}

// keysOnly is the part of a label that the steps below an attribute add.
func keysOnly(steps []any) string {
	out := ""
	for _, step := range steps {
		if name, ok := step.(string); ok {
			out += "_" + name
		}
	}
	return out
}

// mayReplace tells whether a literal may stand in place of the expression when nothing else helps. What a data source reads may change by
// itself and is not pinned; what comes from outside the repository is kept there.
func (s *solver) mayReplace(e hclsyntax.Expression) bool {
	if slices.ContainsFunc(s.reasons, func(r Reason) bool { return r.Code == OutsideCode || r.Code == DataSource }) {
		return false
	}
	return !slices.ContainsFunc(hclsyntax.Variables(e), func(tr hcl.Traversal) bool { return tr.RootName() == "data" })
}

// newAttribute writes an attribute that the code does not have.
func (s *solver) newAttribute(b site, name string, steps []any, want cty.Value) []Candidate {
	schema := b.attribute(name)
	if b.schema != nil && schema == nil {
		return s.because(NotSettable, "%s is not an argument", name)
	}
	if schema != nil && !schema.Optional && !schema.Required {
		return s.because(NotSettable, "%s is computed by the provider", name)
	}
	if schema != nil && (schema.Sensitive || schema.WriteOnly) {
		return s.because(OutsideCode, "%s is sensitive", name)
	}
	full := want
	if len(steps) > 0 {
		planned, _ := at(b.code, []any{name})
		var ok bool
		if full, ok = put(planned, steps, want); !ok {
			return s.because(Unevaluable, "the present value of %s is not known", name)
		}
	}
	if full.IsNull() {
		return []Candidate{{}}
	}
	full = typed(full, AttributeType(schema))
	t, ok := s.text(b.body.SrcRange)
	if !ok {
		return nil
	}
	edits := t.InsertAttribute(b.body, name, func(indent, unit string) string { return t.Render(plain(full), indent, unit) })
	cands := one(costInsert, edits...)
	for i, cond := range conditions(t, b.sc) {
		only := t.InsertAttribute(b.body, name, func(indent, unit string) string {
			return cond + " ? " + t.Render(plain(full), indent, unit) + " : null"
		})
		cands = append(cands, Candidate{Edits: only, Cost: costOverride + i})
	}
	for _, toRoot := range []bool{false, true} {
		if len(b.sc.steps) == 0 || b.sc.mod.Installed || !toRoot && !b.sc.shared() || t.Notation != hclfile.Native {
			continue
		}
		variable := s.freshName(b.sc)
		value := "var." + variable
		if conds := conditions(t, b.sc); len(conds) > 0 {
			value = conds[len(conds)-1] + " ? " + value + " : null"
		}
		if more, ok := s.thread(b.sc, variable, "null", full, toRoot); ok {
			edits := append(t.InsertAttribute(b.body, name, func(string, string) string { return value }), more...)
			c := Candidate{Edits: edits, Cost: costOverride + 20, Own: toRoot}
			if toRoot {
				c.Cost += 10
			}
			cands = append(cands, c)
		}
	}
	return cands
}

// settable lists the arguments of a nested object that are worth writing: not what usual says that the provider gives every block that
// leaves them out; where that is not known, not zero.
func settable(schema *drift.Block, v cty.Value, usual map[string]cty.Value) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(entries(v))) {
		e := entries(v)[k]
		var a *drift.Attribute
		if schema != nil {
			if a = schema.Attributes[k]; a == nil || !a.Optional && !a.Required {
				continue
			}
		}
		given, known := usual[k]
		switch {
		case e.IsNull():
		case a != nil && a.Required:
			out = append(out, k)
		case known && given.IsKnown():
			if !same(given, e) {
				out = append(out, k)
			}
		case !zero(e):
			out = append(out, k)
		}
	}
	return out
}

// zero tells whether a value is what providers give for an argument that is left out.
func zero(v cty.Value) bool {
	switch {
	case v == cty.NilVal || !v.IsKnown():
		return false
	case v.IsNull():
		return true
	case isMap(v) || isList(v):
		return v.LengthInt() == 0
	}
	s, ok := text(v)
	return ok && (s == "" || s == "0" || s == "false")
}
