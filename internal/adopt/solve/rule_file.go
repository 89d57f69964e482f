package solve

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
)

func init() { calls["file"] = file }

// file edits the file that is read: a JSON document in place, any other text line by line.
func file(s *solver, sc *Scope, call *hclsyntax.FunctionCallExpr, _, want cty.Value) []Candidate {
	if len(call.Args) != 1 || !isString(want) {
		return nil
	}
	name, ok := text(sc.Eval(call.Args[0]))
	if !ok {
		return s.because(Unevaluable, "the path that file() reads at %s is not known", place(call.Range()))
	}
	p := sc.w.fileAt(name)
	src, err := sc.w.Tree.ReadFile(p)
	if err != nil {
		return s.because(OutsideCode, "%s is not a file of the repository", p)
	}
	if why := sc.w.Tree.Frozen(p); why != "" {
		return s.because(FrozenFile, "%s must not be edited (%s)", p, why)
	}
	t := hclfile.Text{Path: p, Source: src, Notation: hclfile.JSONLiterals}
	from, ok := decodeJSON(string(src))
	to, ok2 := decodeJSON(want.AsString())
	if ok && ok2 {
		return plus(s.documentAt(sc, t, 0, len(src), from, to), costStep)
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
