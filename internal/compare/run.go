package compare

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
)

// Run compares the stacks of a group. They come in the order of the group.
func Run(g Group, stacks []Stack, o Options) *Comparison {
	c := &comparing{
		stacks: stacks, o: o, out: &Comparison{Group: g.Name, How: g.How, Ordered: g.Ordered},
		comparer: drift.NewComparer(o.DecodeYAML), featured: map[*slot]map[string]bool{}, pairs: map[pairKey]map[string]bool{},
		commits: map[lineKey]*Commit{}, findings: make([]map[string][]*Finding, len(stacks)),
	}
	for i := range stacks {
		s := &stacks[i]
		name := s.ID
		if i < len(g.Names) && g.Names[i] != "" {
			name = g.Names[i]
		}
		c.out.Environments = append(c.out.Environments, Environment{Name: name, Stack: s.ID, Problem: s.Problem, Resources: len(s.Instances)})
		c.findings[i] = map[string][]*Finding{}
		for n := range s.Findings {
			f := &s.Findings[n]
			c.findings[i][f.Address] = append(c.findings[i][f.Address], f)
		}
	}
	c.findTokens()
	c.match()
	c.learnIDs()
	c.versions()
	for n := range c.slots {
		c.slot(n)
	}
	c.follow()
	for i := range c.out.Tokens {
		for _, t := range c.translators {
			if i < len(t.used) {
				c.out.Tokens[i].Used += t.used[i]
			}
		}
	}
	for i := range c.out.Differences {
		d := &c.out.Differences[i]
		d.ID = c.id(d)
		if d.Commit != nil && !o.Now.IsZero() {
			d.Age = o.Now.Sub(d.Commit.Time)
		}
	}
	c.decide()
	slices.SortStableFunc(c.out.Differences, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(slices.Index(Classes, a.Class), slices.Index(Classes, b.Class)), cmp.Compare(a.Address, b.Address), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Side, b.Side))
	})
	return c.out
}

// comparing is one run.
type comparing struct {
	stacks      []Stack
	o           Options
	out         *Comparison
	comparer    *drift.Comparer
	translators []*translator
	slots       []*slot
	featured    map[*slot]map[string]bool
	findings    []map[string][]*Finding // by stack, by address
	pairs       map[pairKey]map[string]bool
	commits     map[lineKey]*Commit
	current     *comparedSlot
}

// id names a difference: the group, where it is and on which side, not its values.
func (c *comparing) id(d *Difference) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{c.out.Group, strings.Join(d.Addresses, "\x01"), d.Path, string(d.Side), d.Reason}, "\x00")))
	return "d_" + hex.EncodeToString(sum[:8])
}

// present lists the environments that were planned.
func (c *comparing) planned() []int {
	var out []int
	for i := range c.stacks {
		if c.stacks[i].Problem == "" {
			out = append(out, i)
		}
	}
	return out
}
