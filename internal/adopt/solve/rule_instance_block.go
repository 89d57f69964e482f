package solve

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/mooringdev/mooring/internal/adopt/hclfile"
)

// forOne offers dynamic blocks that exist for one instance of many: when is given what for_each says for it, and what for the others; it
// makes the edits of a block with that for_each. The instance is told apart by its key, by a switch of its module, or by both.
func (s *solver) forOne(t hclfile.Text, sc *Scope, this, others string, block func(forEach string) []hclfile.Edit) []Candidate {
	if t.Notation != hclfile.Native {
		return nil
	}
	choice := func(cond string) string { return cond + " ? " + this + " : " + others }
	conds := conditions(t, sc)
	var out []Candidate
	for i, cond := range conds {
		out = append(out, Candidate{Edits: block(choice(cond)), Cost: costOverride + i})
	}
	if len(sc.steps) == 0 || sc.mod.Installed {
		return out
	}
	for _, toRoot := range []bool{false, true} {
		if !toRoot && !sc.shared() {
			continue
		}
		name := s.freshName(sc)
		cond := "var." + name
		if len(conds) > 0 {
			cond = conds[len(conds)-1] + " && " + cond
		}
		more, ok := s.thread(sc, name, "false", cty.True, toRoot)
		if !ok {
			continue
		}
		c := Candidate{Edits: append(block(choice(cond)), more...), Cost: costOverride + 20, Own: toRoot}
		if toRoot {
			c.Cost += 10
		}
		out = append(out, c)
	}
	return out
}
