package solve

import (
	"bytes"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
	"github.com/mooringdev/mooring/internal/module"
)

func init() {
	calls["jsonencode"] = jsonencode
}

// jsonencode edits the value that is encoded.
func jsonencode(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, have, want cty.Value) []Candidate {
	if len(call.Args) != 1 || !isString(want) {
		return s.because(Unwritable, "jsonencode() cannot give a value that is no JSON text")
	}
	to, ok := decodeJSON(want.AsString())
	if !ok {
		return s.because(Unwritable, "jsonencode() cannot give the live text: it is not a JSON object or list")
	}
	from := cty.DynamicVal
	if isString(have) {
		if v, ok := decodeJSON(have.AsString()); ok {
			from = v
		}
	}
	from = fill(sc.Eval(call.Args[0]), from)
	return s.document(from, to, func(to cty.Value) []Candidate { return s.invert(sc, call.Args[0], from, to) })
}

// document offers the wanted document as it is and, for an IAM policy, in the forms and the order in which the code has it.
func (s *solver) document(from, to cty.Value, invert func(to cty.Value) []Candidate) []Candidate {
	out := invert(to)
	if shaped := policyLike(from, to); !same(shaped, to) {
		out = append(out, plus(invert(shaped), 1)...)
	}
	return best(out)
}

// documentInside edits a JSON document that is written in a string or a heredoc, in place.
func (s *solver) documentInside(sc *Scope, e *hclsyntax.TemplateExpr, have, want cty.Value) []Candidate {
	if !isString(have) || !isString(want) {
		return nil
	}
	from, ok := decodeJSON(have.AsString())
	to, ok2 := decodeJSON(want.AsString())
	t, ok3 := s.text(e.SrcRange)
	if !ok || !ok2 || !ok3 {
		return nil
	}
	start, end := e.SrcRange.Start.Byte, e.SrcRange.End.Byte
	if t.Notation == hclfile.Raw {
		return s.documentAt(sc, hclfile.Text{Path: t.Path, Source: t.Source, Notation: hclfile.JSON}, start, end, from, to)
	}
	if bytes.HasPrefix(t.Source[start:], []byte("<<")) {
		head := bytes.IndexByte(t.Source[start:end], '\n')
		tail := bytes.LastIndexByte(t.Source[start:end], '\n')
		if head < 0 || tail <= head {
			return nil
		}
		return s.documentAt(sc, hclfile.Text{Path: t.Path, Source: t.Source, Notation: hclfile.JSON}, start+head+1, start+tail, from, to)
	}
	if !fixed(e) {
		return nil
	}
	inner := s.documentText(have.AsString(), from, to)
	var out []Candidate
	for _, c := range inner {
		out = append(out, Candidate{Cost: c.Cost, Edits: t.SetLiteral(e, cty.StringVal(c.text))})
	}
	return out
}

// documentAt edits the JSON document between two offsets of a text.
func (s *solver) documentAt(sc *Scope, t hclfile.Text, start, end int, from, to cty.Value) []Candidate {
	doc, err := module.ParseJSON(t.Path, t.Source, start, end, t.Notation == hclfile.JSON)
	if err != nil {
		return nil
	}
	outer, had := s.texts[t.Path]
	if s.texts == nil {
		s.texts = map[string]hclfile.Text{}
	}
	s.texts[t.Path] = t
	defer func() {
		if s.texts[t.Path] = outer; !had {
			delete(s.texts, t.Path)
		}
	}()
	from = fill(sc.Eval(doc), from)
	return s.document(from, to, func(to cty.Value) []Candidate {
		var plainOnes []Candidate
		for _, c := range s.invert(sc, doc, from, to) {
			if !leaves(c, start, end, t.Path) {
				plainOnes = append(plainOnes, c)
			}
		}
		return plainOnes
	})
}

// leaves tells whether a candidate edits the file outside the document: the notation there is another.
func leaves(c Candidate, start, end int, file string) bool {
	return slices.ContainsFunc(c.Edits, func(e hclfile.Edit) bool { return e.File == file && (e.Start < start || e.End > end) })
}

// A rewritten is a text that a candidate makes of a document.
type rewritten struct {
	text string
	Cost int
}

// documentText edits a JSON document that is not written in a file as it reads, such as one in a quoted string.
func (s *solver) documentText(src string, from, to cty.Value) []rewritten {
	const name = "(document)"
	t := hclfile.Text{Path: name, Source: []byte(src), Notation: hclfile.JSONLiterals}
	var out []rewritten
	for _, c := range s.documentAt(&Scope{w: s.w, mod: s.w.Tree.Root}, t, 0, len(src), from, to) {
		if b, err := hclfile.Apply(t.Source, c.Edits); err == nil {
			out = append(out, rewritten{string(b), c.Cost})
		}
	}
	return out
}

// policyLike returns to, an IAM policy document of AWS or Google, written as from is: one-element lists and scalars, and the order of statements,
// actions, resources and principals, of bindings and members, mean nothing there. Anything else is returned as it is.
func policyLike(from, to cty.Value) cty.Value {
	for _, part := range []string{"Statement", "bindings"} {
		have, ok := entries(from)[part]
		m := entries(to)
		if want, ok2 := m[part]; ok && ok2 {
			m[part] = likeIn(have, want)
			return cty.ObjectVal(m)
		}
	}
	return to
}

// likeIn gives to the form of from, at any depth of a statement.
func likeIn(from, to cty.Value) cty.Value {
	switch {
	case isList(from) && !isList(to) && !to.IsNull():
		return likeIn(from, cty.TupleVal([]cty.Value{to}))
	case isList(from) && isList(to):
		return inOrder(elements(from), elements(to))
	case !isList(from) && isList(to) && to.LengthInt() == 1:
		return likeIn(from, elements(to)[0])
	case isMap(from) && isMap(to):
		m := entries(to)
		for k, v := range m {
			if f, ok := entries(from)[k]; ok {
				m[k] = likeIn(f, v)
			}
		}
		return cty.ObjectVal(m)
	}
	return to
}

// inOrder puts the elements of to in the order of those of from that they are, or are most like; new ones come last.
func inOrder(from, to []cty.Value) cty.Value {
	used := make([]bool, len(to))
	slots := make([]cty.Value, len(from))
	for i, f := range from {
		for j := range to {
			if !used[j] && same(f, likeIn(f, to[j])) {
				slots[i], used[j] = likeIn(f, to[j]), true
				break
			}
		}
	}
	for i, f := range from {
		if slots[i] != cty.NilVal {
			continue
		}
		pick, score := -1, 0.4
		for j := range to {
			if l := alike(f, likeIn(f, to[j])); !used[j] && l > score {
				pick, score = j, l
			}
		}
		if pick >= 0 {
			slots[i], used[pick] = likeIn(f, to[pick]), true
		}
	}
	var out []cty.Value
	for _, v := range slots {
		if v != cty.NilVal {
			out = append(out, v)
		}
	}
	for j, v := range to {
		if !used[j] {
			if len(from) > 0 {
				v = likeIn(from[0], v)
			}
			out = append(out, v)
		}
	}
	return cty.TupleVal(out)
}
