package solve

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
)

func init() {
	calls["file"] = file
	calls["templatefile"] = templateFile
}

// fileNamed finds the file that a function reads, when it may be edited.
func (s *solver) fileNamed(sc *Scope, e hclsyntax.Expression) (hclfile.Text, bool) {
	name, ok := text(sc.Eval(e))
	if !ok {
		s.because(Unevaluable, "the path of the file that is read at %s is not known", place(e.Range()))
		return hclfile.Text{}, false
	}
	p := sc.w.fileAt(name)
	src, err := sc.w.Tree.ReadFile(p)
	if err != nil {
		s.because(OutsideCode, "%s is not a file of the repository", p)
		return hclfile.Text{}, false
	}
	if why := sc.w.Tree.Frozen(p); why != "" {
		s.because(FrozenFile, "%s must not be edited (%s)", p, why)
		return hclfile.Text{}, false
	}
	return hclfile.Text{Path: p, Source: src, Notation: hclfile.JSONLiterals}, true
}

// templateFile edits the fixed text of a template, or what its variables are given.
func templateFile(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, have, want cty.Value) []Candidate {
	if len(call.Args) != 2 || !isString(want) {
		return nil
	}
	t, ok := s.fileNamed(sc, call.Args[0])
	if !ok {
		return nil
	}
	t.Notation = hclfile.Raw
	e, diags := hclsyntax.ParseTemplate(t.Source, t.Path, hcl.InitialPos)
	if diags.HasErrors() {
		return s.because(Unevaluable, "%s does not parse as a template", t.Path)
	}
	in := &Scope{w: sc.w, mod: sc.mod, steps: sc.steps}
	for name, v := range entries(sc.Eval(call.Args[1])) {
		in = in.bind(name, &binding{value: v, collection: call.Args[1], in: sc, key: cty.StringVal(name), bare: true})
	}
	if tmpl, isTemplate := e.(*hclsyntax.TemplateExpr); isTemplate && fixed(tmpl) {
		if from, isDoc := decodeJSON(string(t.Source)); isDoc {
			if to, isDoc := decodeJSON(want.AsString()); isDoc {
				t.Notation = hclfile.JSON
				return plus(s.documentAt(in, t, 0, len(t.Source), from, to), costStep)
			}
		}
		return one(costStep+1, lineEdit(t, t.Inside(want.AsString(), true)))
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
	return plus(s.child(in, e, have, want), costStep)
}

// file edits the file that is read: a JSON document in place, any other text line by line.
func file(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, _, want cty.Value) []Candidate {
	if len(call.Args) != 1 || !isString(want) {
		return nil
	}
	t, ok := s.fileNamed(sc, call.Args[0])
	if !ok {
		return nil
	}
	from, ok := decodeJSON(string(t.Source))
	to, ok2 := decodeJSON(want.AsString())
	if ok && ok2 {
		return plus(s.documentAt(sc, t, 0, len(t.Source), from, to), costStep)
	}
	return one(costStep+1, lineEdit(t, want.AsString()))
}

// lineEdit replaces the lines between the first and the last that differ.
func lineEdit(t hclfile.Text, want string) hclfile.Edit {
	if t.Newline() == "\r\n" && !strings.Contains(want, "\r\n") {
		want = strings.ReplaceAll(want, "\n", "\r\n")
	}
	old, fresh := bytes.SplitAfter(t.Source, []byte("\n")), bytes.SplitAfter([]byte(want), []byte("\n"))
	head := 0
	for head < len(old) && head < len(fresh) && bytes.Equal(old[head], fresh[head]) {
		head++
	}
	tail := 0
	for tail < len(old)-head && tail < len(fresh)-head && bytes.Equal(old[len(old)-1-tail], fresh[len(fresh)-1-tail]) {
		tail++
	}
	start := len(bytes.Join(old[:head], nil))
	end := len(t.Source) - len(bytes.Join(old[len(old)-tail:], nil))
	return hclfile.Edit{File: t.Path, Start: start, End: end, New: string(bytes.Join(fresh[head:len(fresh)-tail], nil))}
}
