package solve

import (
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/module"
)

// Without finds the edits after which the code makes an instance no more: one entry less of what its resource is repeated over. A resource
// that is not repeated has none: its block is the caller's to remove.
func (w *World) Without(address string) Answer {
	a, err := module.ParseAddress(address)
	if err != nil {
		return Answer{Reason: Reason{NotInCode, err.Error()}}
	}
	if !w.Makes(address) {
		return Answer{Satisfied: true}
	}
	_, r := w.instance(a)
	sc := w.scope(a.Modules)
	s := &solver{w: w, label: a.Name}
	var cands []Candidate
	switch key := a.Key.(type) {
	case string:
		have := sc.Eval(r.ForEach)
		want, ok := withoutKey(have, key)
		if !ok {
			s.because(Unevaluable, "the keys of %s are not known", a.Resource())
			break
		}
		cands = s.invert(sc, r.ForEach, have, want)
	case int:
		have := sc.Eval(r.Count)
		n, ok := wholeNumber(have)
		switch {
		case !ok:
			s.because(Unevaluable, "the count of %s is not known", a.Resource())
		case key != n-1:
			s.because(InstanceKey, "%s is not the last of %d: one less would renumber those after it", address, n)
		default:
			cands = s.invert(sc, r.Count, have, cty.NumberIntVal(int64(n-1)))
		}
	default:
		s.because(NotSettable, "%s is not repeated", a.Resource())
	}
	cands = slices.DeleteFunc(best(cands), func(c Candidate) bool { return len(c.Edits) == 0 })
	return Answer{Candidates: cands, Reason: worst(s.reasons)}
}

// withoutKey is a collection without one of its keys, of the same kind.
func withoutKey(v cty.Value, key string) (cty.Value, bool) {
	if v == cty.NilVal || !v.IsKnown() || v.IsNull() {
		return cty.NilVal, false
	}
	switch {
	case v.Type().IsSetType():
		var rest []cty.Value
		for _, e := range elements(v) {
			k, ok := text(e)
			if !ok {
				return cty.NilVal, false
			}
			if k != key {
				rest = append(rest, e)
			}
		}
		if len(rest) == 0 {
			return cty.SetValEmpty(v.Type().ElementType()), true
		}
		return cty.SetVal(rest), true
	case isMap(v):
		rest := entries(v)
		if _, ok := rest[key]; !ok {
			return cty.NilVal, false
		}
		delete(rest, key)
		if len(rest) == 0 && v.Type().IsMapType() {
			return cty.MapValEmpty(v.Type().ElementType()), true
		}
		if v.Type().IsMapType() {
			return cty.MapVal(rest), true
		}
		return cty.ObjectVal(rest), true
	}
	return cty.NilVal, false
}

// Makes tells whether the code makes the instance at an address, as far as can be evaluated: a repetition that is not known makes every key.
func (w *World) Makes(address string) bool {
	a, err := module.ParseAddress(address)
	if err != nil {
		return false
	}
	sc, r := w.instance(a)
	if r == nil {
		return false
	}
	for depth := 0; depth <= len(a.Modules); depth++ {
		key := a.Key
		if depth < len(a.Modules) {
			key = a.Modules[depth].Key
		}
		if keys := sc.repetition(r, depth); keys != nil && !within(keys, key) {
			return false
		}
	}
	return true
}

// within tells whether what [Scope.repetition] lists has a key.
func within(keys []string, key any) bool {
	switch k := key.(type) {
	case string:
		return keys[0] == "for_each" && slices.Contains(keys[1:], k)
	case int:
		n, err := strconv.Atoi(keys[1])
		return keys[0] == "count" && err == nil && k < n
	}
	return false
}

// Lost lists the live instances of a resource that this world's code makes and the other's does not. False when the other has instances, of
// the resource or of the modules around it, that this one does not have.
func (w *World) Lost(other *World, r *module.Resource) ([]string, bool) {
	var out []string
	for _, address := range w.objects.Instances(r) {
		a, err := module.ParseAddress(address)
		if err != nil {
			return nil, false
		}
		before, r1 := w.instance(a)
		after, r2 := other.instance(a)
		if r1 != nil && r2 != nil {
			for depth := 0; depth <= len(a.Modules); depth++ {
				x, y := before.repetition(r1, depth), after.repetition(r2, depth)
				if (x == nil) != (y == nil) || x != nil && !fewer(x, y) {
					return nil, false
				}
			}
		}
		if w.Makes(address) && !other.Makes(address) {
			out = append(out, address)
		}
	}
	return out, true
}

// fewer tells whether a repetition y has nothing that x does not have.
func fewer(x, y []string) bool {
	if len(x) == 0 || len(y) == 0 || x[0] != y[0] {
		return false
	}
	if x[0] == "count" {
		m, err1 := strconv.Atoi(x[1])
		n, err2 := strconv.Atoi(y[1])
		return err1 == nil && err2 == nil && n <= m
	}
	return !slices.ContainsFunc(y[1:], func(k string) bool { return !slices.Contains(x[1:], k) })
}

// A Mention is a place in the code that refers to a resource.
type Mention struct {
	In    string // the block that it stands in, as its header: resource "aws_x" "y"
	Range hcl.Range
}

// Mentions lists where a module refers to one of its resources, or to the one instance of it that has the key; own blocks and those that
// tell the history of addresses (moved, removed) are left out. A reference to the resource as a whole is a mention of all its instances only
// when no key is asked for.
func Mentions(t *module.Tree, m *module.Module, key string, instance any) []Mention {
	var out []Mention
	var inBody func(header string, body *hclsyntax.Body)
	inBody = func(header string, body *hclsyntax.Body) {
		for _, a := range body.Attributes {
			for _, tr := range hclsyntax.Variables(a.Expr) {
				if refersTo(tr, key, instance) {
					out = append(out, Mention{In: header, Range: tr.SourceRange()})
				}
			}
		}
		for _, b := range body.Blocks {
			inBody(header, b.Body)
		}
	}
	for _, name := range m.Files {
		f := t.Files[name]
		if f == nil || f.Body == nil {
			continue
		}
		for _, b := range f.Body.Blocks {
			own := len(b.Labels) == 2 && (b.Type == "resource" && b.Labels[0]+"."+b.Labels[1] == key)
			if own || b.Type == "moved" || b.Type == "removed" {
				continue
			}
			header := b.Type
			for _, l := range b.Labels {
				header += " " + strconv.Quote(l)
			}
			inBody(header, b.Body)
		}
	}
	slices.SortFunc(out, func(a, b Mention) int {
		if a.Range.Filename != b.Range.Filename {
			if a.Range.Filename < b.Range.Filename {
				return -1
			}
			return 1
		}
		return a.Range.Start.Byte - b.Range.Start.Byte
	})
	return out
}

func refersTo(tr hcl.Traversal, key string, instance any) bool {
	if len(tr) < 2 || tr.RootName()+"."+attrName(tr, 1) != key {
		return false
	}
	if instance == nil {
		return true
	}
	if len(tr) < 3 {
		return false
	}
	i, ok := tr[2].(hcl.TraverseIndex)
	if !ok {
		return false
	}
	k, ok := text(i.Key)
	switch want := instance.(type) {
	case string:
		return ok && i.Key.Type() == cty.String && k == want
	case int:
		return ok && i.Key.Type() == cty.Number && k == strconv.Itoa(want)
	}
	return false
}

// Value evaluates an expression that stands in a module instance, outside of any block that is repeated. What cannot be known is unknown.
func (w *World) Value(steps []module.Step, e hclsyntax.Expression) cty.Value {
	sc := w.scope(steps)
	if sc == nil {
		return cty.DynamicVal
	}
	return sc.Eval(e)
}
