package report

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/compare"
)

// Merge makes one result of the parts of a scan, in any order. Parts are of one commit and share no stack. What was scanned in N parts is whole
// again when all N are there; otherwise it stays partial, so that stacks that are missing do not look resolved.
func Merge(parts []*Results) (*Results, error) {
	if len(parts) == 0 {
		return nil, errors.New("there are no results to merge")
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	out := *parts[0]
	out.Shard, out.Stacks, out.Groups, out.Warnings, out.Events = "", nil, nil, nil, EventStats{}
	seen, shards, whole := map[string]bool{}, map[string]bool{}, true
	_, n, _ := strings.Cut(parts[0].Shard, "/")
	for _, p := range parts {
		if p.Commit != out.Commit {
			return nil, fmt.Errorf("the parts are of different commits, %s and %s", visible(out.Commit, 12), visible(p.Commit, 12))
		}
		if p.Tool != out.Tool {
			return nil, fmt.Errorf("the parts were written by different versions, %s and %s", visible(out.Tool.Version, 40), visible(p.Tool.Version, 40))
		}
		for _, s := range p.Stacks {
			if seen[s.Stack.ID] {
				return nil, fmt.Errorf("the stack %s is in two of the parts", visible(s.Stack.ID, 120))
			}
			seen[s.Stack.ID] = true
		}
		_, of, ok := strings.Cut(p.Shard, "/")
		whole = whole && ok && of == n
		shards[p.Shard] = true
		out.Stacks, out.Groups = append(out.Stacks, p.Stacks...), append(out.Groups, p.Groups...)
		if p.ScannedAt.Before(out.ScannedAt) {
			out.ScannedAt = p.ScannedAt
		}
		out.Elapsed = max(out.Elapsed, p.Elapsed)
		for _, w := range p.Warnings {
			if !slices.Contains(out.Warnings, w) {
				out.Warnings = append(out.Warnings, w)
			}
		}
		// Every part reads the same logs: what one of them read is what all read.
		out.Events.Events, out.Events.Unreadable = max(out.Events.Events, p.Events.Events), max(out.Events.Unreadable, p.Events.Unreadable)
		for _, s := range p.Events.Sources {
			if !slices.Contains(out.Events.Sources, s) {
				out.Events.Sources = append(out.Events.Sources, s)
			}
		}
	}
	slices.SortStableFunc(out.Groups, func(a, b *compare.Comparison) int { return cmp.Compare(a.Group, b.Group) })
	slices.SortFunc(out.Stacks, func(a, b StackResult) int { return cmp.Compare(a.Stack.ID, b.Stack.ID) })
	out.Partial = !whole || fmt.Sprint(len(shards)) != n
	return &out, nil
}
