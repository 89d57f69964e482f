package module

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Formerly lists the addresses that an instance had before, as the moved blocks of the configuration tell, the latest first. What was known of
// the instance under one of them is still known of it: a moved block stays in the code after it was applied.
func (t *Tree) Formerly(address string) []string {
	all := []string{address}
	for n := 0; n < len(all); n++ {
		for _, was := range t.movedFrom(all[n]) {
			if !slices.Contains(all, was) {
				all = append(all, was)
			}
		}
	}
	return all[1:]
}

// movedFrom are the addresses from which one moved block leads to this one, those of inner modules first.
func (t *Tree) movedFrom(address string) []string {
	a, err := ParseAddress(address)
	if err != nil {
		return nil
	}
	var out []string
	for _, m := range slices.Backward(t.Modules()) {
		if len(m.Moves) == 0 || len(m.Path) > len(a.Modules) || !slices.Equal(m.Path, a.ModulePath()[:len(m.Path)]) {
			continue
		}
		prefix := ModuleAddress(a.Modules[:len(m.Path)])
		if prefix != "" {
			prefix += "."
		}
		rest := strings.TrimPrefix(address, prefix)
		for _, b := range m.Moves {
			from, to := t.traversalText(b.Body.Attributes["from"]), t.traversalText(b.Body.Attributes["to"])
			if from == "" || to == "" {
				continue
			}
			if below, ok := strings.CutPrefix(rest, to); ok && (below == "" || below[0] == '.' || below[0] == '[') {
				out = append(out, prefix+from+below)
			}
		}
	}
	return out
}

func (t *Tree) traversalText(a *hclsyntax.Attribute) string {
	if a == nil {
		return ""
	}
	return strings.Join(strings.Fields(string(t.Text(a.Expr.Range()))), "")
}
