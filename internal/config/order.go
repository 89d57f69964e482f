package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// checkOrder finds a stack that is twice in a group, and groups whose orders contradict each other, directly or round several groups. A stack
// may be in two groups: one environment can be part of two designs.
func checkOrder(before []Group, b *groupBlock) hcl.Diagnostics {
	var diags hcl.Diagnostics
	at := map[string]int{}
	for i, id := range b.Stacks {
		if _, twice := at[id]; twice {
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: fmt.Sprintf("Group %q names %q twice", b.Name, id), Detail: "The order of a group is that of promotion: a stack cannot come after itself.", Subject: &b.Range,
			})
		}
		at[id] = i
	}
	for _, first := range b.Stacks {
		for _, way := range waysFrom(before, first) {
			end := way[len(way)-1].to
			if i, here := at[end]; !here || i >= at[first] {
				continue
			}
			d := &hcl.Diagnostic{Severity: hcl.DiagError, Subject: &b.Range}
			if names := groupsOf(way); len(names) == 1 {
				d.Summary = fmt.Sprintf("Groups %q and %q contradict each other", names[0], b.Name)
				d.Detail = fmt.Sprintf("In %q, on line %d, %s comes before %s; here it comes after. The order of a group is that of promotion.", names[0], way[0].group.Range.Start.Line, first, end)
			} else {
				d.Summary = fmt.Sprintf("The orders of groups %s and %q go round in a circle", quotedNames(names), b.Name)
				d.Detail = fmt.Sprintf("There %s comes before %s, by way of %s; here it comes after. The order of a group is that of promotion.", first, end, between(way))
			}
			return append(diags, d)
		}
	}
	return diags
}

// A step is one stack before the next in the order of a group.
type step struct {
	group    *Group
	from, to string
}

// waysFrom are the shortest ways from a stack to every one that groups put after it.
func waysFrom(groups []Group, from string) [][]step {
	var out [][]step
	seen := map[string]bool{from: true}
	for queue := [][]step{nil}; len(queue) > 0; queue = queue[1:] {
		way, here := queue[0], from
		if len(way) > 0 {
			here = way[len(way)-1].to
			out = append(out, way)
		}
		for i := range groups {
			after := false
			for _, id := range groups[i].Stacks {
				if after && !seen[id] {
					seen[id] = true
					queue = append(queue, append(way[:len(way):len(way)], step{&groups[i], here, id}))
				}
				after = after || id == here
			}
		}
	}
	return out
}

func groupsOf(way []step) []string {
	var out []string
	for _, s := range way {
		if len(out) == 0 || out[len(out)-1] != s.group.Name {
			out = append(out, s.group.Name)
		}
	}
	return out
}

func quotedNames(names []string) string {
	var out []string
	for _, n := range names {
		out = append(out, fmt.Sprintf("%q", n))
	}
	return strings.Join(out, ", ")
}

// between names the stacks inside a way.
func between(way []step) string {
	var out []string
	for _, s := range way[1:] {
		out = append(out, s.from)
	}
	return strings.Join(out, ", ")
}
