package compare

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// A verdict is why two environments differ at one place.
type verdict struct {
	class   Class
	reason  string
	because string
	decided []string
	places  []Place
	commit  *Commit
}

// weight orders verdicts: what wants attention decides for a row with several.
func (v verdict) weight() int {
	return slices.Index([]Class{Intended, Missing, Unexplained, Skew, Promotion, Drift}, v.class)
}

// codeRow is about a path at which the code of environments differs.
func (c *comparing) codeRow(s *comparedSlot, path string, moved []int) {
	parsed, err := drift.ParsePath(path)
	if err != nil {
		return
	}
	var with []int
	for i := range s.instances {
		if s.code[i] != nil {
			with = append(with, i)
		}
	}
	differs := func(a, b int) bool {
		for p := range c.between(a, b) {
			if overlap(p, path) {
				return true
			}
		}
		return false
	}
	if c.consistent(s, with, parsed) {
		return
	}
	declared := slices.ContainsFunc(with, func(i int) bool {
		t := c.stacks[i].Tree
		return t == nil || t.Declares(s.instances[i].Address, path) != drift.Silent
	})
	skew := c.providerSkew(with, s.instances[with[0]].Provider)
	if !declared && (skew == nil || !c.defaulted(s, with, parsed)) {
		c.out.Chosen++
		return
	}
	best, found := verdict{}, false
	for n := 1; n < len(with); n++ {
		a, b := with[n-1], with[n]
		if !differs(a, b) {
			continue
		}
		v := c.why(s, path, a, b, declared)
		if !found || v.weight() > best.weight() {
			best, found = v, true
		}
	}
	if !found { // the ends differ though neighbours do not: sets with parts that are not known
		return
	}
	d := c.row(s, path)
	d.fill(best)
	d.Side = SideCode
	for _, i := range moved {
		d.Cells[i].Moved = true
	}
	d.Apart = apart(with, func(a, b int) bool { return !differs(a, b) })
	c.out.Differences = append(c.out.Differences, d)
}

// defaulted tells whether what no code sets looks like a default of the provider, which another version may have moved: a word, a number or a
// truth. Text with digits is rather the object's own.
func (c *comparing) defaulted(s *comparedSlot, with []int, path drift.Path) bool {
	return !slices.ContainsFunc(with, func(i int) bool {
		switch v := drift.At(s.instances[i].Code, path).(type) {
		case string:
			return len(v) > 40 || strings.ContainsAny(v, "0123456789/:{")
		case []drift.Value, map[string]drift.Value:
			return true
		}
		return false
	})
}

func (d *Difference) fill(v verdict) {
	d.Class, d.Reason, d.Because, d.Decided, d.Places, d.Commit = v.class, v.reason, v.because, v.decided, v.places, v.commit
}

// consistent tells whether the values differ only by the object itself: every environment refers to its own.
func (c *comparing) consistent(s *comparedSlot, with []int, path drift.Path) bool {
	first := ""
	for n, i := range with {
		t := c.stacks[i].Tree
		if t == nil || len(t.Decides(s.instances[i].Address, path.String()).Resources) == 0 {
			return false
		}
		form := digest(c.translators[i].value(drift.At(s.instances[i].Code, path), -1))
		if n > 0 && form != first {
			return false
		}
		first = form
	}
	return true
}

// why tells why the code of two environments differs at a path. a comes before b in the order of the group.
func (c *comparing) why(s *comparedSlot, path string, a, b int, declared bool) verdict {
	ta, tb := c.stacks[a].Tree, c.stacks[b].Tree
	ia, ib := s.instances[a], s.instances[b]
	if ta == nil || tb == nil {
		return verdict{class: Unexplained, reason: ReasonUnknown, because: "the configuration could not be read"}
	}
	da, db := ta.Decides(ia.Address, path), tb.Decides(ib.Address, path)
	if ta.Ignores(ia.Address, path) || tb.Ignores(ib.Address, path) {
		return verdict{class: Intended, reason: ReasonIgnored, because: "the code leaves it to others: ignore_changes", places: c.attributePlaces(s, path)}
	}
	if v, ok := c.decidedBy(a, b, da, db); ok {
		return v
	}
	if v := c.moduleSkew(a, b, ia.Address, ib.Address, da, db); v != nil {
		return *v
	}
	if v := c.providerSkew([]int{a, b}, ia.Provider); v != nil && !declared {
		return *v
	}
	if refs := union(da.Resources, db.Resources); len(refs) > 0 && len(da.Texts)+len(db.Texts) == 0 || onlyReferences(refs, da, db) {
		if data := dataOf(refs); len(data) > 0 && len(data) == len(refs) {
			return verdict{class: Intended, reason: ReasonData, because: "read from " + strings.Join(data, ", ") + ", which answers otherwise there", decided: data}
		}
		return verdict{class: Unexplained, reason: ReasonFollows, because: "follows from " + strings.Join(refs, ", "), decided: refs}
	}
	return c.ownCode(s, path, a, b, da, db)
}

func onlyReferences(refs []string, da, db module.Deciders) bool {
	return len(refs) > 0 && len(da.Variables)+len(db.Variables)+len(da.Inputs)+len(db.Inputs) == 0 && slices.Equal(da.Resources, db.Resources) && len(da.Resources) > 0
}

func dataOf(refs []string) []string {
	var out []string
	for _, r := range refs {
		if strings.HasPrefix(r, "data.") || strings.Contains(r, ".data.") {
			out = append(out, r)
		}
	}
	return out
}

func union(a, b []string) []string {
	out := append(slices.Clone(a), b...)
	slices.Sort(out)
	return slices.Compact(out)
}

func place(i int, r hcl.Range) []Place {
	if r.Filename == "" {
		return nil
	}
	return []Place{{i, r.Filename, r.Start.Line}}
}

func conditions(i int, d module.Deciders) []Place {
	var out []Place
	for _, r := range d.Conditions {
		out = append(out, place(i, r)...)
	}
	return out
}

func (c *comparing) attributePlaces(s *comparedSlot, path string) []Place {
	var out []Place
	for i, inst := range s.instances {
		if inst == nil || c.stacks[i].Tree == nil {
			continue
		}
		if file, line, ok := c.stacks[i].Tree.Place(inst.Address, path); ok {
			out = append(out, Place{i, file, line})
		}
	}
	return out
}

// ownCode is about environments that have each their own text for the value.
func (c *comparing) ownCode(s *comparedSlot, path string, a, b int, da, db module.Deciders) verdict {
	if v := c.promoted(a, b, da.Texts, db.Texts); v != nil {
		return *v
	}
	places := c.attributePlaces(s, path)
	if sharedText(da, db) {
		return verdict{class: Unexplained, reason: ReasonUnknown, because: "the same code gives different values", places: places}
	}
	if c.o.History == nil || !c.known(da.Texts) && !c.known(db.Texts) {
		return verdict{class: Unexplained, reason: ReasonOwnCode, because: "each environment's own code says so, and no history tells since when", places: places}
	}
	return verdict{class: Intended, reason: ReasonOwnCode, because: "each environment's own code says so, and no commit set them apart that the next could be waiting for", places: places}
}

func sharedText(da, db module.Deciders) bool {
	return len(da.Texts) > 0 && slices.Equal(da.Texts, db.Texts)
}

func (c *comparing) known(ranges []hcl.Range) bool {
	return slices.ContainsFunc(ranges, func(r hcl.Range) bool { return c.commit(r) != nil })
}

func (c *comparing) names(envs []int) string {
	var out []string
	for _, i := range envs {
		out = append(out, c.out.Environments[i].Name)
	}
	return strings.Join(out, ", ")
}
