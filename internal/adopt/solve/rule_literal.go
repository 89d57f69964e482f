package solve

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
)

// literal writes the wanted value in place of a literal.
func (s *solver) literal(sc *Scope, e hclsyntax.Expression, have, want cty.Value) []Candidate {
	t, ok := s.text(e.Range())
	if !ok {
		return nil
	}
	return append(one(1, t.SetLiteral(e, plain(want))...), s.override(sc, e, have, want)...)
}

// detach writes the wanted value in place of an expression that is not a literal.
func (s *solver) detach(e hclsyntax.Expression, want cty.Value) []Candidate {
	t, ok := s.text(e.Range())
	if !ok || !known(want) {
		return nil
	}
	r := e.Range()
	return []Candidate{{Edits: []hclfile.Edit{t.Replace(r, t.RenderAt(plain(want), r.Start.Byte))}, Cost: costDetach, Detached: true}}
}
