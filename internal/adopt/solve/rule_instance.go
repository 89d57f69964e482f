package solve

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
	"github.com/mooringdev/mooring/internal/module"
)

// override says another value for one instance of many: by a condition on its key where each, count or a dynamic block's iterator tells
// it apart, by a new variable of the module where the module's call does. An entry more in a shared map is merged in.
func (s *solver) override(sc *Scope, e hclsyntax.Expression, have, want cty.Value) []Candidate {
	t, ok := s.text(e.Range())
	if !ok || t.Notation != hclfile.Native || !known(want) {
		return nil
	}
	if heredocIn(t, e.Range()) { // nothing may follow a heredoc on its last line: only what stands before it can be said
		if sc.shared() {
			return append(s.apart(sc, e, want, false), s.apart(sc, e, want, true)...)
		}
		return s.apart(sc, e, want, true)
	}
	r := e.Range()
	wrap := func(cost int, before, after string) Candidate {
		return Candidate{Cost: cost, Edits: []hclfile.Edit{
			{File: t.Path, Start: r.Start.Byte, End: r.Start.Byte, New: before},
			{File: t.Path, Start: r.End.Byte, End: r.End.Byte, New: after}}}
	}
	var out []Candidate
	extra, onlyMore := more(have, want)
	_, isObject := e.(*hclsyntax.ObjectConsExpr)
	if onlyMore && !isObject && len(hclsyntax.Variables(e)) > 0 && !isCall(e, "merge") {
		out = append(out, wrap(costOverride/2, "merge(", ", "+t.RenderAt(extra, r.Start.Byte)+")"))
	}
	out = append(out, s.filtered(t, sc, e, have, want)...)
	open, closing := "", ""
	switch e.(type) {
	case *hclsyntax.ConditionalExpr, *hclsyntax.BinaryOpExpr:
		open, closing = "(", ")"
	}
	for i, cond := range conditions(t, sc) {
		if onlyMore {
			out = append(out, wrap(costOverride+i, "merge(", ", "+cond+" ? "+t.RenderAt(extra, r.Start.Byte)+" : {})"))
		} else if !isMap(want) {
			out = append(out, wrap(costOverride+i, cond+" ? "+t.RenderAt(plain(want), r.Start.Byte)+" : "+open, closing))
		}
	}
	if sc.shared() {
		out = append(out, s.apart(sc, e, want, false)...)
	}
	return append(out, s.apart(sc, e, want, true)...)
}

// apart gives a module a new variable for the value, and the call that made this instance an argument. Other instances keep the default:
// what the code said before. With toRoot the value is passed from the root module, so that other stacks keep theirs too.
func (s *solver) apart(sc *Scope, e hclsyntax.Expression, want cty.Value, toRoot bool) []Candidate {
	if len(sc.steps) == 0 || sc.mod.Installed {
		return nil
	}
	t, ok := s.text(e.Range())
	if !ok || t.Notation != hclfile.Native {
		return nil
	}
	if want.IsNull() {
		return s.unset(t, sc, e, toRoot)
	}
	r := e.Range()
	name := s.freshName(sc)
	old := string(t.Source[r.Start.Byte:r.End.Byte])
	value, fallback := "var."+name, "null"
	if old = strings.TrimSpace(old); len(hclsyntax.Variables(e)) == 0 && !strings.ContainsAny(old, "\n(") {
		fallback = old
	} else {
		value = "var." + name + " != null ? var." + name + " : " + old
	}
	var edits []hclfile.Edit
	if conds := conditions(t, sc); len(conds) > 0 {
		cond := conds[len(conds)-1] // the one that tells most apart
		value = cond + " ? var." + name + " : " + old
		if fallback == "null" {
			value = cond + " && var." + name + " != null ? var." + name + " : " + old
		}
	}
	edits = append(edits, t.Replace(r, value))
	more, ok := s.thread(sc, name, fallback, want, toRoot)
	if !ok {
		return nil
	}
	cost := costOverride + 20
	if toRoot {
		cost += 10
	}
	return []Candidate{{Edits: append(edits, more...), Cost: cost, Own: toRoot}}
}

// unset gives a module a switch by which the call that made this instance leaves the argument to the provider.
func (s *solver) unset(t hclfile.Text, sc *Scope, e hclsyntax.Expression, toRoot bool) []Candidate {
	whole := *s
	whole.label += "_unset"
	name := whole.freshName(sc)
	cond := "var." + name
	if conds := conditions(t, sc); len(conds) > 0 {
		cond = conds[len(conds)-1] + " && " + cond
	}
	r := e.Range()
	edits := []hclfile.Edit{{File: t.Path, Start: r.Start.Byte, End: r.Start.Byte, New: cond + " ? null : "}}
	more, ok := whole.thread(sc, name, "false", cty.True, toRoot)
	if !ok {
		return nil
	}
	cost := costOverride + 20
	if toRoot {
		cost += 10
	}
	return []Candidate{{Edits: append(edits, more...), Cost: cost, Own: toRoot}}
}

// thread declares a variable in the module of a scope and passes the wanted value to this instance alone, through as many calls as it
// takes to come to a module that there is only one of, or to the root module.
func (s *solver) thread(sc *Scope, name, fallback string, want cty.Value, toRoot bool) ([]hclfile.Edit, bool) {
	declaration, ok := s.declare(sc, name, fallback, want)
	if !ok {
		return nil, false
	}
	edits := []hclfile.Edit{declaration}
	call := sc.mod.Call.Block
	t, ok := s.text(call.Body.SrcRange)
	outer := sc.callScope()
	if !ok || outer == nil || t.Notation != hclfile.Native {
		return nil, false
	}
	given := func(indent, unit string) string { return t.Render(plain(want), indent, unit) }
	if outer.shared() || toRoot && len(outer.steps) > 0 {
		if _, taken := outer.mod.Variables[name]; taken {
			return nil, false
		}
		more, ok := s.thread(outer, name, "null", want, toRoot)
		if !ok {
			return nil, false
		}
		edits = append(edits, more...)
		given = func(string, string) string { return "var." + name }
	}
	if conds := conditions(t, outer); len(conds) > 0 {
		inner := given
		given = func(indent, unit string) string { return conds[0] + " ? " + inner(indent, unit) + " : null" }
	}
	return append(edits, t.InsertAttribute(call.Body, name, given)...), true
}

// declare writes the variable block, into the file where the module keeps its variables.
func (s *solver) declare(sc *Scope, name, fallback string, want cty.Value) (hclfile.Edit, bool) {
	f := s.variablesFile(sc)
	if f == nil || f.Frozen != "" || f.JSON || f.Body == nil {
		return hclfile.Edit{}, false
	}
	t := textOf(f)
	nl := t.Newline()
	typ := "any"
	if want.Type().IsPrimitiveType() {
		typ = want.Type().FriendlyName()
	}
	lines := []string{"", `variable "` + name + `" {`, "  type     = " + typ, "  default  = " + fallback}
	if fallback != "null" {
		lines = append(lines, "  nullable = false")
	} else {
		lines[2], lines[3] = "  type    = "+typ, "  default = "+fallback
	}
	text := strings.Join(append(lines, "}", ""), nl)
	if n := len(f.Source); n > 0 && f.Source[n-1] != '\n' {
		text = nl + text
	}
	return hclfile.Edit{File: f.Path, Start: len(f.Source), End: len(f.Source), New: text}, true
}

// variablesFile is where the module declares its variables: variables.tf, else where most of them are, else its first file.
func (s *solver) variablesFile(sc *Scope) *module.File {
	for _, n := range sc.mod.Files {
		if path.Base(n) == "variables.tf" {
			return s.w.Tree.Files[n]
		}
	}
	count := map[string]int{}
	for _, v := range sc.mod.Variables {
		count[v.Block.TypeRange.Filename]++
	}
	pick := ""
	for _, n := range sc.mod.Files {
		if pick == "" || count[n] > count[pick] {
			pick = n
		}
	}
	return s.w.Tree.Files[pick]
}

// shared tells whether the module that a scope lies in exists more than once in the stack.
func (sc *Scope) shared() bool {
	if len(sc.steps) == 0 || sc.mod.Installed {
		return false
	}
	if slices.ContainsFunc(sc.steps, func(s module.Step) bool { return s.Key != nil }) {
		return true
	}
	n := 0
	for _, m := range sc.w.Tree.Modules() {
		if m.Dir == sc.mod.Dir {
			n++
		}
	}
	return n > 1
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// freshName is a name for a new variable, after the resource and the argument, that no module on the way up has.
func (s *solver) freshName(sc *Scope) string {
	base := strings.Trim(notInNames.ReplaceAllString(s.label, "_"), "_")
	name := base
	for n := 2; ; n++ {
		taken := false
		for m := sc.mod; m != nil; m = m.Parent {
			_, has := m.Variables[name]
			taken = taken || has
		}
		if !taken && hclsyntax.ValidIdentifier(name) {
			return name
		}
		name = fmt.Sprintf("%s_%d", base, n)
	}
}

// conditions tell the element that a scope stands for from its siblings: first by the instance, then by the turn of each dynamic block,
// last by all together. Empty when there are no siblings.
func conditions(t hclfile.Text, sc *Scope) []string {
	if t.Notation != hclfile.Native {
		return nil
	}
	var out []string
	for _, name := range sc.loops {
		b := sc.bindings[name]
		key, ok := text(b.key)
		switch {
		case b == nil || !ok || b.alone:
		case name == "count":
			out = append(out, "count.index == "+key)
		case b.key.Type() == cty.Number:
			out = append(out, name+".key == "+key)
		default:
			out = append(out, name+".key == "+t.Quote(key))
		}
	}
	if len(out) > 1 {
		out = append(out, strings.Join(out, " && "))
	}
	return out
}

func isCall(e hclsyntax.Expression, name string) bool {
	c, ok := e.(*hclsyntax.FunctionCallExpr)
	return ok && c.Name == name
}

func heredocIn(t hclfile.Text, r hcl.Range) bool {
	return strings.Contains(string(t.Source[r.Start.Byte:r.End.Byte]), "<<")
}

// more tells whether want is have with entries added or changed, none removed, and which those are.
func more(have, want cty.Value) (cty.Value, bool) {
	if !isMap(have) || !isMap(want) {
		return cty.NilVal, false
	}
	was, now := entries(have), entries(want)
	out := map[string]cty.Value{}
	for _, k := range slices.Sorted(maps.Keys(was)) {
		if v, ok := now[k]; !ok && !was[k].IsNull() || ok && v.IsNull() && !was[k].IsNull() {
			return cty.NilVal, false
		}
	}
	for k, v := range now {
		if old, ok := was[k]; !v.IsNull() && (!ok || !same(old, v)) {
			out[k] = plain(v)
		}
	}
	return cty.ObjectVal(out), len(out) > 0
}
